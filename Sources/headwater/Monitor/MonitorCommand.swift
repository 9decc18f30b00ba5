import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater monitor`: how the traffic was over time.
struct MonitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "monitor",
        abstract: "Shows what came in, what left and how long it took, over time and by dataflow.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET. \
            Delays, throttling and messages are known since the server started, records by the hour for 30 days; an hour of which \
            nothing is known shows “-”.
            """
    )

    /// How far back.
    enum Range: String, ExpressibleByArgument, CaseIterable {
        case hour = "1h"
        case day = "24h"
        case week = "7d"
        case month = "30d"
    }

    @OptionGroup var options: ServerOptions

    @Option(help: "How far back: by the minute, the hour, six hours or the day.")
    var range = Range.day

    @Option(help: "Only this dataflow, by its id or its name.")
    var dataflow: String?

    @Flag(help: "Only dataflows that are stopped, had records refused, or hold parked ones.")
    var problems = false

    @Flag(help: "Shows it again every five seconds until it is interrupted.")
    var watch = false

    func run() async throws {
        let (name, range, isRepeated) = (dataflow, range, watch)
        try await options.withServer { (server) throws(CommandFailure) in
            var path = "/v1/series?range=\(range.rawValue)"
            if let name {
                let id = try await ServerDataflows(client: server).dataflowID(name)
                path += "&flowId=\(ServerClient.percentEncoded(id))"
            }
            while true {
                show(try await server.call(.GET, path))
                guard isRepeated else { return }
                do {
                    try await Task.sleep(for: .seconds(5))
                } catch {
                    return
                }
            }
        }
    }

    private func show(_ series: JSONValue) {
        if options.json { return Terminal.print(series) }
        let text = SeriesText(series: series)
        for line in text.lines(onlyProblems: problems) { Terminal.print(line) }
    }
}
