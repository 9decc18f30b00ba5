import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater alerts`: what is the matter, and who is told.
struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "Shows what is the matter, and says when who is told of it, and how.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET.
            """,
        subcommands: [
            Now.self, Acknowledge.self, Snooze.self, History.self, Deliveries.self, Rules.self, Channels.self,
        ]
    )

    /// `headwater alerts now`.
    struct Now: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "now",
            abstract: "Lists what is the matter now, the worst first."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            try await AlertsCommand.list("/v1/alerts/now", options) { alert in
                var text = [
                    alert["severity"]?.string ?? "", alert["since"]?.string ?? "", alert["name"]?.string ?? "",
                ]
                if let name = alert["flowName"]?.string { text.append(name) }
                text.append(alert["text"]?.string ?? "")
                if let known = alert["acknowledged"] { text.append("(\(known["by"]?.string ?? "") knows)") }
                return text.joined(separator: "  ") + "\n  " + (alert["id"]?.string ?? "")
            }
        }
    }

    /// `headwater alerts acknowledge`.
    struct Acknowledge: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "acknowledge",
            abstract: "Says that somebody knows of an alert: it is not told again until it is over, or worse."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id of the alert.")
        var alert: String

        @Option(help: "What there is to say of it.")
        var note = ""

        func run() async throws {
            try await AlertsCommand.change(alert, "acknowledge", ["note": .string(note)], options, "acknowledged")
        }
    }

    /// `headwater alerts snooze`.
    struct Snooze: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "snooze",
            abstract: "Keeps channels silent about an alert for a while."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id of the alert.")
        var alert: String

        @Option(help: "For how many minutes; 0 ends it.")
        var minutes: Int

        func validate() throws {
            guard 0...43_200 ~= minutes else { throw ValidationError("--minutes is a number from 0 to 43200.") }
        }

        func run() async throws {
            try await AlertsCommand.change(
                alert,
                "snooze",
                ["seconds": .integer(Int64(minutes) * 60)],
                options,
                "snoozed"
            )
        }
    }

    /// `headwater alerts history`.
    struct History: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "history",
            abstract: "Lists what happened, the newest first; it is kept for 365 days."
        )

        @OptionGroup var options: ServerOptions

        @Option(help: "Only what is about this dataflow, by its id or its name.")
        var dataflow: String?

        @Option(help: "Entries at most.")
        var limit = 50

        func validate() throws { try AlertsCommand.check(limit) }

        func run() async throws {
            let (dataflow, limit) = (dataflow, limit)
            let found = try await options.withServer { (server) throws(CommandFailure) in
                var path = "/v1/alerts/history?limit=\(limit)"
                if let dataflow {
                    let id = try await ServerDataflows(client: server).dataflowID(dataflow)
                    path += "&flowId=\(ServerClient.percentEncoded(id))"
                }
                return try await server.call(.GET, path)
            }
            AlertsCommand.print(found, options) { entry in
                var text = [
                    entry["at"]?.string ?? "", entry["event"]?.string ?? "", entry["name"]?.string ?? "",
                ]
                if let name = entry["flowName"]?.string { text.append(name) }
                text.append(entry["text"]?.string ?? "")
                if let author = entry["by"]?.string { text.append("by \(author)") }
                if let note = entry["note"]?.string, !note.isEmpty { text.append("“\(note)”") }
                return text.joined(separator: "  ")
            }
        }
    }

    /// `headwater alerts deliveries`.
    struct Deliveries: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "deliveries",
            abstract: "Lists what was told or is still to be told, the newest first; it is kept for 30 days."
        )

        @OptionGroup var options: ServerOptions

        @Option(help: "Only what is told by this channel, by its id or its name.")
        var channel: String?

        @Option(help: "Deliveries at most.")
        var limit = 50

        func validate() throws { try AlertsCommand.check(limit) }

        func run() async throws {
            let (channel, limit) = (channel, limit)
            let found = try await options.withServer { (server) throws(CommandFailure) in
                var path = "/v1/alerts/deliveries?limit=\(limit)"
                if let channel {
                    let entry = try await AlertsCommand.entry(channel, in: "channels", server)
                    path += "&channelId=\(ServerClient.percentEncoded(entry["id"]?.string ?? ""))"
                }
                return try await server.call(.GET, path)
            }
            AlertsCommand.print(found, options) { delivery in
                [
                    delivery["at"]?.string ?? "", delivery["state"]?.string ?? "",
                    "\(delivery["attempts"]?.int64 ?? 0) attempts", delivery["lastAnswer"]?.string ?? "",
                    delivery["title"]?.string ?? "",
                ].joined(separator: "  ")
            }
        }
    }

    // MARK: What they share

    static func check(_ limit: Int) throws {
        guard 1...500 ~= limit else { throw ValidationError("--limit is a number from 1 to 500.") }
    }

    static func list(
        _ path: String,
        _ options: ServerOptions,
        _ line: (JSONValue) -> String
    ) async throws {
        let found = try await options.withServer { (server) throws(CommandFailure) in try await server.call(.GET, path)
        }
        print(found, options, line)
    }

    static func print(_ found: JSONValue, _ options: ServerOptions, _ line: (JSONValue) -> String) {
        guard !options.json else { return Terminal.print(found) }
        for item in found["items"]?.array ?? [] { Terminal.print(line(item)) }
    }

    /// Does something with an alert that is told.
    private static func change(
        _ alert: String,
        _ action: String,
        _ body: JSONValue,
        _ options: ServerOptions,
        _ word: String
    ) async throws {
        let path = "/v1/alerts/now/\(ServerClient.percentEncoded(alert))/\(action)"
        let changed = try await options.withServer { (server) throws(CommandFailure) in
            try await server.call(.POST, path, body)
        }
        Terminal.print(options.json ? changed.text : "\(word): \(changed["name"]?.string ?? "")")
    }

    /// The rule or channel with an id or a name.
    ///
    /// - Throws: When there is none, or several have the name.
    static func entry(
        _ name: String,
        in list: String,
        _ server: ServerClient
    ) async throws(CommandFailure) -> JSONValue {
        let items = try await server.call(.GET, "/v1/alerts/\(list)")["items"]?.array ?? []
        func found(_ key: String) -> [JSONValue] {
            items.filter { $0[key]?.string.map { $0.hasSameBytes(as: name) } ?? false }
        }
        let entries = found("id").isEmpty ? found("name") : found("id")
        guard let entry = entries.first else {
            throw CommandFailure(
                .badInput,
                "there is no \(list.dropLast()) \"\(name)\"; `alerts \(list) list` shows them"
            )
        }
        guard entries.count == 1 else {
            throw CommandFailure(.badInput, "several \(list) are called \"\(name)\"; give the id")
        }
        return entry
    }
}
