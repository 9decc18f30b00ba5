import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater merge-policies`: the merge policies of a running server.
struct MergePoliciesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge-policies",
        abstract: "Lists, shows, makes, changes and deletes merge policies.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A merge policy is named by its id or its name, and so is a dataset.
            """,
        subcommands: [List.self, Show.self, Create.self, Update.self, Delete.self]
    )

    /// `headwater merge-policies list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists merge policies by name: id, which attributes win, name."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let all = try await options.withServer { (server) throws(CommandFailure) in
                try await ServerMergePolicies(client: server).all()
            }
            guard !options.json else { return Terminal.print(["items": .array(all)]) }
            for policy in all { Terminal.print(MergePolicyText(policy: policy).line) }
        }
    }

    /// `headwater merge-policies show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a merge policy.")

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name.")
        var policy: String

        func run() async throws {
            options.print(
                try await options.withServer { (server) throws(CommandFailure) in
                    MergePolicyText(policy: try await ServerMergePolicies(client: server).policy(policy))
                }
            )
        }
    }

    /// `headwater merge-policies delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Deletes a merge policy that no audience uses and that is not the default."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name.")
        var policy: String

        func run() async throws {
            let id = try await options.withServer { (server) throws(CommandFailure) in
                try await ServerMergePolicies(client: server).delete(policy)
            }
            if options.json { Terminal.print(["id": .string(id)]) } else { Terminal.print("\(id) deleted") }
        }
    }
}

extension ServerOptions {
    /// Prints a merge policy as it was asked for.
    func print(_ text: MergePolicyText) {
        guard !json else { return Terminal.print(text.policy) }
        for line in text.lines { Terminal.print(line) }
    }
}
