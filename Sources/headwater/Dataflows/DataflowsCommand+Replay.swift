import ActivationCore
import ArgumentParser
import NIOHTTP1

extension DataflowsCommand {
    /// `headwater dataflows replay`.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Sends what is true now of everybody of whom something was delivered since an instant.",
            discussion: """
                For a consumer that has lost what it read: one record of each person, in order with all others. headwater dataflows \
                show tells how far it is.
                """
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @Option(help: "Since when, such as 2026-11-27T09:00:00Z.")
        var since: String

        func run() async throws {
            let answer = try await options.withServer { (client) throws(CommandFailure) in
                let id = try await ServerDataflows(client: client).dataflowID(dataflow)
                return try await client.call(.POST, "/v1/dataflows/\(id)/replay", ["since": .string(since)])
            }
            guard !options.json else { return Terminal.print(answer) }
            let instant = answer["since"]?.string ?? ""
            Terminal.print("Everybody of whom something was delivered since \(instant) is sent again.")
        }
    }
}
