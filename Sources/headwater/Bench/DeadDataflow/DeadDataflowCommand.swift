import ArgumentParser

/// `headwater bench dead-dataflow`: what one dead destination costs all others, and whether anything waits for it.
struct DeadDataflowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-dataflow",
        abstract: "Lets the endpoint of one dataflow among many answer nothing for a while.",
        discussion: """
            A server and endpoints of its own, in a temporary directory; each dataflow has its own stream and gets every update. The \
            latency is that from the request with an update to the record's arrival in a stream of the others. While one endpoint \
            takes connections and answers nothing, an attribute is mapped in its dataflow and unmapped, another dataflow to it is \
            deleted, and the server is ended by SIGTERM and started again. Then the endpoint answers, and what waited has to \
            arrive, all and in order. Ends with exit status 1 when a promise was broken; the directory with the server's log \
            and store stays then.
            """
    )

    @Option(help: "Dataflows, one of them dead for a while.")
    var dataflows = 20

    @Option(help: "Updates a second; each is one record of every dataflow.")
    var rate = 100.0

    @Option(help: "Profiles that are updated in turn.")
    var profiles = 1_000

    @Option(help: "Seconds for which the others are watched before, and again after.")
    var before = 30.0

    @Option(help: "Seconds for which the endpoint is dead.")
    var dead = 600.0

    @Flag(help: "Prints the result as one JSON object.")
    var json = false

    func validate() throws {
        guard (2...100).contains(dataflows), (1...100_000).contains(rate), (1...1_000_000).contains(profiles) else {
            throw ValidationError("--dataflows is 2 to 100, --rate 1 to 100000, --profiles 1 to 1000000.")
        }
        guard (1...3_600).contains(before), (5...86_400).contains(dead) else {
            throw ValidationError("--before is 1 to 3600 seconds, --dead 5 to 86400.")
        }
    }

    func run() async throws {
        let directory = try TemporaryDirectory(prefix: "headwater-dead-dataflow")
        let run = try DeadDataflowRun(
            DeadDataflowRun.Options(
                dataflows: dataflows,
                rate: rate,
                profiles: profiles,
                before: .seconds(before),
                dead: .seconds(dead)
            ),
            server: BenchServer(in: directory.path)
        )
        let report = try await run.perform(isShown: !json)
        json ? Terminal.print(report.json) : Terminal.print(report.text)
        guard report.broken.isEmpty else {
            throw CommandFailure(.software, "a promise was broken; store and log are in \(directory.path)")
        }
        directory.remove()
    }
}
