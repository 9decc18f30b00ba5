import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater sandboxes`: parts of the organisation with data, configuration and streams of their own.
struct SandboxesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sandboxes",
        abstract: "Lists, makes, renames, empties and deletes sandboxes.",
        discussion: """
            Each sandbox has people, audiences, dataflows and a history of its own; users, roles and credentials are the \
            organisation's. A new one lets in administrators and whom a role lets in: headwater roles update ROLE --in NAME. \
            Other commands are about the one that --sandbox or HEADWATER_SANDBOX names.
            """,
        subcommands: [List.self, Show.self, Create.self, Rename.self, Reset.self, Delete.self]
    )

    private static let path = "/data/foundation/sandbox-management"

    private static func path(of name: String) -> String {
        "\(path)/sandboxes/\(ServerClient.percentEncoded(name))"
    }

    private static func line(_ sandbox: JSONValue) -> String {
        ["name", "state", "type", "title"].map { sandbox[$0]?.string ?? "" }.joined(separator: "  ")
    }

    private static func show(_ sandbox: JSONValue, _ options: ServerOptions) {
        options.json ? Terminal.print(sandbox) : Terminal.print(line(sandbox))
    }

    /// Waits until a sandbox is what it was asked to be.
    private static func settled(
        _ name: String,
        _ server: ServerClient
    ) async throws(CommandFailure) -> JSONValue? {
        for _ in 0..<600 {
            let list = try await server.call(
                .GET,
                "\(path)/sandboxes?property=name==\(ServerClient.percentEncoded(name))"
            )
            guard let sandbox = list["sandboxes"]?[0] else { return nil }
            switch sandbox["state"]?.string {
            case "active": return sandbox
            case "failed":
                throw CommandFailure(.unavailable, "the sandbox \(name) cannot be opened; the server's log says why")
            default: break
            }
            do {
                try await Task.sleep(for: .milliseconds(200))
            } catch {
                throw CommandFailure(.unavailable, "the wait for the sandbox \(name) was ended")
            }
        }
        throw CommandFailure(.retryLater, "the sandbox \(name) is not ready yet; headwater sandboxes show \(name)")
    }

    /// `headwater sandboxes list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists the sandboxes that these credentials may use: name, state, type, title."
        )

        @OptionGroup var options: ServerOptions

        @Flag(help: "Lists all, also those that these credentials may not use.")
        var all = false

        func run() async throws {
            let list = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, all ? "\(path)/sandboxes?limit=100&offset=0" : path)
            }
            guard !options.json else { return Terminal.print(list) }
            for sandbox in list["sandboxes"]?.array ?? [] { Terminal.print(line(sandbox)) }
        }
    }

    /// `headwater sandboxes show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows a sandbox.")

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        func run() async throws {
            show(
                try await options.withServer { (server) throws(CommandFailure) in
                    try await server.call(.GET, path(of: name))
                },
                options
            )
        }
    }

    /// `headwater sandboxes create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "create",
            abstract: "Makes a sandbox, and waits until it can be used."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name: a to z, 0 to 9 and hyphens; it cannot be changed.")
        var name: String

        @Option(help: "What people call it; by default the name.")
        var title: String?

        @Option(help: "development or production.")
        var type = "development"

        func run() async throws {
            let body: JSONValue = ["name": .string(name), "title": .string(title ?? name), "type": .string(type)]
            let made = try await options.withServer { (server) throws(CommandFailure) in
                _ = try await server.call(.POST, "\(path)/sandboxes", body)
                return try await settled(name, server)
            }
            if let made { show(made, options) }
        }
    }

    /// `headwater sandboxes rename`.
    struct Rename: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rename",
            abstract: "Gives a sandbox another title."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        @Argument(help: "What people call it from now on.")
        var title: String

        func run() async throws {
            show(
                try await options.withServer { (server) throws(CommandFailure) in
                    try await server.call(.PATCH, path(of: name), ["title": .string(title)])
                },
                options
            )
        }
    }

    /// `headwater sandboxes reset`.
    struct Reset: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reset",
            abstract: "Empties a sandbox: its people, configuration, history and what waits to be sent go for good."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        @Flag(help: "Also while dataflows are enabled; what waits for them is not sent any more.")
        var force = false

        func run() async throws {
            let reset = try await options.withServer { (server) throws(CommandFailure) in
                _ = try await server.call(.PUT, "\(path(of: name))?ignoreWarnings=\(force)", ["action": "reset"])
                return try await settled(name, server)
            }
            if let reset { show(reset, options) }
        }
    }

    /// `headwater sandboxes delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Removes a sandbox with everything in it, for good."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        @Flag(help: "Also while dataflows are enabled; what waits for them is not sent any more.")
        var force = false

        func run() async throws {
            try await options.withServer { (server) throws(CommandFailure) in
                _ = try await server.call(.DELETE, "\(path(of: name))?ignoreWarnings=\(force)")
                _ = try await settled(name, server)
            }
            options.json ? Terminal.print(["deleted": .string(name)]) : Terminal.print("\(name) is deleted")
        }
    }
}
