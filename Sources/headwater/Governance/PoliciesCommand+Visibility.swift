import ActivationCore
import ArgumentParser
import NIOHTTP1

extension PoliciesCommand {
    private static let accessPolicy = "/data/foundation/access-control/administration/policies/default"

    /// `headwater policies visibility`.
    struct Visibility: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "visibility",
            abstract: "Shows, or says, whether labels decide who sees fields and audiences.",
            discussion: """
                While it is on, a field or audience with labels is seen only by those whose roles have all of them; \
                headwater roles gives roles labels. Administrators see everything.
                """
        )

        /// Whether labels decide.
        enum State: String, ExpressibleByArgument, CaseIterable {
            case on
            case off
        }

        @OptionGroup var options: ServerOptions

        @Argument(help: "Switches it on or off; it is only shown when this is left out.")
        var state: State?

        func run() async throws {
            let policy = try await options.withServer { (server) throws(CommandFailure) in
                guard let state else { return try await server.call(.GET, accessPolicy) }
                let status: JSONValue = state == .on ? "active" : "inactive"
                let patch: JSONValue = [["op": "replace", "path": "/status", "value": status]]
                return try await server.call(.PATCH, accessPolicy, patch)
            }
            guard !options.json else { return Terminal.print(policy) }
            Terminal.print(policy["status"] == "active" ? "on" : "off")
        }
    }
}
