import ActivationCore
import ArgumentParser
import NIOHTTP1

/// `headwater roles`: what people and programs may do on a running server.
struct RolesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "roles",
        abstract: "Lists, shows, makes, changes and deletes roles, and gives them to users, groups and credentials.",
        discussion: """
            Credentials come from --data DIR (a server's directory) or from HEADWATER_CLIENT_ID and \
            HEADWATER_CLIENT_SECRET. A role is named by its id or its name; a permission as in the API, such as view-destinations.
            """,
        subcommands: [
            List.self, Show.self, Create.self, Update.self, Delete.self, Give.self, Take.self, Permissions.self,
        ]
    )

    private static let accessControl = "/data/foundation/access-control"
    private static let path = "\(accessControl)/administration/roles"

    private static func all(_ server: ServerClient) async throws(CommandFailure) -> [JSONValue] {
        var roles: [JSONValue] = []
        while true {
            let page = try await server.call(.GET, "\(path)?limit=100&start=\(roles.count)")
            let items = page["items"]?.array ?? []
            roles += items
            guard !items.isEmpty, Int64(roles.count) < page["_page"]?["totalCount"]?.int64 ?? 0 else { return roles }
        }
    }

    /// The role with an id or a name.
    private static func role(_ name: String, _ server: ServerClient) async throws(CommandFailure) -> JSONValue {
        let roles = try await all(server)
        let found =
            roles.first { $0["id"]?.string == name }
            ?? roles.first { $0["name"]?.string?.lowercased() == name.lowercased() }
        guard let found else { throw CommandFailure(.badInput, "there is no role \(name); headwater roles list") }
        return found
    }

    private static func path(of role: JSONValue) -> String {
        "\(path)/\(ServerClient.percentEncoded(role["id"]?.string ?? ""))"
    }

    private static func lines(of role: JSONValue) -> [String] {
        let permissions = (role["permissionSets"]?.array ?? []).compactMap(\.string)
        return [
            "role         \(role["name"]?.string ?? "")", "id           \(role["id"]?.string ?? "")",
            "description  \(role["description"]?.string ?? "")",
        ] + sandboxes(of: role).map { "in           \($0)" } + permissions.map { "may          \($0)" }
            + labels(of: role).map { "sees         \($0)" }
    }

    /// Labels without the prefixes that roles show.
    fileprivate static func plain(_ labels: [String]) -> [String] {
        labels.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
    }

    fileprivate static func sandboxes(of role: JSONValue) -> [String] {
        (role["sandboxes"]?.array ?? []).compactMap(\.string)
    }

    fileprivate static func labels(of role: JSONValue) -> [String] {
        (role["subjectAttributes"]?["labels"]?.array ?? []).compactMap(\.string)
    }

    private static func show(_ role: JSONValue, _ options: ServerOptions) {
        guard !options.json else { return Terminal.print(role) }
        for line in lines(of: role) { Terminal.print(line) }
    }

    /// `headwater roles list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Lists roles: id, name, how many permissions."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let roles = try await options.withServer { (server) throws(CommandFailure) in try await all(server) }
            guard !options.json else { return Terminal.print(["items": .array(roles)]) }
            for role in roles {
                let count = role["permissionSets"]?.array?.count ?? 0
                Terminal.print("\(role["id"]?.string ?? "")  \(role["name"]?.string ?? "")  \(count)")
            }
        }
    }

    /// `headwater roles show`.
    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows what a role allows.")

        @OptionGroup var options: ServerOptions

        @Argument(help: "The role.")
        var role: String

        func run() async throws {
            let found = try await options.withServer { (server) throws(CommandFailure) in
                try await RolesCommand.role(role, server)
            }
            show(found, options)
        }
    }

    /// `headwater roles create`.
    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "create", abstract: "Makes a role.")

        @OptionGroup var options: ServerOptions

        @Argument(help: "Its name.")
        var name: String

        @Option(help: "Whom it is meant for.")
        var description = ""

        @Option(name: .customLong("permission"), help: "A permission that it gives; may be repeated.")
        var permissions: [String] = []

        @Option(name: .customLong("label"), help: "A label that it lets see; may be repeated.")
        var labels: [String] = []

        @Option(name: .customLong("in"), help: "A sandbox in which it counts, by default prod alone; may be repeated.")
        var sandboxes: [String] = []

        func run() async throws {
            var object: JSONObject = [
                "name": .string(name), "description": .string(description), "roleType": "user-defined",
                "permissionSets": .array(permissions.map { .string($0) }),
                "subjectAttributes": ["labels": .array(labels.map { .string($0) })],
            ]
            if !sandboxes.isEmpty { object["sandboxes"] = .array(sandboxes.map { .string($0) }) }
            let body = JSONValue.object(object)
            show(
                try await options.withServer { (server) throws(CommandFailure) in
                    try await server.call(.POST, path, body)
                },
                options
            )
        }
    }

    /// `headwater roles update`.
    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "update",
            abstract: "Changes a role; who has it may do what it says from the next request on."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The role.")
        var role: String

        @Option(help: "Another name.")
        var name: String?

        @Option(help: "Whom it is meant for.")
        var description: String?

        @Option(name: .customLong("permission"), help: "A permission that it gives from now on; may be repeated.")
        var added: [String] = []

        @Option(name: .customLong("without"), help: "A permission that it gives no more; may be repeated.")
        var removed: [String] = []

        @Option(name: .customLong("label"), help: "A label that it lets see from now on; may be repeated.")
        var addedLabels: [String] = []

        @Option(name: .customLong("without-label"), help: "A label that it lets see no more; may be repeated.")
        var removedLabels: [String] = []

        @Option(name: .customLong("in"), help: "A sandbox in which it counts from now on; may be repeated.")
        var addedSandboxes: [String] = []

        @Option(name: .customLong("not-in"), help: "A sandbox in which it counts no more; may be repeated.")
        var removedSandboxes: [String] = []

        func run() async throws {
            let changed = try await options.withServer { (server) throws(CommandFailure) in
                let found = try await RolesCommand.role(role, server)
                let before = (found["permissionSets"]?.array ?? []).compactMap(\.string)
                let permissions = before.filter { !removed.contains($0) } + added.filter { !before.contains($0) }
                let seen = RolesCommand.labels(of: found)
                let labels = RolesCommand.plain(seen).filter { !RolesCommand.plain(removedLabels).contains($0) }
                let places = RolesCommand.sandboxes(of: found)
                let sandboxes =
                    places.filter { !removedSandboxes.contains($0) } + addedSandboxes.filter { !places.contains($0) }
                let body: JSONValue = [
                    "name": .string(name ?? found["name"]?.string ?? ""),
                    "description": .string(description ?? found["description"]?.string ?? ""),
                    "roleType": "user-defined", "permissionSets": .array(permissions.map { .string($0) }),
                    "subjectAttributes": ["labels": .array((labels + addedLabels).map { .string($0) })],
                    "sandboxes": .array(sandboxes.map { .string($0) }),
                ]
                return try await server.call(.PUT, path(of: found), body)
            }
            show(changed, options)
        }
    }

    /// `headwater roles delete`.
    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "delete",
            abstract: "Deletes a role that nobody has."
        )

        @OptionGroup var options: ServerOptions

        @Argument(help: "The role.")
        var role: String

        func run() async throws {
            try await options.withServer { (server) throws(CommandFailure) in
                _ = try await server.call(.DELETE, path(of: try await RolesCommand.role(role, server)))
            }
            options.json ? Terminal.print(["deleted": .string(role)]) : Terminal.print("\(role) is deleted")
        }
    }

    /// `headwater roles permissions`.
    struct Permissions: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "permissions",
            abstract: "Lists the permissions that there are."
        )

        @OptionGroup var options: ServerOptions

        func run() async throws {
            let reference = try await options.withServer { (server) throws(CommandFailure) in
                try await server.call(.GET, "\(accessControl)/acl/reference")
            }
            guard !options.json else { return Terminal.print(reference) }
            for (name, permission) in reference["permissions"]?.object ?? [:] {
                Terminal.print("\(name)  \(permission["description"]?.string ?? "")")
            }
        }
    }

    /// Whom a role is given to or taken from.
    struct Subject: ParsableArguments {
        @Argument(help: "The role.")
        var role: String

        @Option(help: "A user, by e-mail address or id.")
        var user: String?

        @Option(help: "A group, by name or id.")
        var group: String?

        @Option(help: "A credential, by client id.")
        var credential: String?

        /// Those that are named, with the words that the API has for their kinds.
        private var named: [(path: String, name: String)] {
            [("/user", user), ("/user-group", group), ("/api-integration", credential)].compactMap { path, name in
                name.map { (path, $0) }
            }
        }

        func validate() throws {
            guard named.count == 1 else { throw ValidationError("Name a --user, a --group or a --credential.") }
        }

        fileprivate func change(_ operation: String, _ options: ServerOptions) async throws {
            let body = JSONValue.array(
                named.map { ["op": .string(operation), "path": .string($0.path), "value": .string($0.name)] }
            )
            let subjects = try await options.withServer { (server) throws(CommandFailure) in
                let found = try await RolesCommand.role(role, server)
                return try await server.call(.PATCH, "\(path(of: found))/subjects", body)
            }
            guard !options.json else { return Terminal.print(subjects) }
            for subject in subjects["items"]?.array ?? [] {
                Terminal.print("\(subject["subjectType"]?.string ?? "")  \(subject["subjectId"]?.string ?? "")")
            }
        }
    }

    /// `headwater roles give`.
    struct Give: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "give",
            abstract: "Gives a role to a user, a group or a credential, and shows who has it."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var subject: Subject

        func run() async throws { try await subject.change("add", options) }
    }

    /// `headwater roles take`.
    struct Take: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take",
            abstract: "Takes a role from a user, a group or a credential, and shows who still has it."
        )

        @OptionGroup var options: ServerOptions
        @OptionGroup var subject: Subject

        func run() async throws { try await subject.change("remove", options) }
    }
}
