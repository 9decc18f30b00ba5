import ActivationCore
import ArgumentParser
import NIOHTTP1

extension DataflowsCommand {
    /// `headwater dataflows rehearse`.
    struct Rehearse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rehearse",
            abstract: "Tells what a change of a dataflow would do; nothing is changed.",
            discussion: """
                Records that are sent at once and in a day, their size, the shards they need and what those cost, what \
                consumers would notice, and messages of stored profiles before and after, their values masked. Without a \
                change it tells what the dataflow does as it is. --json has all of it.
                """
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @Option(help: "An audience to map, by id or name; may be given several times.")
        var audience: [String] = []

        @Option(help: "An attribute to map, as a path; may be given several times.")
        var attribute: [String] = []

        @Option(help: "An audience to unmap, by id or name; may be given several times.")
        var withoutAudience: [String] = []

        @Option(help: "An attribute to unmap, as a path; may be given several times.")
        var withoutAttribute: [String] = []

        @OptionGroup var target: TargetParams
        @OptionGroup var manner: RehearsalManner

        func run() async throws {
            let (params, manner) = (target.members, manner)
            let rehearsal = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                let flow = try await dataflows.dataflow(dataflow)
                // What is unmapped first has its place in the list as it is.
                let patch =
                    try ServerDataflows.unmapping(
                        try await dataflows.audienceIDs(withoutAudience),
                        withoutAttribute,
                        of: flow
                    ) + ServerDataflows.mapping(try await dataflows.audienceIDs(audience), attribute, to: flow)
                var wish: JSONObject = ["id": flow["id"] ?? .null]
                if !patch.isEmpty { wish["patch"] = .array(patch) }
                if !params.isEmpty { wish["params"] = .object(params) }
                return try await dataflows.client.call(.POST, "/v1/rehearsals", manner.body("dataflow", .object(wish)))
            }
            options.print(rehearsal: rehearsal)
        }
    }

    /// `headwater dataflows dry-run`.
    struct DryRun: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "dry-run",
            abstract: "Tells what a dataflow would send of one person now, and which changes would call for a record."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        @Option(help: ArgumentHelp("One of the person's identities.", valueName: "NAMESPACE:VALUE"))
        var identity: String

        func validate() throws { _ = try IdentityArgument(identity) }

        func run() async throws {
            let identity = try IdentityArgument(identity)
            let run = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                try await dataflows.client.call(
                    .POST,
                    "/v1/dataflows/\(try await dataflows.dataflowID(dataflow))/dry-run",
                    ["identity": ["namespace": .string(identity.namespace), "value": .string(identity.value)]]
                )
            }
            guard !options.json else { return Terminal.print(run) }
            for line in DryRunText(run: run).lines { Terminal.print(line) }
        }
    }

    /// `headwater dataflows test`.
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test",
            abstract: "Writes a record that is about nobody to a dataflow's target, once.",
            discussion:
                "Consumers tell it by its only member, headwaterTest. The command fails when the target refuses it."
        )

        @OptionGroup var options: Options

        @Argument(help: "The id or the name.")
        var dataflow: String

        func run() async throws {
            let test = try await options.withDataflows { (dataflows) throws(CommandFailure) in
                let id = try await dataflows.dataflowID(dataflow)
                return try await dataflows.client.call(.POST, "/v1/dataflows/\(id)/tests")
            }
            if options.json {
                Terminal.print(test)
            } else if test["isWritten"] == true {
                Terminal.print(
                    "test record \(test["id"]?.string ?? "") is written\(test["receipt"]?.string.map { ": \($0)" } ?? "")"
                )
            }
            guard test["isWritten"] == true else {
                let code = test["code"]?.string ?? ""
                throw CommandFailure(
                    .retryLater,
                    "the target took no record (\(code)): \(test["message"]?.string ?? "")"
                )
            }
        }
    }
}
