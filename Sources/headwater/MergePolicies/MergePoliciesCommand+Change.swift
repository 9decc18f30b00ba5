import ActivationCore
import ArgumentParser

extension MergePoliciesCommand {
    /// What a policy merges, and how.
    struct Merge: ParsableArguments {
        /// Which identities make a profile.
        enum Graph: String, ExpressibleByArgument, CaseIterable {
            case pdg, none
        }

        @Option(help: "A dataset; given several times, the first wins, and no others are merged.")
        var dataset: [String] = []

        @Option(help: "Which identities make a profile: pdg, all that are linked, or none, each by itself.")
        var identityGraph: Graph?

        @Flag(help: "Makes it the policy of audiences that name none; those of the default so far move with it.")
        var `default` = false

        /// The members that were given.
        var members: JSONObject {
            var members = JSONObject()
            if !dataset.isEmpty {
                members["attributeMerge"] = [
                    "type": "dataSetPrecedence", "order": .array(dataset.map { .string($0) }),
                ]
            }
            members["identityGraph"] = identityGraph.map { ["type": .string($0.rawValue)] }
            if `default` { members["default"] = true }
            return members
        }
    }

    /// `headwater merge-policies create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a merge policy; without --dataset the latest write of each attribute wins."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The name.")
        var name: String

        @OptionGroup var merge: Merge

        func run() async throws {
            var draft = merge.members
            draft["name"] = .string(name)
            let body = JSONValue.object(draft)
            options.print(
                try await options.withServer { (server) throws(CommandFailure) in
                    MergePolicyText(policy: try await ServerMergePolicies(client: server).create(body))
                }
            )
        }
    }

    /// `headwater merge-policies update`.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Changes a merge policy; its audiences are evaluated again behind the answer."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name.")
        var policy: String

        @Option(help: "The new name.")
        var name: String?

        @OptionGroup var merge: Merge

        @Flag(help: "Lets the latest write of each attribute win, of all datasets.")
        var timestamps = false

        func validate() throws {
            guard name != nil || timestamps || !merge.members.isEmpty else { throw ValidationError("Give a change.") }
            guard !timestamps || merge.dataset.isEmpty else {
                throw ValidationError("Give --dataset or --timestamps, one of them.")
            }
        }

        func run() async throws {
            var change = merge.members
            change["name"] = name.map { .string($0) }
            if timestamps { change["attributeMerge"] = ["type": "timestampOrdered"] }
            let members = change
            options.print(
                try await options.withServer { (server) throws(CommandFailure) in
                    MergePolicyText(policy: try await ServerMergePolicies(client: server).change(policy, members))
                }
            )
        }
    }
}
