import ActivationEngine
import ArgumentParser
import HeadwaterBench

/// `headwater bench engine`: random updates of stored profiles, durable, with a destination that takes everything.
struct EngineBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract:
            "Measures decisions and durable storage: random updates of stored profiles, some audiences, 60 % exported.",
        discussion: """
            Profiles are about a kilobyte; an update is about 300 bytes with five attributes and one identity. It affects 20 \
            audiences at most; more than those read what no update writes. Latency is admission to fsync. The baseline is a \
            bare get, put and outbox loop over SQLite with the same settings.
            """
    )

    @Option(help: "Stored profiles.")
    var profiles = 1_000_000

    @Option(help: "Audiences there are.")
    var audiences = 20

    @Option(help: "Dataflows there are; updates concern one of them.")
    var dataflows = 1

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

    @Option(name: .customLong("cache-mib"), help: "Mebibytes of the database's page cache, also of the baseline's.")
    var cacheMib = 160

    @Option(help: "How commits become durable: by a log before the database (log), or by the database itself (sqlite).")
    var storage = StorageChoice.log

    @Flag(help: "Lets the destination give receipts, which the ledger keeps, as Kinesis does.")
    var ledger = false

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    func validate() throws {
        guard profiles > 0, updates > 0, baselineUpdates > 0, (1...10_000).contains(clients),
            (1...4_000).contains(batch),
            (1...10_000).contains(audiences), (1...10_000).contains(dataflows), (1...65_536).contains(cacheMib)
        else {
            throw ValidationError(
                "--profiles, --updates and --baseline-updates are above 0, --clients 1 to 10000, --batch 1 to 4000, "
                    + "--audiences and --dataflows 1 to 10000, --cache-mib 1 to 65536."
            )
        }
    }

    func run() async throws {
        var options = EngineBench.Options(
            profiles: profiles,
            audiences: audiences,
            dataflows: dataflows,
            updates: updates,
            baselineUpdates: baselineUpdates,
            clients: clients,
            batch: batch,
            seed: seed
        )
        options.keepsLedger = ledger
        options.cacheBytes = cacheMib << 20
        options.isLogged = storage == .log
        let bench = EngineBench(options, time: SystemTime(), show: ProgressBar.open)
        if let directory {
            try await measure(bench, in: directory)
            return
        }
        let temporary = try TemporaryDirectory(prefix: "headwater-bench")
        defer { temporary.remove() }
        try await measure(bench, in: temporary.path)
    }

    private func measure(_ bench: EngineBench, in directory: String) async throws {
        do {
            try await bench.run(in: directory).print(asJSON: json)
        } catch let error as BenchError {
            throw CommandFailure(error)
        } catch let error as StorageError {
            throw CommandFailure(error)
        }
    }
}
