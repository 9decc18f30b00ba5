import ActivationCore
import ArgumentParser
import NIOHTTP1

extension AlertsCommand {
    /// `headwater alerts rules`.
    struct Rules: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rules",
            abstract: "Lists, makes, changes and deletes the rules that say when somebody is told.",
            subcommands: [List.self, Create.self, Update.self, Delete.self],
            defaultSubcommand: List.self
        )

        /// `headwater alerts rules list`.
        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the rules.")

            @OptionGroup var options: ServerOptions

            func run() async throws { try await AlertsCommand.list("/v1/alerts/rules", options, Rules.line) }
        }

        /// `headwater alerts rules create`.
        struct Create: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "create",
                abstract: "Makes a rule.",
                discussion: """
                    Kinds: flowRunStart, flowRunSuccess, flowRunFailure, flowRunDelay (minutes), skippedRateExceeded (percent), lag \
                    (seconds), parked (records), paused, retrying (seconds), booksOff, credentialsExpire (minutes before \
                    the end), diskShare (percent free), diskSpace (mebibytes free), writesRefused.
                    """
            )

            @OptionGroup var options: ServerOptions

            @Argument(help: "What it is about.")
            var kind: String

            @OptionGroup var members: RuleMembers

            func run() async throws {
                let (kind, members) = (kind, members)
                let made = try await options.withServer { (server) throws(CommandFailure) in
                    var body: JSONObject = ["kind": .string(kind)]
                    try await members.apply(to: &body, server)
                    return try await server.call(.POST, "/v1/alerts/rules", .object(body))
                }
                Terminal.print(options.json ? made.text : Rules.line(made))
            }
        }

        /// `headwater alerts rules update`.
        struct Update: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "update",
                abstract: "Changes a rule; what is not given stays."
            )

            @OptionGroup var options: ServerOptions

            @Argument(help: "The id or the name of the rule.")
            var rule: String

            @OptionGroup var members: RuleMembers

            func run() async throws {
                let (rule, members) = (rule, members)
                let changed = try await options.withServer { (server) throws(CommandFailure) in
                    let entry = try await AlertsCommand.entry(rule, in: "rules", server)
                    var body = entry.object ?? JSONObject()
                    try await members.apply(to: &body, server)
                    return try await server.call(
                        .PUT,
                        "/v1/alerts/rules/\(ServerClient.percentEncoded(entry["id"]?.string ?? ""))",
                        .object(body),
                        headers: [("if-match", entry["etag"]?.string ?? "")]
                    )
                }
                Terminal.print(options.json ? changed.text : Rules.line(changed))
            }
        }

        /// `headwater alerts rules delete`.
        struct Delete: AsyncParsableCommand {
            static let configuration = CommandConfiguration(commandName: "delete", abstract: "Deletes a rule.")

            @OptionGroup var options: ServerOptions

            @Argument(help: "The id or the name of the rule.")
            var rule: String

            func run() async throws { try await AlertsCommand.delete(rule, in: "rules", options) }
        }

        /// A rule in one line.
        static func line(_ rule: JSONValue) -> String {
            var text = [
                rule["id"]?.string ?? "", rule["severity"]?.string ?? "", rule["kind"]?.string ?? "",
                rule["name"]?.string ?? "",
            ]
            if let threshold = rule["threshold"] { text.append("from \(threshold.text) on") }
            if let flow = rule["flowId"]?.string { text.append("dataflow \(flow)") }
            if rule["enabled"] == false { text.append("off") }
            return text.joined(separator: "  ")
        }
    }

    /// The members of a rule on the command line.
    struct RuleMembers: ParsableArguments {
        @Option(help: "What it is called.")
        var name: String?

        @Option(help: "From which figure on it is told.")
        var threshold: String?

        @Option(help: "For how many seconds it has to be so before it is told, and not be so before it is over.")
        var window: Int?

        @Option(help: "After how many seconds it is told again; 0 = never.")
        var `repeat`: Int?

        @Option(help: "The only dataflow that it is about, by its id or its name; all = every one.")
        var dataflow: String?

        @Option(help: "How bad it is: info, warning or critical.")
        var severity: String?

        @Option(
            help: "The only channel that tells it, by its id or its name; all = every one. May be given several times."
        )
        var channel: [String] = []

        @Flag(inversion: .prefixedEnableDisable, help: "Whether it is on.")
        var rule: Bool?

        func validate() throws {
            if let threshold, (try? JSONValue(parsing: threshold))?.double == nil {
                throw ValidationError("--threshold is a number.")
            }
        }

        /// Puts what was given into a rule.
        func apply(to body: inout JSONObject, _ server: ServerClient) async throws(CommandFailure) {
            if let name { body["name"] = .string(name) }
            // It was looked at before.
            if let threshold { body["threshold"] = try? JSONValue(parsing: threshold) }
            if let window { body["windowSeconds"] = .integer(Int64(window)) }
            if let `repeat` { body["repeatSeconds"] = .integer(Int64(`repeat`)) }
            if let severity { body["severity"] = .string(severity) }
            if let rule { body["enabled"] = .bool(rule) }
            if let dataflow {
                if dataflow == "all" {
                    body.removeValue(forKey: "flowId")
                } else {
                    body["flowId"] = .string(try await ServerDataflows(client: server).dataflowID(dataflow))
                }
            }
            guard !channel.isEmpty else { return }
            guard channel != ["all"] else {
                body.removeValue(forKey: "channels")
                return
            }
            var ids: [JSONValue] = []
            for name in channel {
                ids.append(try await AlertsCommand.entry(name, in: "channels", server)["id"] ?? .null)
            }
            body["channels"] = .array(ids)
        }
    }

    /// Deletes a rule or a channel.
    static func delete(_ name: String, in list: String, _ options: ServerOptions) async throws {
        try await options.withServer { (server) throws(CommandFailure) in
            let id = try await entry(name, in: list, server)["id"]?.string ?? ""
            let path = "/v1/alerts/\(list)/\(ServerClient.percentEncoded(id))"
            _ = try await server.call(.DELETE, path)
            Terminal.print(options.json ? JSONValue.object(["id": .string(id)]).text : "deleted: \(id)")
        }
    }
}
