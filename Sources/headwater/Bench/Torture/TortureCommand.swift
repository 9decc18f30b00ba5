import ArgumentParser
import KinesisLocal

/// `headwater bench torture`: this very program, killed again and again before an endpoint that fails.
struct TortureCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "torture",
        abstract: "Kills a server again and again before an endpoint that fails, and checks the stream and the books.",
        discussion: """
            A server and an endpoint of its own, in a temporary directory. Every update is one export and carries a number, so the \
            endpoint knows what is lost, what comes late and what comes twice. After every start the books are audited. Ends \
            with exit status 1 when a promise was broken; the directory with the server's log and store stays then.
            """
    )

    @Option(help: "Profiles that are updated.")
    var profiles = 2_000

    @Option(help: "Exports of each profile; more when not all that is planned has happened by then.")
    var rounds = 50

    @Option(help: "Requests with updates at the same time.")
    var clients = 4

    @Option(help: "How often the server is killed, spread evenly over the updates.")
    var kills = 10

    @Option(
        help: "Share of records that are throttled; several with commas between take turns, each for as many updates."
    )
    var throttled = "0.1"

    @Option(help: "Share of requests that are answered with HTTP 500, half of them after all was stored.")
    var failed = 0.01

    @Option(help: "Share of requests whose connection closes after all was stored.")
    var dropped = 0.01

    @Option(help: "Seconds between splits and merges of the stream's shards; 0 leaves them as they are.")
    var reshardEvery = 2.0

    @Option(help: "Seconds for which the endpoint answers nothing, once, about the middle of the run; 0 is never.")
    var pauseSink = 0.0

    @Option(help: "MB of memory that the server may have while the endpoint answers nothing.")
    var memoryMb = 512

    @Option(help: "Seconds after that in which records must arrive at nine tenths of the rate before it.")
    var backWithin = 2.0

    @Option(help: "Shards at the start.")
    var shards = 4

    @Option(help: "The seed of the endpoint's faults.")
    var seed: UInt64 = 1

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    func validate() throws {
        guard profiles > 0, rounds > 0, profiles <= 1_000_000, rounds <= 1_000_000, (1...64).contains(clients),
            (1...64).contains(shards)
        else {
            throw ValidationError("--profiles and --rounds are 1 to 1000000, --clients and --shards 1 to 64.")
        }
        guard (try shares + [failed, dropped]).allSatisfy({ (0...0.99).contains($0) }) else {
            throw ValidationError("--throttled, --failed and --dropped are shares from 0 to 0.99.")
        }
        guard (0...100_000).contains(kills), (0...86_400).contains(reshardEvery) else {
            throw ValidationError("--kills is 0 to 100000, --reshard-every 0 to 86400 seconds.")
        }
        guard (0...3_600).contains(pauseSink), (1...1_000_000).contains(memoryMb), (0...3_600).contains(backWithin)
        else {
            throw ValidationError(
                "--pause-sink and --back-within are 0 to 3600 seconds, --memory-mb is 1 to 1000000."
            )
        }
    }

    /// The shares of throttled records that take turns.
    var shares: [Double] {
        get throws {
            let shares = throttled.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard shares.count <= 100, shares.allSatisfy({ $0 != nil }) else {
                throw ValidationError("--throttled is a share such as 0.1, or up to 100 with commas between.")
            }
            return shares.compactMap(\.self)
        }
    }

    private static let stream = "torture"

    func run() async throws {
        let directory = try TemporaryDirectory(prefix: "headwater-torture")
        let kinesis = KinesisLocalServer(
            configuration: KinesisLocalServer.Configuration(
                shardCount: shards,
                streams: [Self.stream],
                enforcesShardLimits: false,
                faults: faults
            )
        )
        try await kinesis.start()
        let load = TortureLoad(profiles: profiles, rounds: rounds, lanes: min(clients, profiles))
        let server = try BenchServer(in: directory.path)
        let torture = TortureRun(
            TortureRun.Options(
                load: load,
                plan: TorturePlan(
                    updates: load.exports,
                    throttled: try shares,
                    kills: kills,
                    pausesSink: pauseSink > 0
                ),
                faults: faults,
                pause: .seconds(pauseSink),
                residentBytesLimit: Int64(memoryMb) * 1_000_000,
                backWithin: .seconds(backWithin)
            ),
            server: server,
            kinesis: kinesis,
            stream: Self.stream
        )
        let report = try await torture.perform(isShown: !json)
        await kinesis.shutdown()
        json ? Terminal.print(report.json) : Terminal.print(report.text)
        guard report.verdict.isClean else {
            throw CommandFailure(.software, "a promise was broken; store and log are in \(directory.path)")
        }
        directory.remove()
    }

    private var faults: Faults {
        var faults = Faults(
            seed: seed,
            requestFailed: failed / 2,
            connectionDropped: dropped
        )
        faults.requestFailedAfterCommit = failed / 2
        faults.reshardInterval = reshardEvery > 0 ? .seconds(reshardEvery) : nil
        return faults
    }
}
