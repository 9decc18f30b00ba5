import ActivationCore
import ArgumentParser

extension DataflowsCommand {
    /// `headwater dataflows enable`.
    struct Enable: AsyncParsableCommand {
        /// What is done about changes that made no records meanwhile.
        enum Choice: String, ExpressibleByArgument, CaseIterable {
            case reconcile, skip, backfill
        }

        static let configuration = CommandConfiguration(
            commandName: "enable",
            abstract: "Enables a dataflow, or has one go on that its destination has stopped."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @Option(help: "About changes that made no records meanwhile: reconcile, skip or backfill.")
        var onResume = Choice.reconcile

        func run() async throws {
            try await options.act("enable&onResume=\(onResume.rawValue)", on: dataflow)
        }
    }

    /// `headwater dataflows disable`.
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: "Disables a dataflow: no records are made, those that wait wait on."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            try await options.act("disable", on: dataflow)
        }
    }

    /// `headwater dataflows redirect`.
    struct Redirect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "redirect",
            abstract: "Sends what waits for a former target of a dataflow to the present one."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            try await options.act("redirect", on: dataflow)
        }
    }

    /// `headwater dataflows delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Deletes a dataflow; what still waits is not sent."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            let name = dataflow
            let flow = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                let flow = try await dataflows.dataflow(name)
                try await dataflows.delete(flow)
                return flow
            }
            let id = flow["id"] ?? .null
            if options.json { Terminal.print(["id": id]) } else { Terminal.print("\(id.string ?? "") deleted") }
        }
    }
}

extension ServerOptions {
    /// Acts on a dataflow and prints what became of it.
    fileprivate func act(_ operation: String, on name: String) async throws {
        print(
            try await withDataflows { (dataflows) throws(CommandFailure) in
                let flow = try await dataflows.dataflow(name)
                try await dataflows.act(operation, on: flow)
                return JSONDataflow(flow: try await dataflows.dataflow(flow["id"]?.string ?? name))
            }
        )
    }
}
