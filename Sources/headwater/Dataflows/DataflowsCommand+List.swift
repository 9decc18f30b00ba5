import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists dataflows, the oldest first: id, whether records leave, name."
        )

        @OptionGroup var options: Options

        func run() async throws {
            let all = try await options.withDataflows { (dataflows) throws(CommandFailure) in try await dataflows.all()
            }
            if options.json {
                Terminal.print(["items": .array(all)])
            } else {
                for flow in all { Terminal.print(JSONDataflow(flow: flow).line) }
            }
        }
    }

    /// `headwater dataflows show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows a dataflow: whether records leave, its target, what is mapped, its books."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            let name = dataflow
            options.print(
                try await options.withDataflows { (dataflows) throws(CommandFailure) in
                    try await dataflows.whole(try await dataflows.dataflow(name))
                }
            )
        }
    }
}
