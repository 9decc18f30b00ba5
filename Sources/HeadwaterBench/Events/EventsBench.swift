import ActivationCore
import ActivationEngine
import Kinesis
import SQLiteStorage

/// Measures events by what their profiles had before: what an event costs must not depend on the history.
///
/// For each history profiles are stored once. For each rule they are copied, the rule is evaluated over them, and then
/// every profile gets events one after the other, mostly in the order of time, while a clock of ours moves with them: as
/// many events leave a window as come in. The clock alone decides nothing; what is due is decided with a profile's event.
public struct EventsBench: Sendable {
    /// What is measured.
    public struct Options: Sendable {
        /// Numbers of events that profiles have before.
        public var histories: [Int]
        /// The rules.
        public var sets: [EventSet]
        /// Audiences there are while a rule is measured, its own included; the others ask for events that nobody sends.
        public var audiences: Int
        /// Profiles of the longest history; of shorter ones there are more, so that none grows much while it is measured.
        public var profiles: Int
        /// Events that are measured per figure, at most.
        public var events: Int
        /// Seconds that one figure takes, about and at most.
        public var seconds: Double
        /// The seed of the events.
        public var seed: UInt64
        /// Whether a commit log stands before the database.
        public var isLogged = false

        /// Creates options; all numbers are above 0, histories and sets are not empty.
        public init(
            histories: [Int],
            sets: [EventSet],
            audiences: Int,
            profiles: Int,
            events: Int,
            seconds: Double,
            seed: UInt64
        ) {
            self.histories = histories
            self.sets = sets
            self.audiences = audiences
            self.profiles = profiles
            self.events = events
            self.seconds = seconds
            self.seed = seed
        }
    }

    private let options: Options
    private let show: OpenDisplay
    private let makeDirectory: MakeDirectory
    /// Events of one load; those of a profile come together.
    private static let loadBatch = 2_000
    /// One batch for so many that are measured goes before them: it finds every page of the copied store full.
    private static let warmingShare = 4
    /// Between profiles of one batch, which must not lie beside one another: real messages come in no order.
    private static let stride = 7_919
    /// So many more profiles than the longest history has an other one at most.
    private static let profileShareMax = 40

    /// Creates a measurement.
    ///
    /// - Parameters:
    ///   - options: What is measured.
    ///   - makeDirectory: Makes places for the stores.
    ///   - show: Opens a display of the progress.
    public init(_ options: Options, makeDirectory: @escaping MakeDirectory, show: @escaping OpenDisplay) {
        self.options = options
        self.makeDirectory = makeDirectory
        self.show = show
    }

    /// Measures every rule with every history.
    ///
    /// - Returns: The figures.
    /// - Throws: ``BenchError``, or `StorageError` when a store cannot be used.
    public func run() async throws -> EventsBenchReport {
        var timelines: [EventTimeline: [EventSet]] = [:]
        for set in options.sets {
            for history in options.histories { timelines[set.timeline(history: history), default: []].append(set) }
        }
        let total = timelines.reduce(0) { $0 + $1.key.history * profiles($1.key) + $1.value.count * (events + warming) }
        let meter = BenchMeter(total: total, unit: "events", show: show)
        var figures: [EventsBenchReport.Figure] = []
        for (timeline, sets) in timelines.sorted(by: { $0.key.history < $1.key.history }) {
            figures += try await measure(sets, timeline, meter)
        }
        meter.end()
        return EventsBenchReport(
            figures: figures.sorted { (place($0.set), $0.history) < (place($1.set), $1.history) },
            audiences: options.audiences,
            residentMegabytes: ProcessUsage().residentMegabytes,
            seed: options.seed
        )
    }

    private func place(_ set: EventSet) -> Int { options.sets.firstIndex(of: set) ?? 0 }

    private func profiles(_ timeline: EventTimeline) -> Int {
        let longest = options.histories.max() ?? timeline.history
        return options.profiles * min(longest / timeline.history, EventsBench.profileShareMax)
    }

    /// Events of one figure: the same number in each batch.
    private var events: Int { max(options.events / options.profiles, 1) * options.profiles }

    /// Events before them.
    private var warming: Int { events / options.profiles / EventsBench.warmingShare * options.profiles }

    /// Stores the profiles of a timeline, and measures rules with a copy of them each.
    private func measure(
        _ sets: [EventSet],
        _ timeline: EventTimeline,
        _ meter: BenchMeter
    ) async throws -> [EventsBenchReport.Figure] {
        let directory = try makeDirectory()
        defer { directory.remove() }
        let store = try EventStore(in: directory.path, isLogged: options.isLogged)
        try await store.withEngine { engine in try await load(timeline, into: engine, meter) }
        var figures: [EventsBenchReport.Figure] = []
        for set in sets {
            let copy = try makeDirectory()
            defer { copy.remove() }
            try await store.copy(to: copy.path)
            let own = try EventStore(in: copy.path, isLogged: options.isLogged)
            figures.append(try await measure(set, timeline, in: own, meter))
        }
        try await store.close()
        return figures
    }

    private func load(_ timeline: EventTimeline, into engine: Engine, _ meter: BenchMeter) async throws {
        try await engine.update(EventSet.emptyCatalog)
        let customers = EventCustomers(timeline: timeline)
        var random = SplitMix64(seed: options.seed)
        var batch: [Message] = []
        for customer in 0..<profiles(timeline) {
            for index in 0..<timeline.history {
                batch.append(try customers.stored(index, of: customer, &random))
                guard batch.count == EventsBench.loadBatch else { continue }
                try await ingest(batch, into: engine)
                meter.finished(batch.count)
                batch.removeAll(keepingCapacity: true)
            }
        }
        try await ingest(batch, into: engine)
        meter.finished(batch.count)
    }

    private func measure(
        _ set: EventSet,
        _ timeline: EventTimeline,
        in store: EventStore,
        _ meter: BenchMeter
    ) async throws -> EventsBenchReport.Figure {
        let profiles = profiles(timeline)
        let count = events
        let (done, per) = try await store.withEngine { engine in
            try await engine.update(try set.catalog(audiences: options.audiences))
            for audience in EventSet.audiences(options.audiences) {
                while engine.evaluationProgress(audience)?.isDone != true {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
            var batches = try batches(of: count + warming, timeline, profiles)
            for (instant, messages) in batches.prefix(warming / options.profiles) {
                store.clock.set(instant)
                try await ingest(messages, into: engine)
                meter.finished(messages.count)
            }
            batches.removeFirst(warming / options.profiles)
            let began = ContinuousClock.now
            let before = ProcessUsage()
            var done = 0
            for (instant, messages) in batches {
                guard done == 0 || ContinuousClock.now - began < .seconds(options.seconds) else { break }
                store.clock.set(instant)
                try await ingest(messages, into: engine)
                done += messages.count
                meter.finished(messages.count)
            }
            let per = ProcessUsage().per(done, since: before)
            meter.finished(count - done)
            return (done, per)
        }
        let (profileBytes, stateBytes) = try await store.meanBytes()
        try await store.close()
        return EventsBenchReport.Figure(
            set: set,
            history: timeline.history,
            inside: set.hasWindow ? timeline.inside : nil,
            profiles: profiles,
            events: done,
            cpuMicroseconds: per.cpuMicroseconds,
            rate: per.rate,
            stateBytes: stateBytes,
            profileBytes: profileBytes
        )
    }

    /// The events that are measured, made before: an instant and a message for each of some profiles.
    private func batches(
        of count: Int,
        _ timeline: EventTimeline,
        _ profiles: Int
    ) throws -> [(Timestamp, [Message])] {
        let customers = EventCustomers(timeline: timeline)
        let stride = profiles.isMultiple(of: EventsBench.stride) ? 1 : EventsBench.stride
        var random = SplitMix64(seed: options.seed &+ 1)
        return try Swift.stride(from: 0, to: count, by: options.profiles).map { start in
            let round = start / profiles + 1
            let messages = try (start..<start + options.profiles).map { number in
                // No profile twice in a round: the numbers of profiles and the stride have no common factor.
                try customers.next(round, of: number % profiles * stride % profiles, &random)
            }
            return (timeline.instant(ofRound: round), messages)
        }
    }

    private func ingest(_ messages: [Message], into engine: Engine) async throws {
        for result in try await engine.ingest(messages) {
            guard case .accepted = result else {
                throw BenchError(.software, "the engine did not accept an event of the measurement: \(result)")
            }
        }
    }
}

extension EventSet {
    fileprivate var hasWindow: Bool {
        switch self {
        case .sum, .count, .exists, .max: false
        default: true
        }
    }
}
