import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater audit`: who did what on a running server.
struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Shows and takes out the audit log: who did what, when, from where, and what came of it.",
        discussion: """
            Changes, sign-ins, refusals, reveals, look-ups, exports and erasures are kept for at least 365 days, in one chain \
            that headwater doctor checks. Credentials come from --data DIR (a server's directory) or from \
            HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET.
            """,
        subcommands: [List.self, Export.self]
    )

    private static let service = "/data/foundation/audit"

    /// Which events are meant.
    struct Filters: ParsableArguments {
        @Option(help: "Only these actions, such as \"View\" or \"Create,Update\".")
        var action: String?

        @Option(help: "Only those by these client ids or e-mail addresses.")
        var user: String?

        @Option(help: "Only those of these outcomes: Allow, Deny, Failure.")
        var status: String?

        @Option(
            help: ArgumentHelp(
                "Only those of this kind of resource, such as Destination or Segment.",
                valueName: "type"
            )
        )
        var assetType: String?

        @Option(help: ArgumentHelp("Only those of the resource with this id.", valueName: "id"))
        var asset: String?

        @Option(help: ArgumentHelp("Only those of the request with this id.", valueName: "id"))
        var request: String?

        @Option(help: ArgumentHelp("Only those that came from this address.", valueName: "address"))
        var sender: String?

        @Option(
            help: ArgumentHelp(
                "Only those at or after this instant, such as 2026-11-27T09:00:00Z.",
                valueName: "instant"
            )
        )
        var since: String?

        @Option(help: ArgumentHelp("Only those at or before this instant.", valueName: "instant"))
        var until: String?

        /// The items of the query.
        var items: [(name: String, value: String)] {
            let equal = [
                ("action", action), ("user", user), ("status", status), ("assetType", assetType), ("assetId", asset),
                ("requestId", request), ("ipAddress", sender),
            ]
            var conditions = equal.compactMap { name, value in value.map { "\(name)==\($0)" } }
            if let since { conditions.append("timestamp>=\(since)") }
            if let until { conditions.append("timestamp<=\(until)") }
            return conditions.map { ("property", $0) }
        }
    }

    private static func path(_ tail: String, _ items: [(name: String, value: String)]) -> String {
        let query = items.map { "\($0.name)=\(ServerClient.percentEncoded($0.value))" }.joined(separator: "&")
        return "\(service)/\(tail)?\(query)"
    }

    /// `headwater audit list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Shows events, the newest first."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var filters: Filters

        @Option(help: ArgumentHelp("So many events at most, the newest.", valueName: "count"))
        var limit = 50

        func validate() throws {
            guard limit > 0 else { throw ValidationError("--limit is at least 1") }
        }

        /// What the server gives at once.
        private static let pageSize = 1_000

        func run() async throws {
            let (items, limit) = (filters.items, limit)
            let events = try await options.withServer { (server) throws(CommandFailure) in
                var found: [JSONValue] = []
                var before: Int64?
                while found.count < limit {
                    var query = items + [("limit", String(min(limit - found.count, List.pageSize)))]
                    if let before { query.append(("before", String(before))) }
                    let page = try await server.call(.GET, AuditCommand.path("events", query))
                    let events = page["_embedded"]?["events"]?.array ?? []
                    found += events
                    let last = events.last?["headwater"]?["sequence"]?.int64
                    let isWhole = page["page"]?["totalElements"]?.int64 == Int64(events.count)
                    guard let next = isWhole ? page["before"]?.int64 : last else { break }
                    before = next
                }
                return found
            }
            guard !options.json else { return Terminal.print(["items": .array(events)]) }
            for event in events {
                for line in AuditText(event: event).lines { Terminal.print(line) }
            }
        }
    }

    /// `headwater audit export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Writes all events that are meant to standard output, as CSV or, with --json, as one JSON array.",
            discussion:
                "It is recorded itself. Up to 32 MiB are taken out at once; --since and --until make parts of more."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var filters: Filters

        func run() async throws {
            let items = filters.items + [("format", options.json ? "json" : "csv")]
            let answer = try await options.withServer { (server) throws(CommandFailure) in
                let path = AuditCommand.path("export", items)
                let answer = try await server.send(.GET, path)
                guard (200..<300).contains(answer.status) else {
                    throw CommandFailure(
                        answer.status >= 500 ? .retryLater : .badInput,
                        "GET \(path) failed: \(answer.reason)"
                    )
                }
                return answer
            }
            if answer.status == 204 { return options.json ? Terminal.print(JSONValue.array([])) : () }
            if options.json { Terminal.print(answer.body) } else { Terminal.print(lines: Array(answer.text.utf8)) }
        }
    }
}
