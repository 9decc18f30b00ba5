import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater groups`: users of a running server who have roles together.
struct GroupsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups",
        abstract: "Lists, shows, makes, changes and deletes groups of users.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A group is named by its id or its name; headwater roles give and take change what \
            its members may do.
            """,
        subcommands: [List.self, Show.self, Create.self, Update.self, Delete.self]
    )

    private static let path = "/v1/groups"

    /// The group with an id or a name.
    private static func group(_ name: String, _ server: ServerClient) async throws(CommandFailure) -> JSONValue {
        let groups = try await server.call(.GET, path)["items"]?.array ?? []
        let found =
            groups.first { $0["id"]?.string == name }
            ?? groups.first { $0["name"]?.string?.lowercased() == name.lowercased() }
        guard let found else { throw CommandFailure(.badInput, "there is no group \(name); headwater groups list") }
        return found
    }

    private static func path(of group: JSONValue) -> String {
        "\(path)/\(ServerClient.percentEncoded(group["id"]?.string ?? ""))"
    }

    private static func words(_ group: JSONValue, _ member: String) -> [String] {
        (group[member]?.array ?? []).compactMap(\.string)
    }

    private static func show(_ group: JSONValue, _ options: ServerOptions) {
        guard !options.json else { return Terminal.print(group) }
        let lines =
            [
                "group        \(group["name"]?.string ?? "")", "id           \(group["id"]?.string ?? "")",
                "description  \(group["description"]?.string ?? "")",
                "external     \(group["externalName"]?.string ?? "–")",
            ]
            + words(group, "roles").map { "role         \($0)" }
            + words(group, "members").map { "member       \($0)" }
        for line in lines { Terminal.print(line) }
    }

    /// `headwater groups list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists groups: id, name, roles."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let all = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, path)
            }
            guard !options.json else { return Terminal.print(all) }
            for group in all["items"]?.array ?? [] {
                let roles = words(group, "roles")
                Terminal.print(
                    "\(group["id"]?.string ?? "")  \(group["name"]?.string ?? "")  "
                        + (roles.isEmpty ? "no roles" : roles.joined(separator: ", "))
                )
            }
        }
    }

    /// `headwater groups show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Shows a group, its roles and the users that were put into it by hand."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The group.")
        var group: String

        func run() async throws {
            let found = try await options.withServer { (server) throws(CommandFailure) in
                try await GroupsCommand.group(group, server)
            }
            show(found, options)
        }
    }

    /// `headwater groups create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Makes a group.")

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        @Option(help: "Whom it is meant for.")
        var description = ""

        @Option(name: .customLong("external-name"), help: "What the identity provider calls it.")
        var externalName = ""

        @Option(name: .customLong("member"), help: "A user, by e-mail address or id; may be repeated.")
        var members: [String] = []

        @Option(name: .customLong("role"), help: "The id of a role that its members have; may be repeated.")
        var roles: [String] = []

        func run() async throws {
            let body: JSONValue = [
                "name": .string(name), "description": .string(description), "externalName": .string(externalName),
                "members": .array(members.map { .string($0) }), "roles": .array(roles.map { .string($0) }),
            ]
            let made = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.POST, path, body)
            }
            show(made, options)
        }
    }

    /// `headwater groups update`.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Changes a group; its members may do what it says from their next request on."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The group.")
        var group: String

        @Option(help: "Another name.")
        var name: String?

        @Option(help: "Whom it is meant for.")
        var description: String?

        @Option(name: .customLong("external-name"), help: "What the identity provider calls it; empty = nothing.")
        var externalName: String?

        @Option(name: .customLong("member"), help: "A user to put in, by e-mail address or id; may be repeated.")
        var added: [String] = []

        @Option(name: .customLong("without"), help: "A user to take out, by e-mail address or id; may be repeated.")
        var removed: [String] = []

        func run() async throws {
            let changed = try await options.withServer { (server) throws(CommandFailure) in
                let found = try await GroupsCommand.group(group, server)
                var body: JSONObject = [:]
                if let name { body["name"] = .string(name) }
                if let description { body["description"] = .string(description) }
                if let externalName { body["externalName"] = .string(externalName) }
                if !added.isEmpty || !removed.isEmpty {
                    let users = try await server.call(.GET, "/v1/users")["items"]?.array ?? []
                    let out = removed.map { name in
                        users.first { $0["email"]?.string == name.lowercased() }?["id"]?.string ?? name
                    }
                    let members = words(found, "members").filter { !out.contains($0) } + added
                    body["members"] = .array(members.map { .string($0) })
                }
                return try await server.call(.PATCH, GroupsCommand.path(of: found), .object(body))
            }
            show(changed, options)
        }
    }

    /// `headwater groups delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Deletes a group; its members lose its roles."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The group.")
        var group: String

        func run() async throws {
            try await options.withServer { (server) throws(CommandFailure) in
                _ = try await server.call(.DELETE, GroupsCommand.path(of: try await GroupsCommand.group(group, server)))
            }
            options.json ? Terminal.print(["deleted": .string(group)]) : Terminal.print("\(group) is deleted")
        }
    }
}
