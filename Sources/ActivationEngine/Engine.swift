public import ActivationCore
public import Logging
public import ServiceLifecycle
import Synchronization

/// The running engine of one scope: the lane and its pipeline, a relay per dataflow, timers, background evaluation.
public final class Engine: Service, Sendable {
    /// What became of a message.
    public typealias IngestResult = DecisionResult

    /// A dataflow's books and what its relay is doing.
    public struct DataflowBooks: Sendable {
        /// What the books say.
        public var counters: DataflowCounters
        /// Rows that really wait.
        public var pendingRows: Int64
        /// When the message behind the oldest waiting row was admitted.
        public var oldestPendingAt: Timestamp?
        /// What the relay is doing.
        public var state: RelayState
    }

    /// Whether the engine does its work, and what a person should know of it.
    public struct Health: Sendable {
        /// Messages are taken.
        public var isAccepting: Bool
        /// Why every write is refused now; nil = the last one went well.
        public var writeFailure: EngineError?
        /// For how long batches have been waiting for a store that other nodes use too, and none was stored, if that is longer than any
        /// should: whoever can send to another node does.
        public var stall: Duration?
        /// How far the clock stands behind the instants that messages were given; it catches up by itself, and until
        /// then messages get the last of those instants (BEHAVIOUR 3.1).
        public var clockBehind: Duration?
        /// How far the clock stood ahead of the last message when the engine was opened, if that was more than a day:
        /// either nothing came in for so long, or the clock is wrong and messages get instants that are still to come.
        public var clockAhead: Duration?
        /// The name of the time zone whose days audiences count.
        public var timeZone = TimeZoneRules.utc.name
        /// What became of batches since the start.
        public var batches = BatchCounts()
    }

    let scope: Scope
    let storage: any Storage
    let sinks: any SinkFactory
    let lifeSign: any LifeSign
    let time: any TimeSource
    let options: EngineOptions
    let logger: Logger
    let lane: IngestLane
    /// The pipeline that takes everything.
    let pipeline: Pipeline
    /// Those that take messages beside it.
    private let furtherPipelines: [Pipeline]
    let evaluator: AudienceEvaluator
    let backfills: BackfillService
    let watchers = DataflowWatchers()
    let traces: RecordTraces
    let recalls: RecalledRows
    private let timers: TimerService
    let resumes: ResumeService
    let relays: RelayDirectory
    let auditor: BooksAuditor
    private let retention: DeadLetterRetention
    /// From the last message to the clock, when the engine was opened; nil when there was no message yet.
    private let clockAtStart: Duration?

    /// Opens the engine over a storage; nothing runs before ``run()``.
    ///
    /// - Throws: When the dictionaries cannot be read.
    public init(
        scope: Scope = .production,
        storage: any Storage,
        control: any ControlStore,
        sinks: any SinkFactory,
        lifeSign: any LifeSign = NoLifeSign(),
        time: any TimeSource,
        options: EngineOptions = EngineOptions(),
        traces: RecordTraces = RecordTraces(),
        recalls: RecalledRows = RecalledRows(),
        logger: Logger
    ) async throws(StorageError) {
        self.scope = scope
        self.traces = traces
        self.recalls = recalls
        self.storage = storage
        self.sinks = sinks
        self.lifeSign = lifeSign
        self.time = time
        self.options = options
        self.logger = logger
        let initial = try await Engine.stored(scope: scope, storage: storage)
        clockAtStart = initial.admission == .zero ? nil : initial.admission.instant.duration(to: time.now())
        let lane = IngestLane(options: options)
        let relays = RelayDirectory(time: time)
        let evaluator = try await AudienceEvaluator(
            scope: scope,
            storage: storage,
            control: control,
            lane: lane,
            time: time,
            options: options,
            logger: logger
        )
        let resumes = ResumeService(
            storage: storage,
            lane: lane,
            time: time,
            options: options,
            logger: logger
        )
        let backfills = try await BackfillService(
            scope: scope,
            storage: storage,
            control: control,
            lane: lane,
            time: time,
            options: options,
            logger: logger,
            onEnd: { resumes.lookAgain() }
        )
        let timers = TimerService(
            scope: scope,
            storage: storage,
            lane: lane,
            time: time,
            options: options,
            logger: logger
        )
        retention = DeadLetterRetention(
            scope: scope,
            storage: storage,
            time: time,
            keptMilliseconds: Int64(options.deadLetterDays) * 86_400_000,
            logger: logger
        )
        auditor = BooksAuditor(scope: scope, storage: storage, time: time, logger: logger)
        self.resumes = resumes
        self.lane = lane
        self.relays = relays
        self.timers = timers
        self.evaluator = evaluator
        self.backfills = backfills
        let (leafSets, news) = (LeafSetStore(control: control, scope: scope), CatalogNews())
        let writes = WriteHealth(logger: logger)
        let deciders = (storage as? any SharedStorage)?.deciders ?? [0]
        var pipelines: [Pipeline] = []
        for decider in deciders {
            let takesAll = pipelines.isEmpty
            var options = options
            options.decision.node = Int64(decider)
            pipelines.append(
                Pipeline(
                    scope: scope,
                    storage: storage,
                    leafSets: leafSets,
                    time: time,
                    options: options,
                    initial: initial,
                    traces: traces,
                    recalls: recalls,
                    share: takesAll ? .everything : .messages,
                    news: news,
                    writes: writes,
                    logger: logger,
                    onCommit: { relays.wake($0) },
                    onDue: { timers.expect($0) },
                    onCatalog: { catalog, definition in
                        guard takesAll else { return }
                        evaluator.update(
                            catalog.audienceVersions,
                            definition.eventExpirations,
                            definition.datasetEnds
                        )
                        relays.update(definition.dataflows)
                        backfills.update(definition)
                        resumes.update(definition.dataflows)
                        timers.begin()
                    }
                )
            )
        }
        pipeline = pipelines.removeFirst()
        furtherPipelines = pipelines
    }

    /// Runs lane, relays, timers and background evaluation until the task is cancelled or the process shuts down gracefully:
    /// then what was admitted is stored, and sinks deliver until their deadline.
    ///
    /// A follower runs the lane alone.
    ///
    /// - Throws: `writeLost` when the storage must be opened again.
    public func run() async throws {
        tellClock()
        switch options.role {
        case .leader: try await runAll()
        case .follower:
            try await withTaskCancellationOrGracefulShutdownHandler {
                try await runPipelines()
            } onCancelOrGracefulShutdown: {
                self.lane.close()
            }
        }
    }

    private func runAll() async throws {
        let auditing = Task { await auditor.run() }
        let retiring = Task { await retention.run() }
        let watching = Task { await commitWatch?.run() }
        defer {
            auditing.cancel()
            retiring.cancel()
            watching.cancel()
        }
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await self.evaluator.run() }
                group.addTask { await self.timers.run { self.pipeline.now } }
                group.addTask {
                    await self.backfills.run {
                        let state = self.pipeline.current
                        return (state.paths, state.datasets)
                    }
                }
                group.addTask { await self.runRelays() }
                group.addTask { await self.resumes.run() }
                defer {
                    self.resumes.stop()
                    self.evaluator.stop()
                    self.timers.stop()
                    self.backfills.stop()
                    self.relays.stop(within: self.maySend ? nil : .zero)
                    self.watchers.end()
                }
                try await self.runPipelines()
            }
        } onCancelOrGracefulShutdown: {
            self.lane.close()
        }
    }

    private func runPipelines() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            for further in furtherPipelines { group.addTask { try await further.run(self.lane) } }
            try await pipeline.run(lane)
        }
    }

    /// Meets what other nodes commit, where there are any.
    private var commitWatch: CommitWatch? {
        (storage as? any SharedStorage).map { storage in
            CommitWatch(
                storage: storage,
                scope: scope,
                relayed: { self.relays.relayed },
                onCommit: { self.relays.wake($0) },
                onDue: { self.timers.expect($0) }
            )
        }
    }

    private func tellClock() {
        guard let clockAtStart else { return }
        if clockAtStart < .zero - Engine.clockBehindMin {
            logger.warning(
                "The clock is behind the last message; until it has caught up messages get the instant of that one",
                metadata: ["clock.behind": "\(.zero - clockAtStart)"]
            )
        } else if clockAtStart > Engine.clockAheadMin {
            logger.notice(
                "The clock is far ahead of the last message; if it is wrong, stop the server and set it",
                metadata: ["clock.ahead": "\(clockAtStart)"]
            )
        }
    }

    /// The instant at which a message would be admitted now: the clock's, or that of the last message while the clock is behind it.
    public var instant: Timestamp { pipeline.now }

    /// Whether messages are taken.
    public var isAccepting: Bool { lane.isOpen }

    /// Notes that the storage refused a write which did not come through the engine; ``health()`` then says so until one is
    /// taken.
    public func noteRefusedWrite(_ error: StorageError) { pipeline.writes.failed(error) }

    /// Whether the engine does its work; after a refused write it tries a small one of its own, at most once a second.
    public func health() async -> Health {
        let failure = await pipeline.writes.probe(storage)
        let state = pipeline.current
        let lead = time.now().duration(to: pipeline.now)
        return Health(
            isAccepting: lane.isOpen,
            writeFailure: failure.map(EngineError.init),
            stall: storage is any SharedStorage
                ? pipeline.writes.stall.flatMap { $0 > Engine.stallMin ? $0 : nil } : nil,
            clockBehind: lead > Engine.clockBehindMin ? lead : nil,
            clockAhead: clockAtStart.flatMap { $0 > Engine.clockAheadMin ? $0 : nil },
            timeZone: state.definition.timeZone.name,
            batches: pipeline.writes.counts
        )
    }

    /// Longer than batches take, and shorter than callers wait.
    private static let stallMin = Duration.seconds(1)

    /// Differences between the clock and the instants of admission that are worth a word: more than clocks of one network
    /// differ, and more than a restart usually takes.
    private static let clockBehindMin = Duration.seconds(5)
    private static let clockAheadMin = Duration.seconds(86_400)

    /// Decides and stores messages; returns when they survive power loss (I1).
    ///
    /// All of them are stored together, unless they need more of the store at once than fits into memory.
    ///
    /// - Returns: One result per message, in their order.
    /// - Throws: `overloaded` when the lane is full, `storage` or `storageFull` when they could not be stored. Of messages
    ///   too many for one commit some may be stored all the same; sending them all again is safe.
    public func ingest(_ messages: [Message]) async throws(EngineError) -> [IngestResult] {
        guard !messages.isEmpty else { return [] }
        return try await lane.submit(messages)
    }

    /// Makes decisions by another catalog from now on.
    ///
    /// The catalog is compiled against the engine's own dictionary first, then `store` is called, and only when that
    /// succeeded does the catalog decide: what cannot be used is never stored, and what is stored decides.
    ///
    /// - Parameters:
    ///   - catalog: The new catalog.
    ///   - store: Makes the configuration behind it durable; gives the version that decisions are noted to be made by, nil where nobody
    ///     else changes it.
    /// - Throws: `invalidCatalog` when an expression or a mapping cannot be used, or the storage's error; the old catalog
    ///   stays then.
    public func update(
        _ catalog: CatalogDefinition,
        storing store: @escaping @Sendable () async throws(StorageError) -> Int64? = { () throws(StorageError) in nil }
    ) async throws(EngineError) {
        try await lane.update(CatalogChange(definition: catalog, store: store))
        await countProfiles()
    }

    /// Makes decisions by a stored catalog, leaving out what cannot be used: one bad definition must not keep the others
    /// from working.
    ///
    /// - Parameters:
    ///   - catalog: The catalog.
    ///   - version: Which one it is, where others change it too.
    /// - Returns: What was left out, each with its audience or dataflow and the reason. Memberships of such an audience
    ///   stay as they are, rows of such a dataflow stay in the outbox.
    /// - Throws: What ``update(_:storing:)`` throws, for anything else than a single audience or dataflow.
    public func open(
        with catalog: CatalogDefinition,
        version: Int64? = nil
    ) async throws(EngineError) -> [CatalogError] {
        let change = CatalogChange(definition: catalog, isLenient: true) { () throws(StorageError) in version }
        let leftOut = try await lane.update(change)
        await countProfiles()
        return leftOut
    }

    /// Has the stored catalog asked for where a decision meets one that somebody else has changed, as several nodes over one store do.
    ///
    /// - Parameter newest: Reads it; it must not wait for a change of the catalog that is on its way through the engine.
    public func followCatalog(_ newest: @escaping @Sendable () async throws(StorageError) -> VersionedCatalog) {
        for each in [pipeline] + furtherPipelines { each.followCatalog(newest) }
    }

    /// Counts the profiles that a new definition has before it, for ``evaluationProgress(_:)``.
    private func countProfiles() async {
        do throws(StorageError) {
            try await evaluator.countProfiles()
        } catch {
            // The change is made all the same; until the evaluation begins the number of before is shown.
            logger.warning("Profiles not counted", metadata: ["error.message": "\(error)"])
        }
    }

    /// Compiles an expression against the present catalog without using it.
    ///
    /// - Parameters:
    ///   - expression: The expression.
    ///   - id: The audience it is for, when it exists already.
    /// - Returns: What the expression names; paths that no profile has had yet are marked (BEHAVIOUR 5.3).
    /// - Throws: What is wrong, with line and column.
    public func check(_ expression: PQLExpression, for id: Audience.ID?) throws(PQLError) -> PQLMentions {
        let state = pipeline.current
        let definition = state.definition
        return try expression.mentions(known: state.paths, zone: definition.timeZone, now: time.now()) { text in
            definition.audience(named: text)
        }
    }

    /// Whether any profile, audience or mapping has ever named this path.
    public func isKnownPath(_ keys: [String]) -> Bool {
        pipeline.current.paths.id(of: keys) != nil
    }

    /// The profile that has an identity, in the view of a merge policy (nil = the default); nil when nobody has it.
    ///
    /// - Throws: `invalidCatalog` when the policy is not in use, or the storage's error.
    public func profile(
        _ identity: Identity,
        mergePolicy: MergePolicy.ID? = nil
    ) async throws(EngineError) -> ProfileSnapshot? {
        guard let stored = try await storedProfile(identity) else { return nil }
        // The dictionaries of now are those of the profile's commit or later; if they are not, those of the storage are.
        let state = pipeline.current
        let now = pipeline.now
        let policies = state.definition.mergePolicies
        guard let policy = policies.first(where: { mergePolicy == nil || $0.id == mergePolicy }) else {
            throw EngineError(.invalidCatalog, "the merge policy does not exist")
        }
        do throws(StorageError) {
            do throws(ProfileValueError) {
                return try ProfileSnapshot(
                    stored,
                    of: identity,
                    policy: policy,
                    at: now,
                    namespaces: state.catalog.externalNamespaces,
                    paths: state.paths,
                    datasets: visible(state.datasets)
                )
            } catch {
                guard error.isUnknownNumber else { throw StorageError(error, of: stored) }
            }
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            do throws(ProfileValueError) {
                return try ProfileSnapshot(
                    stored,
                    of: identity,
                    policy: policy,
                    at: now,
                    namespaces: state.catalog.externalNamespaces,
                    paths: paths,
                    datasets: visible(datasets)
                )
            } catch {
                throw StorageError(error, of: stored)
            }
        } catch {
            throw EngineError(error)
        }
    }

    private func storedProfile(_ identity: Identity) async throws(EngineError) -> StoredProfile? {
        var request = LoadRequest(scope: scope)
        request.identities = [identity]
        do throws(StorageError) {
            return try await storage.load(request).profiles.first
        } catch {
            throw EngineError(error)
        }
    }

    /// The newest events of the profile that has an identity, oldest of them first; nil when nobody has it.
    public func events(_ identity: Identity, limit: Int) async throws(EngineError) -> [ProfileEvent]? {
        guard let profile = try await storedProfile(identity) else { return nil }
        var wanted = EventRequest()
        wanted.items = [EventRequest.Item(row: profile.row, extent: .whole)]
        do throws(StorageError) {
            let events = try await storage.loadEvents(wanted)
            let datasets = visible(pipeline.current.datasets)
            let seen = (events.first?.events ?? []).filter { !datasets.isHidden($0.dataset) }
            return Array(try Prefetch.parse(seen).suffix(max(limit, 0)))
        } catch {
            throw EngineError(error)
        }
    }

    /// How many profiles there are.
    public func profileCount() async throws(EngineError) -> Int {
        do throws(StorageError) {
            return try await storage.profileCount(scope: scope)
        } catch {
            throw EngineError(error)
        }
    }

    /// The state as of the last commit, with an empty catalog.
    private static func stored(scope: Scope, storage: any Storage) async throws(StorageError) -> Pipeline.Published {
        var (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
        let admission = try await storage.admission(scope: scope)
        let backfills = try await storage.backfillProgress(scope: scope)
        let definition = CatalogDefinition(
            mergePolicies: [],
            namespaces: NamespaceDirectory(),
            audiences: [],
            dataflows: []
        )
        do throws(CatalogError) {
            return Pipeline.Published(
                catalog: try Catalog(compiling: definition, paths: &paths),
                definition: definition,
                paths: paths,
                datasets: datasets,
                admission: admission ?? .zero,
                backfillPlaces: backfills.mapValues(\.row)
            )
        } catch {
            throw StorageError(.corrupt, error.message)
        }
    }
}

extension Engine.DataflowBooks {
    init(_ books: StoredBooks, _ state: RelayState) {
        self.init(
            counters: books.counters,
            pendingRows: books.pendingRows,
            oldestPendingAt: books.oldestPendingAt,
            state: state
        )
    }
}

extension StorageError {
    init(_ error: ProfileValueError, of profile: StoredProfile) {
        self.init(.corrupt, "profile \(profile.id.uuid) cannot be read: \(error.message)")
    }
}
