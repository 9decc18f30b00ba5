import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater users`: the people who sign in to a running server's console.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "Lists, invites and removes users of the console.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. headwater roles give and take change what a user may do.
            """,
        subcommands: [List.self, Invite.self, Remove.self]
    )

    private static let path = "/v1/users"

    private static func line(_ user: JSONValue) -> String {
        let roles = (user["roles"]?.array ?? []).compactMap(\.string)
        let way = user["identity"] == nil ? "" : "  single sign-on"
        return "\(user["email"]?.string ?? "")  \(roles.isEmpty ? "no roles" : roles.joined(separator: ", "))\(way)"
    }

    /// `headwater users list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists users: e-mail address, roles."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let all = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, path)
            }
            guard !options.json else { return Terminal.print(all) }
            for user in all["items"]?.array ?? [] { Terminal.print(line(user)) }
        }
    }

    /// `headwater users invite`.
    struct Invite: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "invite",
            abstract: "Lets a person in, and prints the link by which they set a password within three days."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The e-mail address.")
        var email: String

        @Option(name: .customLong("role"), help: "The id of a role that says what they may do; may be repeated.")
        var roles: [String] = []

        func run() async throws {
            let body: JSONValue = ["email": .string(email), "roles": .array(roles.map { .string($0) })]
            let user = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.POST, path, body)
            }
            options.json ? Terminal.print(user) : Terminal.print(user["invitation"]?.string ?? "")
        }
    }

    /// `headwater users remove`.
    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Takes a user away, and signs them out everywhere."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The e-mail address.")
        var email: String

        func run() async throws {
            try await options.withServer { (server) throws(CommandFailure) in
                let users = try await server.call(.GET, path)["items"]?.array ?? []
                guard let id = users.first(where: { $0["email"]?.string == email.lowercased() })?["id"]?.string else {
                    throw CommandFailure(.badInput, "no user has the e-mail address \(email); headwater users list")
                }
                _ = try await server.call(.DELETE, "\(path)/\(id)")
            }
            options.json ? Terminal.print(["removed": .string(email)]) : Terminal.print("\(email) is removed")
        }
    }
}
