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
            abstract: "Deletes a dataflow with its source and target; what still waits is not sent.",
            discussion: "What another dataflow uses stays. The account stays unless --account is given."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @Flag(name: .customLong("account"), help: "Deletes the account as well, unless something else stands on it.")
        var withAccount = false

        func run() async throws {
            let (name, withAccount) = (dataflow, withAccount)
            let gone = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.delete(try await dataflows.dataflow(name), withAccount: withAccount)
            }
            if options.json { return Terminal.print(gone) }
            Terminal.print("\(gone["id"]?.string ?? "") deleted")
            for (member, noun) in [
                ("sourceConnectionIds", "source"), ("targetConnectionIds", "target"), ("accountIds", "account"),
            ] {
                for id in gone[member]?.array ?? [] { Terminal.print("  with its \(noun) \(id.string ?? "")") }
            }
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
