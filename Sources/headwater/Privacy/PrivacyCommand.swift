import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater privacy`: people's requests for their data or its erasure, on a running server.
struct PrivacyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "privacy",
        abstract:
            "Asks in people's name for a copy of their data or for its erasure, shows how requests stand, fetches copies.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID, HEADWATER_CLIENT_SECRET and \
            HEADWATER_ORG_ID.
            """,
        subcommands: [Ask.self, List.self, Show.self, Download.self]
    )

    static let path = "/data/core/privacy/jobs"

    /// One job.
    static func path(of job: String) -> String { "\(path)/\(ServerClient.percentEncoded(job))" }

    /// `headwater privacy list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists privacy jobs, the newest first: job, action, status, when an answer is due, person.",
            discussion: "Without --from and --to or --request those of the last seven days."
        )

        @OptionGroup var options: ServerOptions

        @Option(help: "Only those under this law, such as gdpr.")
        var regulation: String?

        @Option(help: "submitted, processing, complete or error.")
        var status: String?

        @Option(help: "Only those of this request.")
        var request: String?

        @Option(help: "From this day of UTC on, such as 2026-03-02.")
        var from: String?

        @Option(help: "Until the end of this day of UTC.")
        var to: String?

        func run() async throws {
            let items = [
                ("regulation", regulation), ("status", status), ("requestId", request), ("fromDate", from),
                ("toDate", to), ("size", "1000"),
            ]
            let query = items.compactMap { name, value in value.map { "\(name)=\(ServerClient.percentEncoded($0))" } }
                .joined(separator: "&")
            let jobs = try await options.withServer { (server) throws(CommandFailure) in
                var jobs: [JSONValue] = []
                while true {
                    let page = try await server.call(.GET, "\(path)?\(query)&page=\(jobs.count / 1_000)")
                    let some = page["jobDetails"]?.array ?? []
                    jobs += some
                    guard some.count == 1_000 else { return jobs }
                }
            }
            if options.json { return Terminal.print(["jobDetails": .array(jobs)]) }
            for job in jobs {
                let words = ["jobId", "action", "status", "dueAt", "userKey"].map { job[$0]?.string ?? "" }
                Terminal.print(words.joined(separator: "  "))
            }
        }
    }

    /// `headwater privacy show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows how a privacy job stands."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The id of the job.")
        var job: String

        func run() async throws {
            let shown = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, PrivacyCommand.path(of: job))
            }
            if options.json { return Terminal.print(shown) }
            let status = shown["productResponses"]?[0]?["productStatusResponse"]
            for (name, value) in [
                ("job", shown["jobId"]), ("request", shown["requestId"]), ("person", shown["userKey"]),
                ("action", shown["action"]), ("status", shown["status"]), ("due", shown["dueAt"]),
                ("result", status?["responseMsgDetail"]), ("download until", shown["downloadUntil"]),
            ] {
                guard let text = value?.string else { continue }
                Terminal.print("\(name)\(String(repeating: " ", count: 16 - name.count))\(text)")
            }
            for receipt in status?["results"]?["erasures"]?.array ?? [] {
                Terminal.print("receipt         \(receipt.string ?? "")")
            }
        }
    }
}
