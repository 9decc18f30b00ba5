import ActivationEngine
import ArgumentParser
import HeadwaterBench

#if PostgreSQL
import PostgresStorage
#endif

/// `headwater bench engine`: random updates of stored profiles, durable, with a destination that takes everything.
struct EngineBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "engine",
        abstract:
            "Measures decisions and durable storage: random updates of stored profiles, some audiences, 60 % exported.",
        discussion: """
            Profiles are about a kilobyte; an update is about 300 bytes with five attributes and one identity. It affects 20 \
            audiences at most; more than those read what no update writes. Latency is admission to fsync. The baseline is a \
            bare get, put and outbox loop over SQLite with the same settings. With --database it measures every number of \
            writers with every number of nodes that are named, all in this process, in a schema of its own that is removed again.
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

    @Option(help: ArgumentHelp("A PostgreSQL database to measure in the place of a directory.", valueName: "url"))
    var database: String?

    @Option(
        parsing: .upToNextOption,
        help: "With a database: how many writers each node has; one figure for each number."
    )
    var writers = [1]

    @Option(parsing: .upToNextOption, help: "With a database: how many nodes work on it; one figure for each number.")
    var nodes = [1]

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
        guard writers.allSatisfy(SharedDatabase.writersRange.contains), nodes.allSatisfy((1...16).contains) else {
            throw ValidationError(
                "--writers are 1 to \(SharedDatabase.writersRange.upperBound), --nodes 1 to 16."
            )
        }
        guard database != nil || (writers == [1] && nodes == [1]) else {
            throw ValidationError("--writers and --nodes are of a store in a database; give --database too.")
        }
        guard database == nil || directory == nil else {
            throw ValidationError("--database and --data are two places for the profiles; leave one of them out.")
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
        if database != nil { options.commitMax = DatabaseURL.batchMessagesMax }
        let bench = EngineBench(options, time: SystemTime(), show: ProgressBar.open)
        if let database {
            try await measure(bench, over: database)
            return
        }
        if let directory {
            try await measure(bench, in: directory)
            return
        }
        let temporary = try TemporaryDirectory(prefix: "headwater-bench")
        defer { temporary.remove() }
        try await measure(bench, in: temporary.path)
    }

    private func measure(_ bench: EngineBench, in directory: String) async throws {
        try await reporting { try await bench.run(in: directory).print(asJSON: json) }
    }

    private func measure(_ bench: EngineBench, over url: String) async throws {
        #if PostgreSQL
        try await reporting {
            var options = PostgresOptions(url: url)
            options.schema = "headwater_bench"
            try PostgresStorage.erase(options)
            let erased = options
            defer { try? PostgresStorage.erase(erased) }
            for nodeCount in nodes {
                for writerCount in writers {
                    options.writers = writerCount
                    let storages = try (1...nodeCount).map { number in
                        var options = options
                        options.node = Int16(number)
                        options.leads = number == 1
                        return try PostgresStorage.open(options)
                    }
                    let name =
                        "engine over PostgreSQL, \(nodeCount) \(nodeCount == 1 ? "node" : "nodes"), "
                        + "\(writerCount) \(writerCount == 1 ? "writer" : "writers") each"
                    let server = ServerUsage(of: try await storages.first?.serverProcess())
                    try await bench.measure(storages.map { BenchNode(storage: $0) }, name: name, server: server)
                        .print(asJSON: json)
                    for storage in storages { try await storage.close() }
                }
            }
        }
        #else
        throw CommandFailure.withoutPostgreSQL
        #endif
    }

    private func reporting(_ measure: () async throws -> Void) async throws {
        do {
            try await measure()
        } catch let error as BenchError {
            throw CommandFailure(error)
        } catch let error as StorageError {
            throw CommandFailure(error)
        }
    }
}
