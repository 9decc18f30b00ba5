import ActivationEngine
import TestSupport

/// Some nodes over one database and one stream, in virtual time.
///
/// Messages between them are late or lost, nodes pause, die and come back, clocks run at their own rates. Nothing that is delivered
/// may go back behind what was delivered of its key.
struct LaneSimulation {
    /// What was found wrong, with the instant.
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    /// Nanoseconds of the world's clock, which nobody sees.
    typealias Time = Int64

    private enum Event {
        /// Somebody commits a record of a key.
        case write
        case beatDue(node: Int, life: Int)
        case beatAtDatabase(node: Int, life: Int, begun: Time)
        case beatAnswer(node: Int, life: Int, begun: Time, view: ClusterView)
        case takeOnItsWay(node: Int, life: Int, LaneOwnership.Taking)
        case takeAtDatabase(node: Int, life: Int, LaneOwnership.Taking)
        case takeAnswer(node: Int, life: Int, LaneLease, LaneOwnership.Taking, formerReach: Int)
        case giveBackAtDatabase(node: Int, life: Int, LaneLease)
        case relayDue(node: Int, life: Int)
        /// A request arrives at the stream, whoever sent it and whether or not it is still there.
        case landing(Sending)
        case acknowledged(node: Int, life: Int, Sending)
        /// All that a node knows to have arrived of a lane: with a record always those of its key before it.
        case settleAtDatabase(lane: Int16, Set<Row>)
        /// The node gives a request up, and sends again.
        case givenUp(node: Int, life: Int, Sending)
        case trouble
        case resume(node: Int)
        case disconnect(node: Int)
        case reconnect(node: Int)
        case start(node: Int)
    }

    private struct Sending: Hashable {
        var lane: Int16
        var row: Row
        var number: Int

        var key: Int { row.key }
        var revision: Int { row.revision }
    }

    private struct Row: Hashable {
        var key: Int
        var revision: Int
        /// Its number in the lane.
        var number: Int
    }

    private struct Lane {
        var owner: Int16 = 0
        var epoch: Int64 = 0
        /// Records that wait, in their order.
        var rows: [Row] = []
        /// The number of the last record.
        var last = 0
        /// Up to where a record may be in anybody's hands.
        var reach = 0
    }

    private struct Node {
        /// How often it was started; what belongs to an earlier life is nobody's.
        var life = 0
        var isAlive = false
        var isPaused = false
        var isConnected = true
        /// Until when the database shows no connection of it, though there may be one.
        var hiddenUntil: Time = 0
        /// Until when the database's answers take long.
        var answersLateUntil: Time = 0
        var isLeaving = false
        /// Events that came while it was paused.
        var waiting: [Event] = []
        var rate = 1.0
        var offset = Duration.zero
        var ownership: LaneOwnership
        /// Records in hand, which need no database to be sent.
        var held: [Int16: [Row]] = [:]
        /// Up to where records may have been in hands before.
        var formerReach: [Int16: Int] = [:]
        /// Those of them that have arrived, until the database knows.
        var arrived: [Int16: Set<Row>] = [:]
        /// What is on its way, by lane and key.
        var underWay: [Int16: [Int: Sending]] = [:]
    }

    private let timing: LaneTiming
    private let sharing: LaneOwnership.Sharing
    private let faults: LaneOwnership.PlantedFaults
    private let origin = ContinuousClock.now
    private var random: SeededGenerator
    private var queue = EventQueue<Event>()
    private var now: Time = 0
    private var beats: [Int16: (beat: Int64, isLeaving: Bool)] = [:]
    private var lanes: [Int16: Lane] = [:]
    private var nodes: [Node] = []
    private var revisions: [Int: Int] = [:]
    /// Of each key the last request that arrived: its number and revision; and the highest revision that ever did.
    private var landed: [Int: (number: Int, revision: Int, highest: Int)] = [:]
    private var sendings = 0
    private var isHealing = false
    /// How many records arrived twice.
    private(set) var copies = 0
    private(set) var delivered = 0
    /// How often a lane changed hands.
    private(set) var takings = 0

    private static let second: Time = 1_000_000_000
    private static let laneCount: Int16 = 4
    private static let keyCount = 8
    private static let troubleEnds = 150 * second
    private static let writesEnd = 170 * second
    private static let end = 700 * second

    init(
        seed: UInt64,
        nodes count: Int,
        sharing: LaneOwnership.Sharing = .evenly,
        faults: LaneOwnership.PlantedFaults = [],
        timing: LaneTiming = LaneTiming()
    ) {
        random = SeededGenerator(seed: seed)
        (self.sharing, self.faults, self.timing) = (sharing, faults, timing)
        for lane in 0..<Self.laneCount { lanes[lane] = Lane() }
        for number in 0..<count {
            var node = Node(
                ownership: LaneOwnership(node: Int16(number + 1), timing: timing, sharing: sharing, faults: faults)
            )
            // Within a tenth of each other.
            node.rate = Double.random(in: 0.955...1.045, using: &random)
            node.offset = .milliseconds(Int64.random(in: 0...100_000, using: &random))
            nodes.append(node)
            queue.add(.start(node: number), at: Time.random(in: 0...(2 * Self.second), using: &random))
        }
        queue.add(.write, at: 0)
        queue.add(.trouble, at: 5 * Self.second)
    }

    /// Runs until everything is delivered.
    mutating func run() throws {
        while let (time, event) = queue.removeFirst() {
            now = time
            if now > Self.troubleEnds, !isHealing { heal() }
            try perform(event)
            if now > Self.writesEnd, lanes.values.allSatisfy(\.rows.isEmpty) { return try checkLast() }
            guard now < Self.end else {
                throw violation("after \(Self.end / Self.second) s records still wait: \(describeLanes())")
            }
        }
    }

    /// The last record of each key came last.
    private func checkLast() throws {
        for (key, revision) in revisions where landed[key]?.revision != revision {
            throw violation("of key \(key) the last that arrived is \(landed[key]?.revision ?? 0) of \(revision)")
        }
    }

    // MARK: Clocks and messages

    /// What a node's clock shows.
    private func clock(of node: Int) -> ContinuousClock.Instant { instant(now, of: node) }

    private func instant(_ time: Time, of node: Int) -> ContinuousClock.Instant {
        origin + nodes[node].offset + .nanoseconds(Int64(Double(time) * nodes[node].rate))
    }

    /// How long in the world a node's clock takes for a time.
    private func span(_ duration: Duration, of node: Int) -> Time {
        Time((duration / .nanoseconds(1)) / nodes[node].rate)
    }

    /// How long a message is on its way; nil = it is lost.
    private mutating func delay() -> Time? {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<90: Time.random(in: 0...(Self.second / 50), using: &random)
        case 90..<96: Time.random(in: 0...Self.second, using: &random)
        case 96..<99: isHealing ? 0 : Time.random(in: 0...(20 * Self.second), using: &random)
        default: isHealing ? 0 : nil
        }
    }

    private mutating func send(_ event: Event, fromOrTo node: Int) {
        guard nodes[node].isConnected, let delay = delay() else { return }
        queue.add(event, at: now + delay)
    }

    /// Answers that are on their way come, whatever becomes of the connection.
    private mutating func answer(_ event: Event, to node: Int) {
        guard now < nodes[node].answersLateUntil else { return send(event, fromOrTo: node) }
        queue.add(event, at: now + Time.random(in: (5 * Self.second)...(25 * Self.second), using: &random))
    }

    // MARK: Events

    private mutating func perform(_ event: Event) throws {
        switch event {
        case .write: write()
        case .beatAtDatabase(let node, let life, let begun):
            let number = Int16(node + 1)
            // A process that has died has sent what it sent.
            beats[number, default: (0, false)].beat += 1
            beats[number]?.isLeaving = nodes[node].isLeaving
            answer(.beatAnswer(node: node, life: life, begun: begun, view: view()), to: node)
        case .takeOnItsWay(let node, let life, let taking):
            send(.takeAtDatabase(node: node, life: life, taking), fromOrTo: node)
        case .takeAtDatabase(let node, let life, let taking):
            guard lanes[taking.seen.lane]?.epoch == taking.seen.epoch else { return }
            let isUnheard = taking.owner == 0 || beats[taking.owner]?.beat == taking.beat
            guard isUnheard || faults.contains(.takenUnheard) else { return }
            let lease = LaneLease(lane: taking.seen.lane, epoch: taking.seen.epoch + 1)
            lanes[lease.lane]?.owner = Int16(node + 1)
            lanes[lease.lane]?.epoch = lease.epoch
            takings += 1
            let reach = lanes[lease.lane]?.reach ?? 0
            answer(.takeAnswer(node: node, life: life, lease, taking, formerReach: reach), to: node)
        case .giveBackAtDatabase(_, _, let lease):
            guard lanes[lease.lane]?.epoch == lease.epoch else { return }
            lanes[lease.lane]?.owner = 0
            lanes[lease.lane]?.epoch += 1
        case .settleAtDatabase(let lane, let rows): lanes[lane]?.rows.removeAll { rows.contains($0) }
        case .landing(let sending): try land(sending)
        case .trouble: makeTrouble()
        case .resume(let node): resume(node)
        case .disconnect(let node): nodes[node].isConnected = isHealing
        case .reconnect(let node): nodes[node].isConnected = true
        case .start(let node): start(node)
        case .beatDue(let node, let life), .beatAnswer(let node, let life, _, _), .relayDue(let node, let life),
            .takeAnswer(let node, let life, _, _, _), .acknowledged(let node, let life, _),
            .givenUp(let node, let life, _):
            guard nodes[node].isAlive, nodes[node].life == life else { return }
            if nodes[node].isPaused { return nodes[node].waiting.append(event) }
            performOnNode(event, node, life)
        }
    }

    private mutating func performOnNode(_ event: Event, _ node: Int, _ life: Int) {
        switch event {
        case .beatDue:
            send(.beatAtDatabase(node: node, life: life, begun: now), fromOrTo: node)
            queue.add(.beatDue(node: node, life: life), at: now + span(timing.beatInterval, of: node))
        case .beatAnswer(_, _, let begun, let view):
            let steps = nodes[node].ownership.beat(begun: instant(begun, of: node), at: clock(of: node), view)
            for lease in steps.lost { forget(lease.lane, node) }
            for taking in steps.take {
                // It may take long until the database comes to it.
                let isSlow = Bool.random(using: &random)
                queue.add(
                    .takeOnItsWay(node: node, life: life, taking),
                    at: now + (isSlow ? Time.random(in: 0...(15 * Self.second), using: &random) : 0)
                )
            }
            giveBack(node, life)
        case .takeAnswer(_, _, let lease, let taking, let formerReach):
            if nodes[node].ownership.took(lease, as: taking, at: clock(of: node)) {
                forget(lease.lane, node)
                nodes[node].formerReach[lease.lane] = formerReach
            }
        case .relayDue:
            relay(node, life)
            giveBack(node, life)
            queue.add(.relayDue(node: node, life: life), at: now + Self.second / 10)
        case .acknowledged(_, _, let sending):
            guard nodes[node].underWay[sending.lane]?[sending.key] == sending else { return }
            nodes[node].underWay[sending.lane]?[sending.key] = nil
            nodes[node].held[sending.lane]?.removeAll { $0 == sending.row }
            nodes[node].arrived[sending.lane, default: []].insert(sending.row)
            send(.settleAtDatabase(lane: sending.lane, nodes[node].arrived[sending.lane] ?? []), fromOrTo: node)
        case .givenUp(_, _, let sending):
            // No answer in time: it may have arrived, and goes again.
            if nodes[node].underWay[sending.lane]?[sending.key] == sending {
                nodes[node].underWay[sending.lane]?[sending.key] = nil
            }
        default: break
        }
    }

    private mutating func forget(_ lane: Int16, _ node: Int) {
        (nodes[node].underWay[lane], nodes[node].held[lane], nodes[node].arrived[lane]) = (nil, nil, nil)
    }

    private mutating func giveBack(_ node: Int, _ life: Int) {
        for lease in nodes[node].ownership.leases {
            let isIdle = nodes[node].underWay[lease.lane]?.isEmpty ?? true
            guard nodes[node].ownership.mayGiveBack(lease, isIdle: isIdle, at: clock(of: node)) else { continue }
            nodes[node].ownership.gaveBack(lease)
            forget(lease.lane, node)
            send(.giveBackAtDatabase(node: node, life: life, lease), fromOrTo: node)
        }
    }

    /// Sends the first record of each key of which nothing is on its way.
    private mutating func relay(_ node: Int, _ life: Int) {
        for lease in nodes[node].ownership.leases {
            if nodes[node].isConnected { hold(lease, node) }
            var seen = Set<Int>()
            for row in nodes[node].held[lease.lane] ?? [] where seen.insert(row.key).inserted {
                guard nodes[node].underWay[lease.lane]?[row.key] == nil, maySend(row, in: lease.lane, node) else {
                    continue
                }
                sendings += 1
                let sending = Sending(lane: lease.lane, row: row, number: sendings)
                nodes[node].underWay[lease.lane, default: [:]][row.key] = sending
                begin(sending, node, life)
            }
        }
    }

    /// Whether the first record that a node holds of a key may be sent: before the lane's time only if nobody had it in hand before.
    private func maySend(_ row: Row, in lane: Int16, _ node: Int) -> Bool {
        if nodes[node].ownership.maySend(lane, at: clock(of: node)) { return true }
        return row.number > nodes[node].formerReach[lane] ?? .max
            && nodes[node].ownership.isHolder(of: lane, at: clock(of: node))
    }

    /// Reads what waits, after it is noted how far that may be, and tells of what has arrived where that is not known.
    private mutating func hold(_ lease: LaneLease, _ node: Int) {
        let lane = lease.lane
        guard var state = lanes[lane], state.epoch == lease.epoch else { return }
        if state.last > state.reach, !faults.contains(.reachForgotten) {
            state.reach = state.last + Int.random(in: 0...4, using: &random)
            lanes[lane] = state
        }
        let rows = state.rows
        let arrived = (nodes[node].arrived[lane] ?? []).intersection(rows)
        nodes[node].arrived[lane] = arrived
        nodes[node].held[lane] = rows.filter { !arrived.contains($0) }
        if !arrived.isEmpty, Int.random(in: 0..<20, using: &random) == 0 {
            send(.settleAtDatabase(lane: lane, arrived), fromOrTo: node)
        }
    }

    private mutating func begin(_ sending: Sending, _ node: Int, _ life: Int) {
        let landing = span(timing.landing, of: node)
        queue.add(.givenUp(node: node, life: life, sending), at: now + landing)
        let isSlow = Int.random(in: 0..<5, using: &random) == 0
        let isLost = !isHealing && Int.random(in: 0..<50, using: &random) == 0
        guard !isLost else { return }
        let way = Time.random(in: 0...(isSlow ? landing : Self.second), using: &random)
        queue.add(.landing(sending), at: now + way)
        let back = way + Time.random(in: 0...(Self.second / 10), using: &random)
        if back < landing { queue.add(.acknowledged(node: node, life: life, sending), at: now + back) }
    }

    private mutating func land(_ sending: Sending) throws {
        let last = landed[sending.key] ?? (0, 0, 0)
        // What was not known to have arrived goes again, from there on and step by step; but nothing comes late.
        guard sending.number > last.number else {
            throw violation("record \(sending.revision) of key \(sending.key) arrived late, behind \(last.revision)")
        }
        guard sending.revision <= last.highest + 1 else {
            throw violation("record \(sending.revision) of key \(sending.key) arrived before \(last.highest + 1)")
        }
        if sending.revision <= last.highest { copies += 1 } else { delivered += 1 }
        landed[sending.key] = (sending.number, sending.revision, max(sending.revision, last.highest))
    }

    private mutating func write() {
        let key = Int.random(in: 0..<Self.keyCount, using: &random)
        let revision = (revisions[key] ?? 0) + 1
        revisions[key] = revision
        let lane = Int16(key) % Self.laneCount
        lanes[lane]?.last += 1
        let number = lanes[lane]?.last ?? 0
        lanes[lane]?.rows.append(Row(key: key, revision: revision, number: number))
        if now < Self.writesEnd {
            queue.add(.write, at: now + Time.random(in: 0...(2 * Self.second / 5), using: &random))
        }
    }

    private func view() -> ClusterView {
        ClusterView(
            nodes: beats.sorted { $0.key < $1.key }.map { number, state in
                let node = nodes[Int(number) - 1]
                return ClusterView.Node(
                    number: number,
                    beat: state.beat,
                    isLeaving: state.isLeaving,
                    isConnected: node.isAlive && node.isConnected && now >= node.hiddenUntil
                )
            },
            lanes: lanes.sorted { $0.key < $1.key }.map { lane, state in
                ClusterView.Lane(lease: LaneLease(lane: lane, epoch: state.epoch), owner: state.owner)
            }
        )
    }

    // MARK: Trouble

    private mutating func makeTrouble() {
        guard now < Self.troubleEnds else { return }
        let node = Int.random(in: 0..<nodes.count, using: &random)
        let long = Time.random(in: 0...(30 * Self.second), using: &random)
        switch Int.random(in: 0..<12, using: &random) {
        case 0 where nodes[node].isAlive:
            nodes[node].isAlive = false
            queue.add(.start(node: node), at: now + long)
        case 1, 2:
            nodes[node].isPaused = true
            queue.add(.resume(node: node), at: now + long)
        case 3:
            nodes[node].isConnected = false
            queue.add(.reconnect(node: node), at: now + long)
        case 4:
            // On its way out, and then it stays after all.
            nodes[node].isLeaving.toggle()
        case 5, 6:
            // Late answers, and then none.
            nodes[node].answersLateUntil = now + 3 * Self.second
            queue.add(
                .disconnect(node: node),
                at: now + Time.random(in: Self.second...(3 * Self.second), using: &random)
            )
            queue.add(.reconnect(node: node), at: now + 20 * Self.second + long)
        case 7: nodes[node].hiddenUntil = now + long
        case 8, 9, 10:
            // It is back when others have just noticed that it was away.
            let silence = span(timing.silence + timing.beatInterval, of: node)
            nodes[node].isPaused = true
            queue.add(.resume(node: node), at: now + silence + Time.random(in: 0...Self.second, using: &random))
        default: break
        }
        queue.add(.trouble, at: now + Time.random(in: 0...(10 * Self.second), using: &random))
    }

    private mutating func heal() {
        isHealing = true
        for node in nodes.indices {
            nodes[node].isLeaving = false
            nodes[node].isConnected = true
            (nodes[node].answersLateUntil, nodes[node].hiddenUntil) = (0, 0)
            resume(node)
            if !nodes[node].isAlive { start(node) }
        }
    }

    private mutating func resume(_ node: Int) {
        guard nodes[node].isPaused else { return }
        nodes[node].isPaused = false
        let waiting = nodes[node].waiting
        nodes[node].waiting = []
        // All at once, in the order in which they came.
        for event in waiting { queue.add(event, at: now) }
    }

    private mutating func start(_ node: Int) {
        guard !nodes[node].isAlive else { return }
        nodes[node].life += 1
        nodes[node].isAlive = true
        nodes[node].waiting = []
        for lane in lanes.keys { forget(lane, node) }
        nodes[node].ownership = LaneOwnership(
            node: Int16(node + 1),
            timing: timing,
            sharing: sharing,
            faults: faults
        )
        queue.add(.beatDue(node: node, life: nodes[node].life), at: now)
        queue.add(.relayDue(node: node, life: nodes[node].life), at: now)
    }

    private func violation(_ what: String) -> Violation {
        Violation(description: "\(Double(now) / 1e9) s: \(what)")
    }

    private func describeLanes() -> String {
        lanes.sorted { $0.key < $1.key }.map { "\($0.key): owner \($0.value.owner), \($0.value.rows.count) rows" }
            .joined(separator: "; ")
    }
}
