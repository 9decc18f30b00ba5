import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater policies`: what data with labels is not used for, on a running server.
struct PoliciesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policies",
        abstract: "Lists, makes, enables, disables and deletes data usage policies and marketing actions.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A policy is named by its id or its name. It is enforced while it is enabled: what \
            would make a dataflow break it is refused, and so is enabling one that dataflows break.
            """,
        subcommands: [
            List.self, Show.self, Create.self, Enable.self, Disable.self, Delete.self, Check.self, Actions.self,
            CreateAction.self, DeleteAction.self, Visibility.self,
        ]
    )

    static let service = "/data/foundation/dulepolicy"

    /// A policy, and whether every server has it.
    private struct Found {
        var policy: JSONValue
        var isCore: Bool

        var id: String { policy["id"]?.string ?? "" }
        var path: String { "\(service)/policies/\(isCore ? "core" : "custom")/\(ServerClient.percentEncoded(id))" }
    }

    private static func all(_ server: ServerClient) async throws(CommandFailure) -> [Found] {
        let core = try await server.items("children", of: "\(service)/policies/core")
        let custom = try await server.items("children", of: "\(service)/policies/custom")
        return core.map { Found(policy: $0, isCore: true) } + custom.map { Found(policy: $0, isCore: false) }
    }

    /// The one policy with an id or a name.
    private static func policy(_ name: String, _ server: ServerClient) async throws(CommandFailure) -> Found {
        let policies = try await all(server)
        if let found = policies.first(where: { $0.id == name }) { return found }
        let named = policies.filter { $0.policy["name"] == .string(name) }
        guard let found = named.first else {
            throw CommandFailure(.badInput, "no policy has this id or name; headwater policies list shows them")
        }
        guard named.count == 1 else {
            let ids = named.prefix(10).map(\.id).joined(separator: ", ")
            throw CommandFailure(.badInput, "\(named.count) policies have this name; give the id: \(ids)")
        }
        return found
    }

    /// The path of a marketing action: of that which every server has, where there is one of this name.
    static func path(ofAction name: String, _ server: ServerClient) async throws(CommandFailure) -> String {
        let core = try await server.items("children", of: "\(service)/marketingActions/core")
        let kind = core.contains { $0["name"] == .string(name) } ? "core" : "custom"
        return "\(service)/marketingActions/\(kind)/\(ServerClient.percentEncoded(name))"
    }

    // MARK: In words

    static func text(_ policy: JSONValue, _ member: String) -> String { policy[member]?.string ?? "" }

    private static func condition(of policy: JSONValue) -> String {
        if let rule = policy["consent"]?["value"]?.string { return "consent: \(rule)" }
        return policy["deny"].map { (try? PolicyCondition($0))?.text ?? $0.text } ?? ""
    }

    /// Reads a condition as people write it.
    private static func condition(_ text: String) throws(CommandFailure) -> PolicyCondition {
        do throws(PolicyCondition.Mistake) {
            return try PolicyCondition(text: text)
        } catch {
            throw CommandFailure(.badInput, "--deny \(error.place): \(error.message)")
        }
    }

    /// The names at the ends of the links to a policy's marketing actions.
    private static func actions(of policy: JSONValue) -> [String] {
        (policy["marketingActionRefs"]?.array ?? []).compactMap { link in
            link.string?.split(separator: "/").last.map(decoded)
        }
    }

    /// Takes the percent encoding off a part of a link.
    private static func decoded(_ part: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = part.utf8
        while let byte = rest.popFirst() {
            let digits = rest.prefix(2)
            guard byte == UInt8(ascii: "%"), digits.count == 2,
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else {
                bytes.append(byte)
                continue
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// In a list.
    private static func line(_ policy: JSONValue) -> String {
        let actions = actions(of: policy)
        return [
            text(policy, "id"), text(policy, "status"), text(policy, "name"), condition(of: policy),
            actions.isEmpty ? "whatever it is for" : actions.joined(separator: ", "),
        ].joined(separator: "  ")
    }

    /// By itself.
    private static func show(_ policy: JSONValue, _ options: ServerOptions) {
        guard !options.json else { return Terminal.print(policy) }
        let actions = actions(of: policy)
        let lines = [
            "policy       \(text(policy, "id"))", "name         \(text(policy, "name"))",
            "status       \(text(policy, "status"))", "description  \(text(policy, "description"))",
            "\(policy["consent"] == nil ? "denies" : "asks  ")       \(condition(of: policy))",
        ]
        for line in lines + actions.map({ "for          \($0)" }) { Terminal.print(line) }
    }

    // MARK: Policies

    /// `headwater policies list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists policies, those of every server before your own: id, status, name, condition, actions."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let policies = try await options.withServer { (server) throws(CommandFailure) in
                try await all(server).map(\.policy)
            }
            guard !options.json else { return Terminal.print(["items": .array(policies)]) }
            for policy in policies { Terminal.print(line(policy)) }
        }
    }

    /// `headwater policies show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows which data a policy denies, and for what."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The policy.")
        var policy: String

        func run() async throws {
            let found = try await options.withServer { (server) throws(CommandFailure) in
                try await PoliciesCommand.policy(policy, server).policy
            }
            show(found, options)
        }
    }

    /// `headwater policies create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a policy; it is a draft until it is enabled."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        @Option(
            name: .customLong("action"),
            help: "What the data is not used for: a marketing action such as exportToThirdParty; may be repeated."
        )
        var actions: [String]

        @Option(help: "Which data: labels with and or or between them, and parentheses, such as C1 and (C3 or C4).")
        var deny: String?

        @Option(
            help: ArgumentHelp(
                "Instead of --deny, of which people alone is told: a rule such as 'consents.marketing.any.val = \"y\"'.",
                discussion: "Who it does not hold of is not told of, and told of once as exited when it stops to hold."
            )
        )
        var consent: String?

        @Option(help: "Why it is there.")
        var description: String?

        @Flag(help: "Enables it at once.")
        var enabled = false

        func run() async throws {
            guard (deny == nil) != (consent == nil) else {
                throw CommandFailure(.badInput, "give --deny or --consent, the one or the other")
            }
            let rule: (name: String, value: JSONValue) =
                if let deny {
                    ("deny", try PoliciesCommand.condition(deny).json)
                } else {
                    ("consent", ["type": "PQL", "format": "pql/text", "value": .string(consent ?? "")])
                }
            let made = try await options.withServer { (server) throws(CommandFailure) in
                var links: [JSONValue] = []
                for action in actions { links.append(.string(try await path(ofAction: action, server))) }
                let body: JSONValue = [
                    "name": .string(name), "description": .string(description ?? ""),
                    "status": enabled ? "ENABLED" : "DRAFT", "marketingActionRefs": .array(links),
                    rule.name: rule.value,
                ]
                return try await server.call(.POST, "\(service)/policies/custom", body)
            }
            show(made, options)
        }
    }

    /// Switches a policy on or off, and shows it.
    private static func turn(_ name: String, on isOn: Bool, _ options: ServerOptions) async throws {
        let changed = try await options.withServer { (server) throws(CommandFailure) in
            let found = try await policy(name, server)
            guard found.isCore else {
                let status: JSONValue = isOn ? "ENABLED" : "DISABLED"
                let patch: JSONValue = [["op": "replace", "path": "/status", "value": status]]
                return try await server.call(.PATCH, found.path, patch)
            }
            // Those that are not in the list are off.
            let list = "\(service)/enabledCorePolicies"
            var ids = try await server.call(.GET, list)["policyIds"]?.array ?? []
            ids.removeAll { $0 == .string(found.id) }
            if isOn { ids.append(.string(found.id)) }
            let body: JSONValue = ["policyIds": .array(ids)]
            _ = try await server.call(.PUT, list, body)
            return try await server.call(.GET, found.path)
        }
        show(changed, options)
    }

    /// `headwater policies enable`.
    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "enable",
            abstract: "Enforces a policy from now on; refused while dataflows break it."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The policy.")
        var policy: String

        func run() async throws { try await turn(policy, on: true, options) }
    }

    /// `headwater policies disable`.
    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "disable",
            abstract: "Enforces a policy no more; it stays."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The policy.")
        var policy: String

        func run() async throws { try await turn(policy, on: false, options) }
    }

    /// `headwater policies delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Deletes a policy of your own."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The policy.")
        var policy: String

        func run() async throws {
            try await options.withServer { (server) throws(CommandFailure) in
                let found = try await PoliciesCommand.policy(policy, server)
                guard !found.isCore else {
                    throw CommandFailure(.badInput, "every server has it; headwater policies disable switches it off")
                }
                _ = try await server.call(.DELETE, found.path)
            }
            options.json ? Terminal.print(["deleted": .string(policy)]) : Terminal.print("\(policy) is deleted")
        }
    }

    /// `headwater policies check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "check",
            abstract: "Lists the policies that data with some labels would break if it were used for an action."
        )

        @OptionGroup var options: ServerOptions

        @Option(help: "The marketing action.")
        var action: String

        @Option(name: .customLong("label"), help: "A label of the data; may be repeated.")
        var labels: [String]

        @Flag(help: "Counts drafts too.")
        var includeDraft = false

        func run() async throws {
            let query =
                "duleLabels=\(ServerClient.percentEncoded(labels.joined(separator: ",")))&includeDraft=\(includeDraft)"
            let answer = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, "\(try await path(ofAction: action, server))/constraints?\(query)")
            }
            guard !options.json else { return Terminal.print(answer) }
            let broken = answer["violatedPolicies"]?.array ?? []
            guard !broken.isEmpty else { return Terminal.print("no policy would be broken") }
            for policy in broken { Terminal.print(line(policy)) }
        }
    }

}
