import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater backfills`: the backfills of a running server.
struct BackfillsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backfills",
        abstract: "Exports members who have not changed: lists, shows, begins, pauses, resumes and cancels backfills.",
        discussion: """
            Mapping an audience to a dataflow begins one by itself. Credentials come from --data DIR (a server's \
            directory) or from HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET.
            """,
        subcommands: [List.self, Show.self, Create.self, Pause.self, Resume.self, Cancel.self]
    )

    private static let path = "/v1/backfills"

    private static func path(of id: String) -> String { "\(path)/\(ServerClient.percentEncoded(id))" }

    /// `headwater backfills list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists backfills, the newest first."
        )

        @OptionGroup var options: ServerOptions

        @Option(help: "Only those of the dataflow with this id or name.")
        var dataflow: String?

        @Option(help: "Only those that stand so: running, waiting, paused, completed or cancelled.")
        var state: String?

        func run() async throws {
            let found = try await options.withServer { (server) throws(CommandFailure) in
                var items: [JSONValue] = []
                var id: String?
                if let dataflow { id = try await ServerDataflows(client: server).dataflowID(dataflow) }
                while true {
                    var query = "limit=100&start=\(items.count)"
                    if let id { query += "&dataflowId=\(ServerClient.percentEncoded(id))" }
                    if let state { query += "&state=\(ServerClient.percentEncoded(state))" }
                    let page = try await server.call(.GET, "\(path)?\(query)")["items"]?.array ?? []
                    items += page
                    if page.count < 100 { return items }
                }
            }
            guard !options.json else { return Terminal.print(["items": .array(found)]) }
            for backfill in found { Terminal.print(BackfillText(backfill: backfill).line) }
        }
    }

    /// `headwater backfills show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows how a backfill stands.")

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id.")
        var backfill: String

        @Flag(help: "Waits for the end.")
        var wait = false

        func run() async throws {
            let shown = try await options.withServer { (server) throws(CommandFailure) in
                wait ? try await end(of: backfill, server) : try await server.call(.GET, path(of: backfill))
            }
            try show(shown, as: options)
        }
    }

    /// `headwater backfills create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Exports the members of a dataflow's audiences as they are now, and waits for the end.",
            discussion: "Interrupting the command does not end the backfill."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The dataflow's id or name.")
        var dataflow: String

        @Option(help: "A mapped audience, by id or name; may be repeated. By default all that are mapped.")
        var audience: [String] = []

        @Option(help: "Only members who qualified at this instant or later, such as 2026-03-02T09:15:04Z.")
        var since: String?

        @Option(help: "Records a second at most.")
        var rate: Int?

        @Flag(help: "Returns as soon as the backfill is accepted.")
        var noWait = false

        func run() async throws {
            let shown = try await options.withServer { (server) throws(CommandFailure) in
                let dataflows = ServerDataflows(client: server)
                var draft: JSONObject = ["dataflowId": .string(try await dataflows.dataflowID(dataflow))]
                if !audience.isEmpty {
                    draft["audiences"] = .array(try await dataflows.audienceIDs(audience).map { .string($0) })
                }
                draft["since"] = since.map { .string($0) }
                draft["recordsPerSecond"] = rate.map { .integer(Int64($0)) }
                let begun = try await server.call(.POST, path, .object(draft))
                guard !noWait, let id = begun["id"]?.string else { return begun }
                return try await end(of: id, server)
            }
            try show(shown, as: options)
        }
    }

    /// `headwater backfills pause`.
    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "pause", abstract: "Halts a backfill.")

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id.")
        var backfill: String

        func run() async throws { try await change(backfill, to: "paused", options) }
    }

    /// `headwater backfills resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume",
            abstract: "Lets a paused backfill go on, or changes how fast it goes."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id.")
        var backfill: String

        @Option(help: "Records a second at most.")
        var rate: Int?

        @Flag(help: "Takes the backfill's own rate away; the server's remains.")
        var noRate = false

        func validate() throws {
            guard rate == nil || !noRate else { throw ValidationError("Give --rate or --no-rate.") }
        }

        func run() async throws {
            let rate: JSONValue? = noRate ? .null : rate.map { .integer(Int64($0)) }
            try await change(backfill, to: "running", rate: rate, options)
        }
    }

    /// `headwater backfills cancel`.
    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel",
            abstract: "Ends a backfill; records that it has made are sent."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id.")
        var backfill: String

        func run() async throws { try await change(backfill, to: "cancelled", options) }
    }

    private static func change(
        _ id: String,
        to state: String,
        rate: JSONValue? = nil,
        _ options: ServerOptions
    ) async throws {
        var change: JSONObject = ["state": .string(state)]
        change["recordsPerSecond"] = rate
        let body = JSONValue.object(change)
        let shown = try await options.withServer { (server) throws(CommandFailure) in
            try await server.call(.PATCH, path(of: id), body)
        }
        try show(shown, as: options)
    }

    private static func end(of id: String, _ server: ServerClient) async throws(CommandFailure) -> JSONValue {
        var bar: ProgressBar?
        while true {
            let backfill = try await server.call(.GET, path(of: id))
            let done = backfill["progress"]?["processed"]?.int64 ?? 0
            let total = backfill["progress"]?["total"]?.int64 ?? 0
            let isOver = ["completed", "cancelled"].contains(backfill["state"]?.string)
            var line = bar ?? ProgressBar(total: total, unit: "profiles")
            isOver ? line.finish(done: done, items: done) : line.update(done: done, items: done)
            if isOver { return backfill }
            // Before it begins nobody knows how many there are.
            bar = total > 0 ? line : nil
            // A cancelled sleep ends at the next call.
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private static func show(_ backfill: JSONValue, as options: ServerOptions) throws {
        if options.json {
            Terminal.print(backfill)
        } else {
            for line in BackfillText(backfill: backfill).lines { Terminal.print(line) }
        }
    }
}
