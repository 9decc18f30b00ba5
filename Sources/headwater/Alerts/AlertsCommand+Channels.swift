import ActivationCore
import ArgumentParser
import NIOHTTP1

extension AlertsCommand {
    /// `headwater alerts channels`.
    struct Channels: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "channels",
            abstract: "Lists, makes, changes, tries and deletes the ways by which somebody is told.",
            subcommands: [List.self, Create.self, Update.self, Test.self, Delete.self],
            defaultSubcommand: List.self
        )

        /// `headwater alerts channels list`.
        struct List: AsyncParsableCommand {
            static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists the channels.")

            @OptionGroup var options: ServerOptions

            func run() async throws { try await AlertsCommand.list("/v1/alerts/channels", options, Channels.line) }
        }

        /// `headwater alerts channels create`.
        struct Create: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "create",
                abstract: "Makes a channel; a webhook is asked first whether it expects messages.",
                discussion: """
                    A webhook gets a secret that signs its messages, printed once. Secrets of other systems come from files, \
                    since others may see a command line.
                    """
            )

            @OptionGroup var options: ServerOptions

            @Argument(help: "Its type: webhook, slack or email.")
            var type: String

            @Argument(help: "What it is called.")
            var name: String

            @OptionGroup var members: ChannelMembers

            func run() async throws {
                var body: JSONObject = ["type": .string(type), "name": .string(name)]
                try members.apply(to: &body)
                let ready = JSONValue.object(body)
                let made = try await options.withServer { (server) throws(CommandFailure) in
                    try await server.call(.POST, "/v1/alerts/channels", ready)
                }
                guard !options.json else { return Terminal.print(made) }
                Terminal.print(Channels.line(made))
                if let secret = made["secret"]?.string { Terminal.print("  secret  \(secret)  (shown this once)") }
            }
        }

        /// `headwater alerts channels update`.
        struct Update: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "update",
                abstract: "Changes a channel; what is not given stays."
            )

            @OptionGroup var options: ServerOptions

            @Argument(help: "The id or the name of the channel.")
            var channel: String

            @Option(help: "What it is to be called.")
            var name: String?

            @OptionGroup var members: ChannelMembers

            func run() async throws {
                var given = JSONObject()
                if let name { given["name"] = .string(name) }
                try members.apply(to: &given)
                let (channel, changes) = (channel, given)
                let changed = try await options.withServer { (server) throws(CommandFailure) in
                    let entry = try await AlertsCommand.entry(channel, in: "channels", server)
                    var body = entry.object ?? JSONObject()
                    for (key, value) in changes { body[key] = value }
                    return try await server.call(
                        .PUT,
                        "/v1/alerts/channels/\(ServerClient.percentEncoded(entry["id"]?.string ?? ""))",
                        .object(body),
                        headers: [("if-match", entry["etag"]?.string ?? "")]
                    )
                }
                Terminal.print(options.json ? changed.text : Channels.line(changed))
            }
        }

        /// `headwater alerts channels test`.
        struct Test: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "test",
                abstract: "Tells a channel that nothing is the matter, and says what came of it."
            )

            @OptionGroup var options: ServerOptions

            @Argument(help: "The id or the name of the channel.")
            var channel: String

            func run() async throws {
                let channel = channel
                let outcome = try await options.withServer { (server) throws(CommandFailure) in
                    let id = try await AlertsCommand.entry(channel, in: "channels", server)["id"]?.string ?? ""
                    return try await server.call(
                        .POST,
                        "/v1/alerts/channels/\(ServerClient.percentEncoded(id))/test"
                    )
                }
                let answer = outcome["answer"]?.string ?? ""
                if options.json { Terminal.print(outcome) }
                guard outcome["delivered"] == true else {
                    throw CommandFailure(.retryLater, "the test was not taken: \(answer)")
                }
                if !options.json { Terminal.print("taken: \(answer)") }
            }
        }

        /// `headwater alerts channels delete`.
        struct Delete: AsyncParsableCommand {
            static let configuration = CommandConfiguration(
                commandName: "delete",
                abstract: "Deletes a channel; what waits for it is given up."
            )

            @OptionGroup var options: ServerOptions

            @Argument(help: "The id or the name of the channel.")
            var channel: String

            func run() async throws { try await AlertsCommand.delete(channel, in: "channels", options) }
        }

        /// A channel in one line.
        static func line(_ channel: JSONValue) -> String {
            let to = (channel["to"]?.array ?? []).compactMap(\.string).joined(separator: ", ")
            return [
                channel["id"]?.string ?? "", channel["type"]?.string ?? "", channel["name"]?.string ?? "",
                channel["url"]?.string ?? "\(channel["host"]?.string ?? "") to \(to)",
                channel["enabled"] == false ? "off" : "",
            ].filter { !$0.isEmpty }.joined(separator: "  ")
        }
    }

    /// The members of a channel on the command line.
    struct ChannelMembers: ParsableArguments {
        @Option(help: "Of a webhook: its URL.")
        var url: String?

        @Option(help: "A file with the URL, where that is a secret.", completion: .file())
        var urlFile: String?

        @Option(help: "A file with the secret that signs a webhook's messages.", completion: .file())
        var secretFile: String?

        @Option(help: "Of e-mail: the mail server.")
        var host: String?

        @Option(help: "Its port; 587, or 465 for tls.")
        var port: Int?

        @Option(help: "tls, starttls or none, which is for this machine alone.")
        var security: String?

        @Option(help: "What is signed in with at the mail server.")
        var username: String?

        @Option(help: "A file with the password.", completion: .file())
        var passwordFile: String?

        @Option(help: "Whom mails are from.")
        var from: String?

        @Option(help: "Whom mails are to. May be given several times.")
        var to: [String] = []

        @Flag(inversion: .prefixedEnableDisable, help: "Whether it is on.")
        var channel: Bool?

        func validate() throws {
            guard url == nil || urlFile == nil else { throw ValidationError("Give --url or --url-file.") }
        }

        /// Puts what was given into a channel.
        func apply(to body: inout JSONObject) throws(CommandFailure) {
            let texts = [
                ("url", url), ("host", host), ("security", security), ("username", username), ("from", from),
            ]
            for (key, text) in texts { if let text { body[key] = .string(text) } }
            for (key, file) in [("url", urlFile), ("secret", secretFile), ("password", passwordFile)] {
                if let file { body[key] = .string(try ChannelMembers.line(of: file)) }
            }
            if let port { body["port"] = .integer(Int64(port)) }
            if !to.isEmpty { body["to"] = .array(to.map { .string($0) }) }
            if let channel { body["enabled"] = .bool(channel) }
        }

        private static func line(of file: String) throws(CommandFailure) -> String {
            var text = String(decoding: try SmallFile.contents(of: file, bytesMax: 65_536), as: UTF8.self)
            while text.last?.isNewline ?? false { text.removeLast() }
            return text
        }
    }
}
