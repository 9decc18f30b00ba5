import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows schema`.
    struct Schema: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema",
            abstract: "Prints the JSON Schema (draft 2020-12) of a dataflow's messages."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws { try await options.printMessages("schema", of: dataflow) }
    }

    /// `headwater dataflows samples`.
    struct Samples: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "samples",
            abstract: "Prints records of a dataflow as they could be, made of made-up values, as JSON."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws { try await options.printMessages("samples", of: dataflow) }
    }
}

extension ServerOptions {
    fileprivate func printMessages(_ what: String, of name: String) async throws {
        Terminal.print(
            try await withDataflows { (dataflows) throws(CommandFailure) in try await dataflows.messages(what, of: name)
            }
        )
    }
}
