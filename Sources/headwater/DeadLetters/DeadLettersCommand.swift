import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater deadletters`: records that destinations refused for good.
struct DeadLettersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deadletters",
        abstract: "Lists, shows, exports, sends again and discards records that destinations refused for good.",
        discussion: """
            A dataflow is named by its id or its name, one that is deleted by its id. Credentials come from --data DIR (a server's \
            directory) or from HEADWATER_CLIENT_ID and HEADWATER_CLIENT_SECRET.
            """,
        subcommands: [List.self, Causes.self, Show.self, Export.self, Replay.self, Discard.self]
    )

    /// `headwater deadletters list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists a dataflow's dead letters, the oldest first; without one the dataflows that have any.",
            discussion: "With --json each record has its message, which holds values of persons."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name of a dataflow.")
        var dataflow: String?

        @Option(help: "Only those with this code.")
        var code: String?

        @Option(help: "Records at most.")
        var limit = 100

        func validate() throws {
            guard 1...100_000 ~= limit else { throw ValidationError("--limit is a number from 1 to 100000.") }
            guard dataflow != nil || code == nil else { throw ValidationError("--code needs a dataflow.") }
        }

        func run() async throws {
            guard let dataflow else { return try await summarize() }
            var items: [JSONValue] = []
            try await options.withDeadLetters(of: dataflow) { (letters) throws(CommandFailure) in
                try await letters.all(code: code, limit: limit) { items += $0 }
            }
            guard !options.json else { return Terminal.print(["items": .array(items)]) }
            for letter in items { Terminal.print(DeadLetterText(letter: letter).line) }
        }

        private func summarize() async throws {
            let found = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, "/v1/dead-letters")
            }
            guard !options.json else { return Terminal.print(found) }
            for item in found["items"]?.array ?? [] {
                let name = item["isDeleted"] == true ? "(deleted)" : item["name"]?.string ?? ""
                Terminal.print("\(item["flowId"]?.string ?? "")  \(item["count"]?.int64 ?? 0)  \(name)")
            }
        }
    }

    /// `headwater deadletters causes`.
    struct Causes: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "causes",
            abstract: "Counts the dead letters of a dataflow by their codes."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name of the dataflow.")
        var dataflow: String

        func run() async throws {
            let found = try await options.withDeadLetters(of: dataflow) { (letters) throws(CommandFailure) in
                try await letters.get("/causes")
            }
            guard !options.json else { return Terminal.print(found) }
            for cause in found["items"]?.array ?? [] {
                Terminal.print(
                    [
                        String(cause["count"]?.int64 ?? 0), cause["code"]?.string ?? "",
                        "from \(cause["firstParkedAt"]?.string ?? "") to \(cause["lastParkedAt"]?.string ?? "")",
                    ].joined(separator: "  ")
                )
            }
        }
    }

    /// `headwater deadletters show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows one dead letter with its message, which holds values of a person."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name of the dataflow.")
        var dataflow: String

        @Argument(help: "The id of the dead letter.")
        var letter: String

        func run() async throws {
            let found = try await options.withDeadLetters(of: dataflow) { (letters) throws(CommandFailure) in
                try await letters.get("/\(ServerClient.percentEncoded(letter))")
            }
            guard !options.json else { return Terminal.print(found) }
            Terminal.print(DeadLetterText(letter: found).line)
            Terminal.print(found["payload"] ?? .null)
        }
    }

    /// `headwater deadletters export`.
    struct Export: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Prints the dead letters of a dataflow as they are kept, one JSON object a line.",
            discussion: "The messages hold values of persons. The dead letters stay where they are."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id or the name of the dataflow.")
        var dataflow: String

        @Option(help: "Only those with this code.")
        var code: String?

        func run() async throws {
            try await options.withDeadLetters(of: dataflow) { (letters) throws(CommandFailure) in
                var count = 0
                try await letters.all(code: code, limit: .max) { page in
                    for letter in page { Terminal.print(letter) }
                    count += page.count
                }
                Terminal.error("\(Figures.grouped(Int64(count))) dead letters.")
            }
        }
    }

    /// Which dead letters are meant.
    struct Selection: ParsableArguments {
        @Argument(help: "The id or the name of the dataflow.")
        var dataflow: String

        @Argument(help: "The ids of dead letters.")
        var letters: [String] = []

        @Option(help: "All those with this code.")
        var code: String?

        @Flag(help: "All of them.")
        var all = false

        func validate() throws {
            guard [!letters.isEmpty, code != nil, all].count(where: \.self) == 1 else {
                throw ValidationError("Say which dead letters: their ids, --code CODE, or --all.")
            }
            guard letters.count <= 1_000 else { throw ValidationError("1000 ids at most; use --code or --all.") }
        }

        /// What the server is told.
        var body: JSONObject {
            if let code { return ["code": .string(code)] }
            return all ? ["all": true] : ["ids": .array(letters.map { .string($0) })]
        }
    }

    /// `headwater deadletters replay`.
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "replay",
            abstract: "Sends what is true now of the persons whom dead letters are about.",
            discussion: """
                One record of each person, in order with all others, so it can never undo what came later. --original sends the \
                same bytes once more instead, behind newer ones that may be in the stream already.
                """
        )

        @OptionGroup var options: ServerOptions

        @OptionGroup var selection: Selection

        @Flag(help: "Sends the same bytes once more, though newer records may have been delivered.")
        var original = false

        func run() async throws {
            var body = selection.body
            if original { body["as"] = "original" }
            try await DeadLettersCommand.release("replay", selection, body, options, "sent again")
        }
    }

    /// `headwater deadletters discard`.
    struct Discard: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "discard",
            abstract: "Gives dead letters up; what they say is lost."
        )

        @OptionGroup var options: ServerOptions

        @OptionGroup var selection: Selection

        func run() async throws {
            try await DeadLettersCommand.release("discard", selection, selection.body, options, "discarded")
        }
    }

    /// Lets dead letters go until all that are meant are gone.
    private static func release(
        _ action: String,
        _ selection: Selection,
        _ body: JSONObject,
        _ options: ServerOptions,
        _ word: String
    ) async throws {
        var (released, kept) = (Int64(0), Int64(0))
        try await options.withDeadLetters(of: selection.dataflow) { (letters) throws(CommandFailure) in
            while true {
                let done = try await letters.post("/\(action)", .object(body))
                released += done["released"]?.int64 ?? 0
                kept = done["kept"]?.int64 ?? 0
                // Those that stay would be met again each time.
                if done["isComplete"] == true || done["released"]?.int64 ?? 0 == 0 { return }
                Terminal.error("\(released) so far")
            }
        }
        guard !options.json else {
            return Terminal.print(["released": .integer(released), "kept": .integer(kept)])
        }
        Terminal.print("\(released) \(word)")
        if kept > 0 {
            Terminal.print(
                "\(kept) stay: their persons are gone, or they tell of an audience that was unmapped; use --original or discard"
            )
        }
    }
}
