import ActivationCore
public import ActivationEngine
import Kinesis

/// Measures what every update costs a storage, with nothing decided in between.
///
/// Profiles are found by identity and held, five bytes of each changed and committed with a record for six in ten. Records are claimed and settled beside that, as relays do.
public struct StorageBench: Sendable {
    /// What is measured.
    public struct Options: Sendable {
        /// Stored profiles.
        public var profiles: Int
        /// Updates that are measured.
        public var updates: Int
        /// Updates of one batch.
        public var batch: Int
        /// The seed of the updates.
        public var seed: UInt64

        /// Creates options; all numbers are above 0.
        public init(profiles: Int, updates: Int, batch: Int, seed: UInt64) {
            self.profiles = profiles
            self.updates = updates
            self.batch = batch
            self.seed = seed
        }
    }

    /// A storage that is measured.
    public struct Subject: Sendable {
        /// Its name in the report.
        public var name: String
        /// The storage.
        public var storage: any Storage
        /// What its server uses; nil = it has none, or one elsewhere.
        public var server: ServerUsage?

        /// Creates a subject.
        public init(name: String, storage: any Storage, server: ServerUsage? = nil) {
            self.name = name
            self.storage = storage
            self.server = server
        }
    }

    private static let valueBytes = 1_024
    private static let payloadBytes = 768
    private static let loadBatch = 1_000
    private static let dataflow = Dataflow.ID(uuid: UUIDBytes(high: 0xbe7c, low: 1))
    private static let mergePolicy = MergePolicy.ID(uuid: UUIDBytes(high: 0xbe7c, low: 2))

    private let options: Options
    private let show: OpenDisplay

    /// Creates a measurement.
    ///
    /// - Parameters:
    ///   - options: What is measured.
    ///   - show: Opens a display of the progress.
    public init(_ options: Options, show: @escaping OpenDisplay) {
        self.options = options
        self.show = show
    }

    /// Fills a storage as far as it is not, and measures it.
    ///
    /// - Throws: `StorageError`; ``BenchError`` when it holds more profiles than were asked for.
    public func run(_ subject: Subject) async throws -> BenchReport {
        try await load(subject.storage)
        let meter = BenchMeter(total: options.updates, unit: "updates of \(subject.name)", show: show)
        var random = SplitMix64(seed: options.seed)
        let (start, serverStart) = (ProcessUsage(), subject.server?.cpuSeconds)
        var exported = 0
        let (made, relay) = AsyncStream<Int>.makeStream()
        async let settled = settle(made, in: subject.storage)
        do {
            defer { relay.finish() }
            while let numbers = meter.take(options.batch) {
                let begun = ContinuousClock.now
                let count = try await update(numbers.count, of: subject.storage, &random)
                exported += count
                relay.yield(count)
                meter.finished(numbers.count, in: ContinuousClock.now - begun)
            }
        }
        try await settled
        let (end, serverEnd) = (ProcessUsage(), subject.server?.cpuSeconds)
        meter.end()
        let per = end.per(options.updates, since: start)
        var details: [(String, JSONValue)] = [
            ("profiles", .integer(Int64(options.profiles))), ("batch", .integer(Int64(options.batch))),
            ("exported", .integer(Int64(exported))),
        ]
        var cpu = per.cpuMicroseconds
        if let serverStart, let serverEnd {
            let server = (serverEnd - serverStart) / Double(options.updates) * 1e6
            details.append(("client_cpu_ns_per_item", .integer(Int64(per.cpuMicroseconds * 1_000))))
            details.append(("server_cpu_ns_per_item", .integer(Int64(server * 1_000))))
            cpu += server
        }
        return BenchReport(
            name: "storage \(subject.name)",
            items: options.updates,
            rate: per.rate,
            cpuMicroseconds: cpu,
            residentMegabytes: end.residentMegabytes,
            p50: meter.latencies.milliseconds(0.5),
            p99: meter.latencies.milliseconds(0.99),
            details: details
        )
    }

    private func load(_ storage: any Storage) async throws {
        let present = try await storage.profileCount(scope: .production)
        guard present <= options.profiles else {
            throw BenchError(.badInput, "the store holds \(present) profiles; give another, or --profiles \(present)")
        }
        let meter = BenchMeter(total: options.profiles, done: present, unit: "profiles loaded", show: show)
        while let numbers = meter.take(Self.loadBatch) {
            var plan = CommitPlan(scope: .production)
            plan.admission = AdmissionMark(instant: Timestamp(milliseconds: 1), sequence: .zero)
            for number in numbers {
                let id = Self.profile(number)
                let value = [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: Self.valueBytes)
                let profile = StoredProfile(row: 0, id: id, revision: 1, value: value)
                plan.profiles.append(CommitPlan.ProfileWrite(profile: profile, expectedRevision: 0))
                plan.identities.append(CommitPlan.IdentityWrite(identity: Self.identity(number), profile: id))
            }
            try await storage.commit(plan)
            meter.finished(numbers.count)
        }
        meter.end()
    }

    private static func profile(_ number: Int) -> Profile.ID {
        Profile.ID(uuid: UUIDBytes(high: 0x7000_0000_0000_7000, low: 0x8000_0000_0000_0000 | UInt64(number)))
    }

    private static func identity(_ number: Int) -> Identity {
        Identity(namespace: "CRMID", value: "customer-\(number)")
    }

    /// Claims and settles records that are made.
    private func settle(_ made: AsyncStream<Int>, in storage: any Storage) async throws {
        // Below zero when those of a batch are claimed before its end is told of.
        var waiting = 0
        for await count in made {
            waiting += count
            while waiting > 0 {
                let rows = try await storage.claim(
                    ClaimRequest(dataflow: Self.dataflow, limit: options.batch, limitPerProfile: 1)
                )
                guard !rows.isEmpty else {
                    throw BenchError(.software, "records that were committed cannot be claimed")
                }
                try await storage.settle(
                    dataflow: Self.dataflow,
                    rows.map { OutboxSettlement(row: $0.row, outcome: .delivered) }
                )
                waiting -= rows.count
            }
        }
    }

    /// One batch.
    ///
    /// - Returns: Records that were made.
    private func update(_ count: Int, of storage: any Storage, _ random: inout SplitMix64) async throws -> Int {
        var request = LoadRequest(scope: .production)
        request.identities = Set((0..<count).map { _ in random.below(options.profiles) }).map(Self.identity)
        let (state, batch) = try await storage.begin(request)
        var plan = CommitPlan(scope: .production)
        for stored in state.profiles {
            var profile = stored
            profile.revision += 1
            for _ in 0..<5 where !profile.value.isEmpty {
                profile.value[random.below(profile.value.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            plan.profiles.append(CommitPlan.ProfileWrite(profile: profile, expectedRevision: stored.revision))
            guard random.below(10) < 6 else { continue }
            plan.outbox.append(
                OutboxRow(
                    dataflow: Self.dataflow,
                    profile: profile.id,
                    mergePolicy: Self.mergePolicy,
                    revision: profile.revision,
                    reasons: [.attribute],
                    partitionKey: "customer",
                    payload: [UInt8](repeating: 0x62, count: Self.payloadBytes),
                    admittedAt: Timestamp(milliseconds: 1)
                )
            )
        }
        plan.counters = [Self.dataflow: DataflowCounters(triggered: Int64(plan.outbox.count))]
        try await storage.commit(plan, in: batch)
        return plan.outbox.count
    }
}
