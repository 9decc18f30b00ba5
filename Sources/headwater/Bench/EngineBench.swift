import ActivationCore
import ActivationEngine
import ArgumentParser
import Logging
import SQLiteStorage

/// `headwater bench engine`: random updates of stored profiles, durable, with a destination that takes everything.
struct EngineBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract:
            "Measures decisions and durable storage: random updates of stored profiles, 20 audiences, 60 % exported.",
        discussion: """
            Profiles are about a kilobyte; an update is about 300 bytes with five attributes and one identity. Latency is \
            admission to fsync. The baseline is a bare get, put and outbox loop over SQLite with the same settings.
            """
    )

    @Option(help: "Stored profiles.")
    var profiles = 1_000_000

    @Option(help: "Updates that are measured.")
    var updates = 400_000

    @Option(help: "Updates of the baseline.")
    var baselineUpdates = 100_000

    @Option(help: "Requests under way at the same time.")
    var clients = 8

    @Option(help: "Updates of one request.")
    var batch = 500

    @Option(name: .customLong("data"), help: "A directory that keeps the loaded profiles for the next run.")
    var directory: String?

    @Option(help: "The seed of the updates.")
    var seed: UInt64 = 1

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    private static let cacheBytes = 160 << 20

    func validate() throws {
        guard profiles > 0, updates > 0, baselineUpdates > 0, clients > 0, (1...4_000).contains(batch) else {
            throw ValidationError(
                "--profiles, --updates, --baseline-updates and --clients are above 0, --batch 1 to 4000."
            )
        }
    }

    func run() async throws {
        if let directory {
            try await measure(in: directory)
            return
        }
        let temporary = try TemporaryDirectory(prefix: "headwater-bench")
        do {
            try await measure(in: temporary.path)
        } catch {
            temporary.remove()
            throw error
        }
        temporary.remove()
    }

    private func measure(in directory: String) async throws {
        let result = try await measureEngine(in: directory)
        let raw = try RawStore(path: "\(directory)/baseline.db", profiles: profiles, cacheBytes: Self.cacheBytes)
        let before = ProcessUsage()
        try raw.update(count: baselineUpdates, seed: seed)
        let baseline = ProcessUsage().per(baselineUpdates, since: before)
        var report = result
        report.baseline = BenchReport.Baseline(
            name: "raw SQLite: get, put and outbox per update, 4,000 per commit, nothing decided",
            rate: baseline.rate,
            cpuMicroseconds: baseline.cpuMicroseconds
        )
        json ? Terminal.print(report.json) : Terminal.print(report.text)
    }

    private func measureEngine(in directory: String) async throws -> BenchReport {
        var options = SQLiteStorageOptions()
        options.cacheBytes = Self.cacheBytes
        let storage = try ServerProcess.open(directory, options)
        let engine = try await Engine(
            storage: storage,
            control: storage,
            sinks: NullSinkFactory(),
            lifeSign: storage.lifeSign,
            time: SystemTime(),
            logger: Logger(label: "headwater", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let run = EngineBenchRun(engine: engine, clients: clients, batch: batch, seed: seed)
        let report = try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await engine.run() }
            try await run.load(profiles)
            let report = try await run.update(updates, of: profiles)
            group.cancelAll()
            return report
        }
        try await storage.close()
        return report
    }
}
