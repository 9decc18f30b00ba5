import ActivationCore
public import ActivationEngine
import Kinesis
import Logging
import SQLiteStorage

/// Measures random updates of stored profiles, durable, with a destination that takes everything.
public struct EngineBench: Sendable {
    /// What is measured.
    public struct Options: Sendable {
        /// Stored profiles.
        public var profiles: Int
        /// Audiences there are; updates affect 20 of them at most.
        public var audiences: Int
        /// Dataflows there are; updates concern one of them.
        public var dataflows: Int
        /// Updates that are measured.
        public var updates: Int
        /// Updates of the baseline.
        public var baselineUpdates: Int
        /// Requests under way at the same time.
        public var clients: Int
        /// Updates of one request.
        public var batch: Int
        /// The seed of the updates.
        public var seed: UInt64
        /// Whether the ledger keeps what was sent of whom.
        public var keepsLedger = false
        /// Bytes of the database's page cache, also of the baseline's.
        public var cacheBytes = 160 << 20
        /// Whether a commit log stands in front of the database.
        public var isLogged = false
        /// Updates that are decided and committed together, at most.
        public var commitMax = EngineOptions().batchMessagesMax

        /// Creates options; all numbers are above 0.
        public init(
            profiles: Int,
            audiences: Int,
            dataflows: Int = 1,
            updates: Int,
            baselineUpdates: Int,
            clients: Int,
            batch: Int,
            seed: UInt64
        ) {
            self.profiles = profiles
            self.audiences = audiences
            self.dataflows = dataflows
            self.updates = updates
            self.baselineUpdates = baselineUpdates
            self.clients = clients
            self.batch = batch
            self.seed = seed
        }
    }

    private let options: Options
    private let time: any TimeSource
    private let show: OpenDisplay
    private let customers = BenchCustomers()
    private static let loadBatch = 2_000

    /// Creates a measurement.
    ///
    /// - Parameters:
    ///   - options: What is measured.
    ///   - time: The clock of the engine.
    ///   - show: Opens a display of the progress.
    public init(_ options: Options, time: any TimeSource, show: @escaping OpenDisplay) {
        self.options = options
        self.time = time
        self.show = show
    }

    /// Measures, then the baseline.
    ///
    /// - Parameter directory: Where profiles are kept; those of an earlier run are taken.
    /// - Returns: The report.
    /// - Throws: ``BenchError``, or `StorageError` when the directory cannot be used.
    public func run(in directory: String) async throws -> BenchReport {
        var report = try await measure(in: directory)
        let raw = try RawStore(
            path: "\(directory)/baseline.db",
            profiles: options.profiles,
            cacheBytes: options.cacheBytes
        )
        let before = ProcessUsage()
        try raw.update(count: options.baselineUpdates, seed: options.seed)
        let baseline = ProcessUsage().per(options.baselineUpdates, since: before)
        report.baseline = BenchReport.Baseline(
            name: "raw SQLite: get, put and outbox per update, 4,000 per commit, nothing decided",
            rate: baseline.rate,
            cpuMicroseconds: baseline.cpuMicroseconds
        )
        return report
    }

    private func measure(in directory: String) async throws -> BenchReport {
        var storageOptions = SQLiteStorageOptions()
        storageOptions.cacheBytes = options.cacheBytes
        if options.isLogged { storageOptions.commitLog = CommitLogOptions() }
        let storage = try SQLiteStorage.open(directory: directory, options: storageOptions)
        let report = try await measure([BenchNode(storage: storage, lifeSign: storage.lifeSign)], name: "engine")
        try await storage.close()
        return report
    }

    /// Measures engines over one storage, to which updates come in turn.
    ///
    /// - Parameters:
    ///   - nodes: The engines' storages, at least one.
    ///   - name: The measurement's name in the report.
    ///   - server: What a server of the storages uses, whose CPU is counted too.
    /// - Returns: The report.
    /// - Throws: ``BenchError``, or `StorageError` when a storage cannot be used.
    public func measure(
        _ nodes: [BenchNode],
        name: String,
        server: ServerUsage? = nil
    ) async throws -> BenchReport {
        var engines: [Engine] = []
        for node in nodes {
            var engineOptions = EngineOptions(batchMessagesMax: options.commitMax)
            engineOptions.role = engines.isEmpty ? .leader : .follower
            engines.append(
                try await Engine(
                    storage: node.storage,
                    control: node.storage,
                    sinks: NullSinkFactory(
                        receipt: options.keepsLedger
                            ? "shardId-000000000000:49590338271490256608559692538361571095921575989136588898" : ""
                    ),
                    lifeSign: node.lifeSign,
                    time: time,
                    options: engineOptions,
                    logger: Logger(label: "headwater", factory: { _ in SwiftLogNoOpLogHandler() })
                )
            )
        }
        return try await withThrowingTaskGroup(of: Void.self) { group in
            for engine in engines { group.addTask { try await engine.run() } }
            try await load(options.profiles, into: engines)
            let report = try await update(options.updates, of: options.profiles, in: engines, name, server)
            group.cancelAll()
            return report
        }
    }

    /// Stores the profiles that are not stored yet, with all audiences and no dataflow.
    private func load(_ count: Int, into engines: [Engine]) async throws {
        guard let engine = engines.first else { return }
        let catalog = BenchCatalog(customers, audiences: options.audiences, dataflows: options.dataflows)
        for engine in engines { try await engine.update(try catalog.definition(hasDataflow: false)) }
        let present = try await engine.profileCount()
        guard present <= count else {
            throw BenchError(
                .badInput,
                "the directory holds \(present) profiles; give another, or --profiles \(present)"
            )
        }
        for audience in catalog.audiences {
            while engine.evaluationProgress(audience)?.isDone != true { try await Task.sleep(for: .milliseconds(50)) }
        }
        let meter = BenchMeter(total: count, done: present, unit: "profiles loaded", show: show)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    while let numbers = meter.take(Self.loadBatch) {
                        try await ingest(try numbers.map { try customers.profile($0) }, into: engine)
                        meter.finished(numbers.count)
                    }
                }
            }
            try await group.waitForAll()
        }
        meter.end()
    }

    /// Measures random updates, from the first admission until everything is durable and the outbox is settled.
    private func update(
        _ count: Int,
        of profiles: Int,
        in engines: [Engine],
        _ name: String,
        _ server: ServerUsage?
    ) async throws -> BenchReport {
        let catalog = BenchCatalog(customers, audiences: options.audiences, dataflows: options.dataflows)
        for engine in engines { try await engine.update(try catalog.definition(hasDataflow: true)) }
        // The first one leads.
        let engine = engines[0]
        let before = try await engine.books(catalog.dataflow).counters
        let meter = BenchMeter(total: count, unit: "updates", show: show)
        let (start, serverStart) = (ProcessUsage(), server?.cpuSeconds)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<options.clients {
                group.addTask {
                    var random = SplitMix64(seed: options.seed &+ UInt64(client) &* 0x5851_F42D_4C95_7F2D)
                    while let numbers = meter.take(options.batch) {
                        let messages = try numbers.map { _ in
                            try customers.update(random.below(profiles), &random)
                        }
                        let admitted = ContinuousClock.now
                        try await ingest(messages, into: engines[client % engines.count])
                        meter.finished(numbers.count, in: ContinuousClock.now - admitted)
                    }
                }
            }
            try await group.waitForAll()
        }
        while try await engine.books(catalog.dataflow).pendingRows > 0 { try await Task.sleep(for: .milliseconds(5)) }
        let (end, serverEnd) = (ProcessUsage(), server?.cpuSeconds)
        meter.end()
        let exported = try await engine.books(catalog.dataflow).counters.delivered - before.delivered
        let per = end.per(count, since: start)
        let latencies = meter.latencies
        var serverDetails: [(String, JSONValue)] = []
        var cpu = per.cpuMicroseconds
        if let serverStart, let serverEnd {
            let used = (serverEnd - serverStart) / Double(count) * 1e6
            serverDetails = [("server_cpu_ns_per_item", .integer(Int64(used * 1_000)))]
            cpu += used
        }
        return BenchReport(
            name: name,
            items: count,
            rate: per.rate,
            cpuMicroseconds: cpu,
            residentMegabytes: end.residentMegabytes,
            p50: latencies.milliseconds(0.5),
            p99: latencies.milliseconds(0.99),
            details: [
                ("profiles", .integer(Int64(profiles))), ("audiences", .integer(Int64(catalog.audiences.count))),
                ("dataflows", .integer(Int64(options.dataflows))), ("exported", .integer(exported)),
                ("batch", .integer(Int64(options.batch))),
                ("clients", .integer(Int64(options.clients))),
            ] + serverDetails
        )
    }

    private func ingest(_ messages: [Message], into engine: Engine) async throws {
        for result in try await engine.ingest(messages) {
            guard case .accepted = result else {
                throw BenchError(.software, "the engine did not accept a message of the measurement: \(result)")
            }
        }
    }
}
