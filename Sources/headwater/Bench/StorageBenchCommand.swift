import ActivationEngine
import ArgumentParser
import HeadwaterBench
import SQLiteStorage

#if PostgreSQL
import PostgresStorage
#endif

/// `headwater bench storage`: what an update costs a storage, with nothing decided.
struct StorageBenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "storage",
        abstract: "Measures one storage alone, or PostgreSQL beside SQLite: find, hold, change, commit, claim, settle.",
        discussion: """
            Each update finds a profile of a kilobyte by its identity, changes five bytes and, for six in ten, makes a record of \
            768 bytes that is claimed and settled. With a database on this machine, the CPU of its processes is counted too. \
            What is made in the database is a schema of its own, which is removed again.
            """
    )

    @Option(help: ArgumentHelp("A PostgreSQL database to measure beside SQLite.", valueName: "url"))
    var database: String?

    @Option(help: "Stored profiles.")
    var profiles = 1_000_000

    @Option(help: "Updates that are measured.")
    var updates = 400_000

    @Option(help: "Updates of one batch.")
    var batch = 500

    @Option(help: "The seed of the updates.")
    var seed: UInt64 = 1

    @Flag(help: "Prints each result as one JSON object.")
    var json = false

    func validate() throws {
        guard profiles > 0, updates > 0, (1...4_000).contains(batch) else {
            throw ValidationError("--profiles and --updates are above 0, --batch is 1 to 4000.")
        }
    }

    func run() async throws {
        let bench = StorageBench(
            StorageBench.Options(profiles: profiles, updates: updates, batch: batch, seed: seed),
            show: ProgressBar.open
        )
        do {
            if let url = database ?? Environment[DatabaseURL.variable] { try await measure(bench, url) }
            let temporary = try TemporaryDirectory(prefix: "headwater-bench")
            defer { temporary.remove() }
            let storage = try SQLiteStorage.open(directory: temporary.path)
            try await bench.run(StorageBench.Subject(name: "SQLite", storage: storage)).print(asJSON: json)
            try await storage.close()
        } catch let error as BenchError {
            throw CommandFailure(error)
        } catch let error as StorageError {
            throw CommandFailure(error)
        }
    }

    private func measure(_ bench: StorageBench, _ url: String) async throws {
        #if PostgreSQL
        var options = PostgresOptions(url: url)
        options.schema = "headwater_bench"
        try PostgresStorage.erase(options)
        let storage = try PostgresStorage.open(options)
        defer { try? PostgresStorage.erase(options) }
        let server = ServerUsage(of: try await storage.serverProcess())
        let subject = StorageBench.Subject(name: "PostgreSQL", storage: storage, server: server)
        try await bench.run(subject).print(asJSON: json)
        try await storage.close()
        #else
        throw CommandFailure.withoutPostgreSQL
        #endif
    }
}
