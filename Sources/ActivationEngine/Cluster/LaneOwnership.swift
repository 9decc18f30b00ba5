/// Which lanes a node relays, and until when it may: a pure value that is told of beats and says what to do.
///
/// A destination cannot refuse a node that does not know that it was replaced, so a node stops by itself: it begins to send only for
/// a time after the *start* of the last beat that it heard the answer to. Another node takes its lanes when it has seen the same beat
/// for a while and the database has heard no other until then, and sends only when everything is over that the first may have begun
/// since. No clock is compared with another's.
public struct LaneOwnership: Sendable {
    /// What a node does after a beat; everything is asked of the database with the epochs that were seen.
    public struct Steps: Hashable, Sendable {
        /// Leases to take; whoever wins one tells ``LaneOwnership/took(_:as:at:)``.
        public var take: [Taking] = []
        /// Leases that are to go to other nodes: nothing more is begun for them, and when nothing is on its way they are given back.
        public var drain: [LaneLease] = []
        /// Leases that somebody else has: whatever is at work for them ends at once.
        public var lost: [LaneLease] = []

        /// Whether there is nothing to do.
        public var isEmpty: Bool { take.isEmpty && drain.isEmpty && lost.isEmpty }
    }

    /// A lease to take.
    public struct Taking: Hashable, Sendable {
        /// As it was seen.
        public var seen: LaneLease
        /// Who has it; 0 = nobody.
        public var owner: Int16
        /// The beat that was seen of whoever has it; where the database has heard another one by now, the lease is not taken.
        public var beat: Int64
        /// When that beat was first seen, before which it and all that were heard began; nil = nothing is on anybody's way.
        public var heard: ContinuousClock.Instant?

        /// Creates a taking.
        public init(seen: LaneLease, owner: Int16 = 0, beat: Int64 = 0, heard: ContinuousClock.Instant? = nil) {
            (self.seen, self.owner, self.beat, self.heard) = (seen, owner, beat, heard)
        }
    }

    /// Which node a lane is to be with.
    public enum Sharing: Sendable {
        /// Each has as many as any other; one that comes gets its share.
        case evenly
        /// A lane stays with its node for as long as that is there, and goes to whoever is first when it is not: to change hands costs
        /// more than it brings.
        case staying
    }

    private struct Owned: Sendable {
        var lease: LaneLease
        /// When the first request may begin.
        var sendsFrom: ContinuousClock.Instant
        var isDraining = false
    }

    private struct Sight: Sendable {
        var beat: Int64
        var since: ContinuousClock.Instant
        /// Whether its connection was seen.
        var wasConnected = false
        /// Since when that is gone; nil = it is not.
        var gone: ContinuousClock.Instant?
    }

    private let node: Int16
    private let timing: LaneTiming
    private let sharing: Sharing
    private let faults: PlantedFaults
    private var owned: [Int16: Owned] = [:]
    private var sights: [Int16: Sight] = [:]
    /// The highest epoch of each lane that was ever seen: what answers late to an older one is over.
    private var epochs: [Int16: Int64] = [:]
    /// When the last beat began that was heard; nil = none was.
    private var lastBeat: ContinuousClock.Instant?
    /// When an answer came last; nil = none did.
    private var lastAnswer: ContinuousClock.Instant?
    private var isLeaving = false

    /// Mistakes that tests plant, to see that they are found.
    package struct PlantedFaults: OptionSet, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// A beat counts from when its answer came.
        package static let lateBeatBelieved = PlantedFaults(rawValue: 1)
        /// Lanes are taken while their node may still send, and used at once.
        package static let noQuarantine = PlantedFaults(rawValue: 2)
        /// Lanes that somebody else has are not given up.
        package static let lossIgnored = PlantedFaults(rawValue: 4)
        /// A lane is given back while something is on its way.
        package static let givenBackEarly = PlantedFaults(rawValue: 8)
        /// A lane is taken although its node was heard since it was last seen.
        package static let takenUnheard = PlantedFaults(rawValue: 16)
        /// Records are taken in hand although nobody would know.
        package static let reachForgotten = PlantedFaults(rawValue: 32)
    }

    /// Creates the ownership of a node that has nothing yet.
    ///
    /// - Parameters:
    ///   - node: Its number, above 0.
    ///   - timing: The times, the same on all nodes.
    ///   - sharing: Which node a lane is to be with, the same on all nodes.
    public init(node: Int16, timing: LaneTiming = LaneTiming(), sharing: Sharing = .evenly) {
        self.init(node: node, timing: timing, sharing: sharing, faults: [])
    }

    package init(node: Int16, timing: LaneTiming, sharing: Sharing = .evenly, faults: PlantedFaults) {
        (self.node, self.timing, self.sharing, self.faults) = (node, timing, sharing, faults)
    }

    // MARK: Beats

    /// Takes note of a beat whose answer has come.
    ///
    /// - Parameters:
    ///   - start: When it was begun.
    ///   - now: Now.
    ///   - view: What the database said then, this beat among it.
    /// - Returns: What to do.
    public mutating func beat(
        begun start: ContinuousClock.Instant,
        at now: ContinuousClock.Instant,
        _ view: ClusterView
    ) -> Steps {
        let counts = faults.contains(.lateBeatBelieved) ? now : start
        lastBeat = max(lastBeat ?? counts, counts)
        look(at: view, now)
        var steps = Steps()
        let nodes = live(in: view, at: now)
        for lane in view.lanes {
            epochs[lane.lease.lane] = max(lane.lease.epoch, epochs[lane.lease.lane] ?? .min)
            let isMine = owned[lane.lease.lane]?.lease == lane.lease && lane.owner == node
            if let mine = owned[lane.lease.lane], !isMine, !faults.contains(.lossIgnored) {
                steps.lost.append(mine.lease)
                owned[lane.lease.lane] = nil
            }
            let wanted = wantedOwner(of: lane, among: nodes)
            if isMine {
                if wanted != node, owned[lane.lease.lane]?.isDraining == false {
                    owned[lane.lease.lane]?.isDraining = true
                    steps.drain.append(lane.lease)
                }
            } else if lane.owner == node
                || wanted == node && !isLeaving && mayBeTaken(from: lane.owner, in: view, at: now)
            {
                // One that is this node's and that it knows nothing of was another life's, or was given back in vain.
                steps.take.append(taking(lane, now))
            }
        }
        return steps
    }

    private func taking(_ lane: ClusterView.Lane, _ now: ContinuousClock.Instant) -> Taking {
        guard lane.owner != 0 else { return Taking(seen: lane.lease) }
        // Of one's own whatever was begun until now may be on its way.
        let sight = lane.owner == node ? Sight(beat: sights[node]?.beat ?? 0, since: now) : sights[lane.owner]
        return Taking(seen: lane.lease, owner: lane.owner, beat: sight?.beat ?? 0, heard: sight?.since ?? now)
    }

    /// Takes note of a beat that was not answered: who could not ask says nothing of others, who may not have been able to either.
    public mutating func missed() {
        if sharing == .staying { sights = [:] }
    }

    private mutating func look(at view: ClusterView, _ now: ContinuousClock.Instant) {
        // The same is true of an answer that took long.
        if let lastAnswer, now - lastAnswer >= timing.gap { missed() }
        lastAnswer = now
        for other in view.nodes {
            var sight = sights[other.number] ?? Sight(beat: other.beat, since: now)
            if sight.beat != other.beat {
                // Who beats over a connection that is not seen is there without it.
                if sight.gone != nil, !other.isConnected { sight.wasConnected = false }
                (sight.beat, sight.since) = (other.beat, now)
            }
            sight.gone = other.isConnected || !sight.wasConnected ? nil : sight.gone ?? now
            sight.wasConnected = sight.wasConnected || other.isConnected
            sights[other.number] = sight
        }
        let there = Set(view.nodes.map(\.number))
        for number in sights.keys where !there.contains(number) { sights[number] = nil }
        isLeaving = view.nodes.first { $0.number == node }?.isLeaving ?? isLeaving
    }

    /// Nodes among which lanes are shared out, by number: those whose beat rises, and that do not leave.
    private func live(in view: ClusterView, at now: ContinuousClock.Instant) -> [Int16] {
        view.nodes.filter { !$0.isLeaving && ($0.number == node || !isSilent($0.number, at: now)) }.map(\.number)
            .sorted()
    }

    private func isSilent(_ number: Int16, at now: ContinuousClock.Instant) -> Bool {
        guard let sight = sights[number] else { return true }
        if now - sight.since >= timing.silence { return true }
        guard let gone = sight.gone else { return false }
        return now - max(gone, sight.since) >= timing.absence
    }

    /// The node that a lane belongs to; nil when there is none.
    private func wantedOwner(of lane: ClusterView.Lane, among nodes: [Int16]) -> Int16? {
        if sharing == .staying {
            if lane.owner == 0 { return node }
            if nodes.contains(lane.owner) { return lane.owner }
        }
        return nodes.isEmpty ? nil : nodes[Int(lane.lease.lane) % nodes.count]
    }

    /// A lane of nobody is free; so is one of a node that is silent, or that is on its way out and could not give it back.
    private func mayBeTaken(from owner: Int16, in view: ClusterView, at now: ContinuousClock.Instant) -> Bool {
        if owner == 0 || isSilent(owner, at: now) { return true }
        return sharing == .staying && view.nodes.contains { $0.number == owner && $0.isLeaving }
    }

    // MARK: Leases

    /// Takes note of a lease that was taken.
    ///
    /// - Parameters:
    ///   - lease: The lease, with the epoch that it has now.
    ///   - taking: As what it was taken.
    ///   - now: When the answer came: not before the database took note of it.
    /// - Returns: Whether it counts; one that comes so late that a later epoch was seen does not.
    @discardableResult
    public mutating func took(_ lease: LaneLease, as taking: Taking, at now: ContinuousClock.Instant) -> Bool {
        guard lease.epoch >= epochs[lease.lane] ?? .min || faults.contains(.lossIgnored) else { return false }
        epochs[lease.lane] = lease.epoch
        // What this node began by an earlier lease that it took may be on its way too.
        let former = owned[lease.lane] == nil ? taking.heard : now
        let sendsFrom = faults.contains(.noQuarantine) ? nil : former.map { $0 + timing.quarantine }
        owned[lease.lane] = Owned(lease: lease, sendsFrom: sendsFrom ?? now)
        return true
    }

    /// Takes note of a lease that was given back.
    public mutating func gaveBack(_ lease: LaneLease) {
        if owned[lease.lane]?.lease == lease { owned[lease.lane] = nil }
    }

    /// The leases that this node believes to have.
    public var leases: [LaneLease] { owned.values.map(\.lease).sorted { $0.lane < $1.lane } }

    /// Whether a request of a lane may begin now.
    public func maySend(_ lane: Int16, at now: ContinuousClock.Instant) -> Bool {
        guard let owned = owned[lane], !owned.isDraining, now >= owned.sendsFrom else { return false }
        return isHeard(at: now)
    }

    /// Whether a lane is this node's for certain, so that what the node before had nothing of may be sent.
    ///
    /// What that one may have on its way waits for ``maySend(_:at:)``.
    public func isHolder(of lane: Int16, at now: ContinuousClock.Instant) -> Bool {
        owned[lane].map { !$0.isDraining } ?? false && isHeard(at: now)
    }

    /// Whether the last beat that was heard still counts.
    private func isHeard(at now: ContinuousClock.Instant) -> Bool {
        lastBeat.map { now < $0 + timing.validity } ?? false
    }

    /// Whether a lease that is to go may be given back: nothing of it is on its way, from here or from whoever had it before.
    ///
    /// - Parameters:
    ///   - lease: The lease.
    ///   - isIdle: Whether every request that was begun for it has an answer, or its time is over.
    ///   - now: Now.
    /// - Returns: Whether it may.
    public func mayGiveBack(_ lease: LaneLease, isIdle: Bool, at now: ContinuousClock.Instant) -> Bool {
        guard let owned = owned[lease.lane], owned.lease == lease, owned.isDraining else { return false }
        return isIdle && now >= owned.sendsFrom || faults.contains(.givenBackEarly)
    }
}
