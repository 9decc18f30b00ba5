import ActivationCore
import ActivationEngine
import Kinesis

/// Loads a running engine and measures updates.
struct EngineBenchRun {
    let engine: Engine
    let clients: Int
    let batch: Int
    let seed: UInt64
    private let customers = BenchCustomers()
    private static let loadBatch = 2_000

    init(engine: Engine, clients: Int, batch: Int, seed: UInt64) {
        self.engine = engine
        self.clients = clients
        self.batch = batch
        self.seed = seed
    }

    /// Stores the profiles that are not stored yet, with all audiences and no dataflow.
    func load(_ count: Int) async throws {
        let catalog = BenchCatalog(customers)
        try await engine.update(try catalog.definition(hasDataflow: false))
        let present = try await engine.profileCount()
        guard present <= count else {
            throw CommandFailure(
                .badInput,
                "the directory holds \(present) profiles; give another, or --profiles \(present)"
            )
        }
        for audience in catalog.audiences {
            while engine.evaluationProgress(audience)?.isDone != true { try await Task.sleep(for: .milliseconds(50)) }
        }
        let meter = BenchMeter(total: count, done: present, unit: "profiles loaded")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    while let numbers = meter.take(EngineBenchRun.loadBatch) {
                        try await ingest(try numbers.map { try customers.profile($0) })
                        meter.finished(numbers.count)
                    }
                }
            }
            try await group.waitForAll()
        }
        meter.end()
    }

    /// Measures random updates, from the first admission until everything is durable and the outbox is settled.
    func update(_ count: Int, of profiles: Int) async throws -> BenchReport {
        let catalog = BenchCatalog(customers)
        try await engine.update(try catalog.definition(hasDataflow: true))
        let before = try await engine.books(catalog.dataflow).counters
        let meter = BenchMeter(total: count, unit: "updates")
        let start = ProcessUsage()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                group.addTask {
                    var random = SplitMix64(seed: seed &+ UInt64(client) &* 0x5851_F42D_4C95_7F2D)
                    while let numbers = meter.take(batch) {
                        let messages = try numbers.map { _ in
                            try customers.update(random.below(profiles), &random)
                        }
                        let admitted = ContinuousClock.now
                        try await ingest(messages)
                        meter.finished(numbers.count, in: ContinuousClock.now - admitted)
                    }
                }
            }
            try await group.waitForAll()
        }
        while try await engine.books(catalog.dataflow).pendingRows > 0 { try await Task.sleep(for: .milliseconds(5)) }
        let end = ProcessUsage()
        meter.end()
        let exported = try await engine.books(catalog.dataflow).counters.delivered - before.delivered
        let per = end.per(count, since: start)
        let latencies = meter.latencies
        return BenchReport(
            name: "engine",
            items: count,
            rate: per.rate,
            cpuMicroseconds: per.cpuMicroseconds,
            residentMegabytes: end.residentMegabytes,
            p50: latencies.milliseconds(0.5),
            p99: latencies.milliseconds(0.99),
            details: [
                ("profiles", .integer(Int64(profiles))), ("audiences", .integer(Int64(catalog.audiences.count))),
                ("exported", .integer(exported)), ("batch", .integer(Int64(batch))),
                ("clients", .integer(Int64(clients))),
            ]
        )
    }

    private func ingest(_ messages: [Message]) async throws {
        for result in try await engine.ingest(messages) {
            guard case .accepted = result else {
                throw CommandFailure(.software, "the engine did not accept a message of the measurement: \(result)")
            }
        }
    }
}
