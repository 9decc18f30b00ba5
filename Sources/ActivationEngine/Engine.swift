public import ActivationCore
public import Logging
public import ServiceLifecycle
import Synchronization

/// The running engine of one scope: the lane and its pipeline, a relay per dataflow, background evaluation.
public final class Engine: Service, Sendable {
    /// What became of a message.
    public typealias IngestResult = DecisionResult

    /// A dataflow's books and what its relay is doing.
    public struct DataflowBooks: Sendable {
        /// What the books say.
        public var counters: DataflowCounters
        /// Rows that really wait.
        public var pendingRows: Int64
        /// What the relay is doing.
        public var state: RelayState
    }

    private let scope: Scope
    private let storage: any Storage
    private let sinks: any SinkFactory
    private let time: any TimeSource
    private let options: EngineOptions
    private let logger: Logger
    private let lane: IngestLane
    private let pipeline: Pipeline
    private let evaluator: AudienceEvaluator
    private let relays: RelayDirectory

    /// Opens the engine over a storage; nothing runs before ``run()``.
    ///
    /// - Throws: When the dictionaries cannot be read.
    public init(
        scope: Scope = .production,
        storage: any Storage,
        control: any ControlStore,
        sinks: any SinkFactory,
        time: any TimeSource,
        ids: any IDSource = RandomIDSource(),
        options: EngineOptions = EngineOptions(),
        logger: Logger
    ) async throws(StorageError) {
        self.scope = scope
        self.storage = storage
        self.sinks = sinks
        self.time = time
        self.options = options
        self.logger = logger
        let lane = IngestLane(options: options)
        let relays = RelayDirectory()
        let evaluator = AudienceEvaluator(
            scope: scope,
            storage: storage,
            control: control,
            lane: lane,
            time: time,
            options: options,
            logger: logger
        )
        self.lane = lane
        self.relays = relays
        self.evaluator = evaluator
        pipeline = Pipeline(
            scope: scope,
            storage: storage,
            time: time,
            ids: ids,
            options: options,
            initial: try await Engine.readDictionaries(scope: scope, storage: storage, now: time.now()),
            logger: logger,
            onCommit: { relays.wake($0) },
            onCatalog: { definition in
                evaluator.update(definition.audiences)
                relays.update(definition.dataflows)
            }
        )
    }

    /// Runs lane, relays and background evaluation until the task is cancelled or the process shuts down gracefully:
    /// then what was admitted is stored, and sinks deliver until their deadline.
    ///
    /// - Throws: `writeLost` when the storage must be opened again.
    public func run() async throws {
        try await withTaskCancellationOrGracefulShutdownHandler {
            try await withThrowingDiscardingTaskGroup { group in
                group.addTask { await self.evaluator.run() }
                group.addTask { await self.runRelays() }
                defer {
                    self.evaluator.stop()
                    self.relays.stop()
                }
                try await self.pipeline.run(self.lane)
            }
        } onCancelOrGracefulShutdown: {
            self.lane.close()
        }
    }

    /// Whether messages are taken.
    public var isAccepting: Bool { lane.isOpen }

    /// Decides and stores messages; returns when they survive power loss (I1).
    ///
    /// - Returns: One result per message, in their order.
    /// - Throws: `overloaded` when the lane is full, `storage` or `storageFull` when nothing could be stored.
    public func ingest(_ messages: [Message]) async throws(EngineError) -> [IngestResult] {
        guard !messages.isEmpty else { return [] }
        return try await lane.submit(messages)
    }

    /// Makes decisions by another catalog from now on.
    ///
    /// - Throws: `invalidCatalog` when an expression cannot be used; the old catalog stays then.
    public func update(_ catalog: CatalogDefinition) async throws(EngineError) {
        try await lane.update(catalog)
    }

    /// Compiles an expression against the present catalog without using it.
    ///
    /// - Parameters:
    ///   - expression: The expression.
    ///   - id: The audience it is for, when it exists already.
    /// - Returns: Paths the expression reads that no profile has had yet, as dotted names (RULINGS 23).
    /// - Throws: What is wrong, with line and column.
    public func check(_ expression: PQLExpression, for id: Audience.ID?) throws(PQLError) -> [String] {
        let state = pipeline.current
        var paths = state.paths
        let audiences = state.definition.audiences
        let program = try PQLProgram(compiling: expression, paths: &paths) { text in
            audiences.first { $0.id.uuid.description == text.lowercased() || $0.name == text }.map(\.id)
        }
        return program.paths.filter { Int($0.rawValue) > state.paths.count }
            .map { paths.keys(of: $0).joined(separator: ".") }
    }

    /// Whether any profile, audience or mapping has ever named this path.
    public func isKnownPath(_ keys: [String]) -> Bool {
        pipeline.current.paths.id(of: keys) != nil
    }

    /// The profile that has an identity, in the view of the default merge policy; nil when nobody has it.
    public func profile(_ identity: Identity) async throws(EngineError) -> ProfileSnapshot? {
        var request = LoadRequest(scope: scope)
        request.identities = [identity]
        let loaded = try await load(request)
        guard let stored = loaded.profiles.first else { return nil }
        let state = pipeline.current
        guard let policy = state.definition.mergePolicies.first else { return nil }
        do throws(ProfileValueError) {
            return try ProfileSnapshot(stored, policy: policy, paths: state.paths, datasets: state.datasets)
        } catch {
            throw EngineError(.storage, "profile \(stored.id.uuid) cannot be read: \(error.message)")
        }
    }

    /// The newest events of the profile that has an identity, oldest of them first; nil when nobody has it.
    public func events(_ identity: Identity, limit: Int) async throws(EngineError) -> [ProfileEvent]? {
        var request = LoadRequest(scope: scope)
        request.identities = [identity]
        request.identitiesNeedingEvents = [0]
        let loaded = try await load(request)
        guard !loaded.profiles.isEmpty else { return nil }
        do throws(ProfileValueError) {
            return Array(try Prefetch.parse(loaded.events[0] ?? []).suffix(limit))
        } catch {
            throw EngineError(.storage, error.message)
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

    /// How many profiles are members of an audience now.
    public func memberCount(_ audience: Audience.ID) async throws(EngineError) -> Int {
        do throws(StorageError) {
            return Int(try await storage.memberCounts(scope: scope)[audience] ?? 0)
        } catch {
            throw EngineError(error)
        }
    }

    /// How far the evaluation of an audience over stored profiles is; nil when it has not begun.
    public func evaluationProgress(_ audience: Audience.ID) -> EvaluationProgress? {
        evaluator.progress(audience)
    }

    /// A dataflow's books (I5).
    public func books(_ dataflow: Dataflow.ID) async throws(EngineError) -> DataflowBooks {
        do throws(StorageError) {
            let books = try await storage.books(dataflow: dataflow)
            return DataflowBooks(
                counters: books.counters,
                pendingRows: books.pendingRows,
                state: relays.state(of: dataflow)
            )
        } catch {
            throw EngineError(error)
        }
    }

    /// A dataflow's dead letters, oldest first.
    public func deadLetters(_ dataflow: Dataflow.ID, limit: Int) async throws(EngineError) -> [DeadLetter] {
        do throws(StorageError) {
            return try await storage.deadLetters(dataflow: dataflow, limit: limit)
        } catch {
            throw EngineError(error)
        }
    }

    /// Opens a dataflow's sink anew: its target, its credentials or a person's patience changed.
    public func restartRelay(_ dataflow: Dataflow.ID) async {
        relays.restart(dataflow)
    }

    /// Drops the pending rows of a dataflow that the catalog no longer has (RULINGS 14).
    public func discardOutbox(_ dataflow: Dataflow.ID) async throws(EngineError) {
        await relays.ended(dataflow)
        do throws(StorageError) {
            try await storage.discardOutbox(dataflow: dataflow)
        } catch {
            throw EngineError(error)
        }
    }

    private func load(_ request: LoadRequest) async throws(EngineError) -> LoadedState {
        do throws(StorageError) {
            return try await storage.load(request)
        } catch {
            throw EngineError(error)
        }
    }

    private func runRelays() async {
        await withDiscardingTaskGroup { group in
            while let dataflow = await relays.nextToStart() {
                let relay = OutboxRelay(
                    dataflow: dataflow,
                    storage: storage,
                    sinks: sinks,
                    time: time,
                    options: options,
                    logger: logger,
                    onWriteLost: { self.lane.close(because: $0) }
                )
                guard relays.started(relay, for: dataflow) else { continue }
                group.addTask {
                    await relay.run()
                    self.relays.finished(dataflow, in: relay.current)
                }
            }
        }
    }

    private static func readDictionaries(
        scope: Scope,
        storage: any Storage,
        now: Timestamp
    ) async throws(StorageError) -> Pipeline.Published {
        let stored = try await storage.dictionaries(scope: scope)
        var paths = PathDictionary()
        for entry in stored.paths {
            guard paths.intern(entry.name, under: entry.parent) == entry.id else {
                throw StorageError(
                    .corrupt,
                    "the path dictionary has a gap at number \(entry.id.rawValue); restore a backup"
                )
            }
        }
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
                datasets: DatasetDictionary(names: stored.datasets.map(\.name)),
                lastNow: now
            )
        } catch {
            throw StorageError(.corrupt, error.message)
        }
    }
}
