import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows schema`.
    struct Schema: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "schema",
            abstract: "Prints the JSON Schema (draft 2020-12) of a dataflow's messages.",
            discussion: "A change of what is sent makes a new version; a version never changes."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @Option(help: "The number of a version; by default the present one.")
        var version: Int?

        @Flag(help: "Lists the versions instead, the newest first.")
        var versions = false

        func validate() throws {
            guard version == nil || !versions else { throw ValidationError("Give --version or --versions.") }
        }

        func run() async throws {
            guard versions else {
                return try await options.printMessages(version.map { "schemas/\($0)" } ?? "schema", of: dataflow)
            }
            let list = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.messages("schemas", of: dataflow)
            }
            guard !options.json else { return Terminal.print(list) }
            for item in list["items"]?.array ?? [] {
                let number = String(item["number"]?.int64 ?? 0)
                let mark = item["isPresent"] == true ? "  present" : ""
                Terminal.print(
                    "\(number)  since \(item["since"]?.string ?? "")  \(item["digest"]?.string ?? "")\(mark)"
                )
            }
        }
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
