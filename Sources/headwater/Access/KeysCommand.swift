import ActivationCore
import ActivationServer
import ArgumentParser
import NIOHTTP1

/// `headwater keys`: the server's own keys, on a running server.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Tells how old the server's own keys are, and replaces them while it runs.",
        discussion: """
            The data key encrypts the secrets of destinations and alert channels, and what people asked for; the token key signs \
            access tokens, links and forms. A new key is used at once. The data key before is kept until every secret \
            in every sandbox is encrypted anew, the token key before until all that it signed has ended.
            """,
        subcommands: [List.self, Rotate.self]
    )

    private static func item(_ key: String, in list: JSONValue) -> JSONValue {
        list["items"]?.array?.first { $0["key"]?.string == key } ?? .null
    }

    private static func line(_ key: JSONValue) -> String {
        var parts = [key["key"]?.string ?? "", key["source"]?.string ?? ""]
        if let madeAt = key["madeAt"]?.string { parts.append("made \(madeAt)") }
        if let previous = key["previous"] {
            let until = previous["keptUntil"]?.string.map { "until \($0)" }
            let isNeeded = key["secrets"]?["previousIsNeeded"]?.bool ?? true
            parts.append("the one before is kept " + (until ?? (isNeeded ? "while secrets need it" : "and not needed")))
        }
        if let unreadable = key["secrets"]?["unreadable"]?.int64, unreadable > 0 {
            parts.append("\(unreadable) secrets cannot be read")
        }
        if let obstacle = key["secrets"]?["obstacle"]?.string { parts.append(obstacle) }
        return parts.joined(separator: "  ")
    }

    private static func show(_ list: JSONValue, _ options: ServerOptions) {
        guard !options.json else { return Terminal.print(list) }
        for key in list["items"]?.array ?? [] { Terminal.print(line(key)) }
    }

    /// `headwater keys list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Tells how old the keys are, and whether those before are still needed."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            show(
                try await options.withServer { (server) throws(CommandFailure) in
                    try await server.call(.GET, "/v1/keys")
                },
                options
            )
        }
    }

    /// `headwater keys rotate`.
    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate",
            abstract: "Makes a new key; of the data key, waits until every secret is encrypted with it."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "data or token.")
        var key: String

        @Flag(
            help: "For the token key: ends all tokens, links and open forms at once instead of keeping the key before."
        )
        var endTokens = false

        @Flag(help: "For the data key: does not wait.")
        var noWait = false

        func validate() throws {
            guard ServerKey(rawValue: key) != nil else { throw ValidationError("The key is data or token.") }
            guard !endTokens || key == "token" else { throw ValidationError("--end-tokens is for the token key.") }
        }

        func run() async throws {
            let list = try await options.withServer { (server) throws(CommandFailure) in
                let begun = try await server.call(
                    .POST,
                    "/v1/keys/\(key)/rotate" + (endTokens ? "?endTokens=true" : "")
                )
                return key == "data" && !noWait ? try await finished(server) : begun
            }
            show(list, options)
        }

        /// Waits until the key before is gone.
        private func finished(_ server: ServerClient) async throws(CommandFailure) -> JSONValue {
            while true {
                let list = try await server.call(.GET, "/v1/keys")
                let data = item("data", in: list)
                if Terminal.isInteractive, !options.json {
                    Terminal.replaceLine("\(data["secrets"]?["done"]?.int64 ?? 0) secrets looked at")
                }
                if data["previous"] == nil {
                    if Terminal.isInteractive, !options.json { Terminal.replaceLine("") }
                    return list
                }
                if let obstacle = data["secrets"]?["obstacle"]?.string, data["secrets"]?["isRunning"]?.bool == false {
                    throw CommandFailure(
                        .retryLater,
                        "the new key is in use, and the one before is kept: \(obstacle); the server tries again by itself, "
                            + "headwater keys list tells how far it is"
                    )
                }
                do {
                    try await Task.sleep(for: .milliseconds(200))
                } catch {
                    throw CommandFailure(.unavailable, "the wait was ended; the server goes on by itself")
                }
            }
        }
    }
}
