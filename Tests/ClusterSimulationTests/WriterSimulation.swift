import ActivationCore
import ActivationEngine
import StorageCommon
import TestSupport

/// Some nodes that decide for the same profiles over one database, in virtual time.
///
/// Decisions, claims and what is done over are the product's. What lies between them (locks, reads, writes, answers, records on their
/// way) is one event after the other, and anything may come in between: nodes pause, die, are cut off; the database fails over.
struct WriterSimulation {
    /// What was found wrong, with the instant.
    struct Violation: Error, CustomStringConvertible {
        var description: String
    }

    /// Mistakes that can be made on purpose.
    struct Faults: OptionSet {
        var rawValue: Int

        /// Profiles are locked in any order.
        static let locksWithoutOrder = Faults(rawValue: 1)
        /// Numbers are given out before the commit and not under a lock.
        static let numbersOfSequence = Faults(rawValue: 2)
        /// A commit does not look whether the catalog is still the one that was decided by.
        static let catalogNotChecked = Faults(rawValue: 4)
        /// Merges leave no gates.
        static let gatesForgotten = Faults(rawValue: 8)
        /// A commit whose answer is lost counts as failed.
        static let fateBelieved = Faults(rawValue: 16)
        /// Nothing is locked when it is loaded, and nothing is checked.
        static let nothingLocked = Faults(rawValue: 32)
        /// A new catalog does not wait for the commits that hold lanes.
        static let lanesNotLockedByChange = Faults(rawValue: 64)
        /// A marker is taken for reached as soon as it is met.
        static let markersNotInTurn = Faults(rawValue: 128)
        /// Everybody gives out the same admission numbers.
        static let numbersOfNobody = Faults(rawValue: 256)
        /// What is deleted is looked for under the profile's own id alone.
        static let deletionWithoutAbsorbed = Faults(rawValue: 512)
        /// Commits that give out no numbers lock no lane, also where they leave marks.
        static let marksWithoutLane = Faults(rawValue: 1024)
        /// What waits of a deleted dataflow is dropped in any order, gates before what they hold back.
        static let discardInAnyOrder = Faults(rawValue: 2048)
        /// Identities that go are locked before those that come, each in their order.
        static let identitiesInTwoOrders = Faults(rawValue: 4096)
        /// A relay does not ask whose records became another's.
        static let rekeyedForgotten = Faults(rawValue: 8192)
        /// A relay asks whose records became another's after it has looked for records.
        static let rekeyedAskedLater = Faults(rawValue: 16384)
    }

    struct Setup {
        var nodes = 2
        var faults: Faults = []
        /// Whether the database may come back without its last commits.
        var losesTail = false
        /// Whether there is one lane, in which records of somebody who is absorbed become the survivor's, as in the product as long as
        /// one node relays everything.
        var hasOneLane = false
        /// Whether everything comes closely behind each other, so that whatever can meet does.
        var isDense = false
    }

    /// Nanoseconds of the world's clock, which nobody sees.
    typealias Time = Int64
    typealias Action = (inout WriterSimulation) throws -> Void

    /// Something that somebody wants decided.
    struct Request {
        let number: Int
        let cause: Input.Cause
        /// The evaluation that it is part of.
        var job: Int?
    }

    /// Inputs that are decided together.
    struct Piece {
        var requests: [Request]
        var now: Timestamp
        var tries = 0
    }

    /// What a batch was decided by, and what came of it.
    struct Attempt {
        var writer: Int16
        var version: Int
        var decidedAt: Time
        var admission: AdmissionMark
        /// The inputs that did something, as they were decided, and whose they are.
        var inputs: [Input]
        var requests: [Int]
        var plan: CommitPlan
        var paths: PathDictionary
        var end: AdmissionMark
        /// Whether it named an identity that nobody had and that nobody has by it: what another batch does about that identity at the same
        /// time may count as done before it or after it.
        var leavesNoTrace: Bool
        /// Where the profiles stand that it made, once it is committed.
        var newRows: [Profile.ID: Int64] = [:]
    }

    /// A pipeline with a connection of its own.
    struct Writer {
        let number: Int16
        let node: Int
        var epoch: Int64 = 0
        var batch: Int64 = 0
        /// The last number whose commit it was told of; forgotten with its node.
        var acknowledged: Int64 = 0
        var connection: Int?
        /// A connection over which it takes its row.
        var pending: Int?
        var isBusy = false
        var queue: [Request] = []
        /// What is to be done of what was taken up, the next one last.
        var pieces: [Piece] = []
        var recovery = BatchRecovery()
        var admission = AdmissionMark.zero
        var paths = PathDictionary()
        var version = 1
        /// A commit that was sent and not answered.
        var uncertain: (number: Int64, attempt: Attempt)?
        /// What answers belong to; later ones are nobody's.
        var turn = 0
    }

    struct Node {
        /// How often it was started; what belongs to an earlier life is nobody's.
        var life = 0
        var isAlive = false
        var isPaused = false
        /// Whether it has found out that something was lost, and ended for good.
        var isEnded = false
        var waiting: [Action] = []
        /// Milliseconds by which its clock is ahead.
        var offset: Int64 = 0
        var writers: [Int] = []
        var relays: [Int16: LaneRelay] = [:]
    }

    /// The evaluation of a new audience for everybody who is stored.
    struct Job {
        let audience: Audience.ID
        let version: Int
        var lane: Int16 = 0
        var after: Int64 = 0
        var isDone = false
        /// The requests that the present page still waits for, and the writer that has them.
        var waitsFor: Set<Int> = []
        var writer = 0
        var next: Int64 = 0
    }

    let setup: Setup
    let laneCount: Int16
    /// Whether a merge leaves a gate only where something of the absorbed one waits.
    let gatesWhereWaiting: Bool
    /// How many records of one profile a relay has in hand.
    let recordsPerProfile: Int
    var random: SeededGenerator
    var queue = EventQueue<Action>()
    var now: Time = 0
    var database = SimulatedDatabase()
    var stream = SimulatedStream()
    var traffic = SharedTraffic()
    /// What is done when a transaction has run its steps.
    var endings: [Int: Done] = [:]
    /// When what was said last over a connection arrives.
    private var arrivals: [Int: Time] = [:]
    var nodes: [Node] = []
    var writers: [Writer] = []
    var definitions: [Int: CatalogDefinition] = [:]
    var catalogs: [Int: Catalog] = [:]
    /// When each version was answered to whoever made it.
    var answered: [Int: Time] = [:]
    var jobs: [Job] = []
    var requests = 0
    /// Evaluations of profiles that were asked for; their numbers are negative.
    var evaluations = 0
    /// Requests that were answered as accepted, and those of which something is committed.
    var accepted: Set<Int> = []
    var committed: Set<Int> = []
    var log: [Attempt] = []
    /// Records by dataflow, policy, partition key and revision.
    var made: Set<String> = []
    /// Of each dataflow and partition key when the last input was admitted that made a record.
    var admitted: [String: Timestamp] = [:]
    /// Writers that were told of commits which the database has lost.
    var losers: Set<Int> = []
    var isHealing = false
    var hasLost = false
    /// What happened, for the tests to see that something does.
    var counts: [String: Int] = [:]

    static let millisecond: Time = 1_000_000
    static let second: Time = 1_000_000_000
    static let troubleEnds = 3 * second
    /// Milliseconds from one instant of a clock to the next.
    static let tick: Int64 = 200
    static let end = 60 * second
    /// Until when a loss has to be noticed.
    static let noticed = 20 * second

    init(seed: UInt64, _ setup: Setup) throws {
        self.setup = setup
        random = SeededGenerator(seed: seed)
        let counts: [Int16] = setup.hasOneLane ? [1] : setup.isDense ? [1, 2] : [1, 2, 4, 4]
        laneCount = counts.randomElement(using: &random) ?? 4
        recordsPerProfile = Bool.random(using: &random) ? 1 : 3
        stream.allowsRepeats = recordsPerProfile > 1
        stream.absorbedAreOne = setup.hasOneLane
        gatesWhereWaiting = Bool.random(using: &random)
        database.keepsHistory = setup.losesTail
        let definition = try traffic.definition()
        var paths = SharedTraffic.paths
        catalogs[1] = try Catalog(compiling: definition, paths: &paths)
        definitions[1] = definition
        let lanes = laneCount
        for number in 0..<setup.nodes {
            var node = Node()
            node.offset = Int64.random(in: -40...40, using: &random)
            for _ in 0..<(setup.isDense ? 2 : Int.random(in: 1...2, using: &random)) {
                node.writers.append(writers.count)
                writers.append(Writer(number: Int16(writers.count + 1), node: number))
            }
            nodes.append(node)
        }
        let writerNumbers = writers.map(\.number)
        database.change { content in
            content.paths = SharedTraffic.paths
            for writer in writerNumbers { content.writers[writer] = (0, 0) }
            for lane in 0..<lanes { content.owners[lane] = SharedContent.Owner() }
        }
        for node in nodes.indices { after(0...20) { $0.start(node) } }
        for lane in 0..<lanes { after(30...60) { $0.adopt(lane) } }
        after(0...30) { try $0.send() }
        after(100...400) { try $0.makeTrouble() }
        after(100...600) { try $0.changeCatalog() }
    }

    /// Runs until everything is decided and delivered.
    mutating func run() throws {
        while let (time, action) = queue.removeFirst() {
            now = time
            if now > Self.troubleEnds, !isHealing { heal() }
            try action(&self)
            for id in database.granted {
                after(0...2) { try $0.advance(id) }
            }
            database.granted = []
            if !database.deadlock.isEmpty {
                throw violation("transactions wait for each other: \(database.describeDeadlock())")
            }
            if hasLost {
                if losers.isEmpty { return }
                guard now < Self.noticed else { throw violation("writers \(losers.sorted()) have not noticed a loss") }
                continue
            }
            if isHealing, isQuiet { return try checkEnd() }
            guard now < Self.end else { throw violation("it does not come to an end: \(describe())") }
        }
    }

    /// How much is sent.
    private var requestCount: Int { setup.isDense ? 100 : 50 }

    /// Whether nothing is left to be done.
    private var isQuiet: Bool {
        requests >= requestCount && jobs.allSatisfy(\.isDone)
            && writers.allSatisfy { !$0.isBusy && $0.queue.isEmpty }
            && database.content.outbox.values.allSatisfy(\.isEmpty)
    }

    // MARK: Time

    /// Does something after some milliseconds.
    mutating func after(_ milliseconds: ClosedRange<Int>, _ action: @escaping Action) {
        let range = Time(milliseconds.lowerBound) * Self.millisecond...Time(milliseconds.upperBound) * Self.millisecond
        queue.add(action, at: now + Time.random(in: range, using: &random))
    }

    /// How long a message takes, in milliseconds: mostly little.
    private mutating func delay() -> ClosedRange<Int> {
        Int.random(in: 0..<20, using: &random) == 0 ? 0...120 : 0...4
    }

    /// Does something on a node when a message has reached it, unless the node has died; a paused one does it when it wakes.
    mutating func reach(_ node: Int, _ action: @escaping Action) {
        let life = nodes[node].life
        after(delay()) { try $0.onNode(node, life, action) }
    }

    /// Does something on a node after some time of its own.
    mutating func later(_ milliseconds: ClosedRange<Int>, on node: Int, _ action: @escaping Action) {
        let life = nodes[node].life
        after(milliseconds) { try $0.onNode(node, life, action) }
    }

    /// Does something in one life of a node: not after that, and not while it is paused.
    mutating func onNode(_ node: Int, _ life: Int, _ action: @escaping Action) throws {
        guard nodes[node].isAlive, nodes[node].life == life else { return }
        if nodes[node].isPaused { return nodes[node].waiting.append(action) }
        try action(&self)
    }

    /// Does something in the database when a message over a connection has reached it, unless that is closed by then.
    ///
    /// What is said over one connection arrives in its order.
    mutating func tell(_ connection: Int, _ action: @escaping Action) {
        let milliseconds = delay()
        let way = Time.random(in: 0...(Time(milliseconds.upperBound) * Self.millisecond), using: &random)
        let arrival = max(now + way, arrivals[connection] ?? 0)
        arrivals[connection] = arrival
        queue.add(
            { simulation in
                guard simulation.database.connections[connection]?.isOpen == true else { return }
                try action(&simulation)
            },
            at: arrival
        )
    }

    /// Does something in the database over a connection that is made for it.
    mutating func ask(_ action: @escaping Action) { after(delay(), action) }

    // MARK: Others

    func catalog(_ version: Int) -> Catalog? { catalogs[version] }

    func clock(of node: Int) -> Timestamp {
        // A coarse one, so that much happens at one instant.
        let milliseconds = (now / Self.millisecond + nodes[node].offset) / Self.tick * Self.tick
        return Timestamp(milliseconds: SharedTraffic.start.milliseconds + 1_000 + milliseconds)
    }

    mutating func count(_ what: String) { counts[what, default: 0] += 1 }

    func violation(_ what: String) -> Violation { Violation(description: "\(Double(now) / 1e9) s: \(what)") }

    /// Gives somebody something to decide, and goes on.
    private mutating func send() throws {
        guard requests < requestCount else { return }
        after(0...(setup.isDense ? 20 : 60)) { try $0.send() }
        let alive = writers.indices.filter { nodes[writers[$0].node].isAlive }
        guard let writer = alive.randomElement(using: &random) else { return }
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            requests += 1
            writers[writer].queue.append(Request(number: requests, cause: try traffic.cause(&random), job: nil))
        }
        later(0...1, on: writers[writer].node) { try $0.takeUp(writer) }
    }

    private func describe() -> String {
        let rows = database.content.outbox.filter { !$0.value.isEmpty }.map { outbox, rows in
            "lane \(outbox.lane) of \(outbox.dataflow.uuid.low): \(rows.map { "\($0.row & 0xFFFF) \($0.kind)" })"
        }
        let busy = writers.filter { $0.isBusy || !$0.queue.isEmpty }.map {
            "writer \($0.number): \($0.queue.count) wait, \($0.pieces.count) pieces"
        }
        return "requests \(requests), " + (rows.sorted() + busy).joined(separator: "; ")
            + "; jobs \(jobs.filter { !$0.isDone }.count)"
    }
}
