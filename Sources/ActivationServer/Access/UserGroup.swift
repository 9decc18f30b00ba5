import ActivationCore

/// People who have roles together, in the whole organisation (BEHAVIOUR 8.8).
struct UserGroup: Sendable, Equatable {
    /// A UUID.
    var id: String
    var name: String
    /// Whom it is meant for.
    var meaning: String
    /// What the identity provider calls it; nil = the provider puts nobody in.
    var externalName: String?
    /// The ids of the users that were put in by hand.
    var members: [String]
    /// The ids of the roles that each of them has.
    var roles: [String]

    /// Groups that the organisation may have.
    static let countMax = 200
    /// Users that may be put into one by hand.
    static let membersMax = 1_000

    init(id: String, name: String, meaning: String, externalName: String?, members: [String], roles: [String]) {
        self.id = id
        self.name = name
        self.meaning = meaning
        self.externalName = externalName
        self.members = members
        self.roles = roles
    }

    /// Reads a stored group; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .userGroup, let name = entry.string("name") else { return nil }
        self.init(
            id: entry.id,
            name: name,
            meaning: entry.string("description") ?? "",
            externalName: entry.string("externalName"),
            members: (entry.body["members"]?.array ?? []).compactMap(\.string),
            roles: entry.roles
        )
    }

    /// The stored form.
    var body: JSONObject {
        var body: JSONObject = [
            "name": .string(name), "description": .string(meaning),
            "members": .array(members.map { .string($0) }), "roles": .array(roles.map { .string($0) }),
        ]
        body["externalName"] = externalName.map { .string($0) }
        return body
    }

    /// Whether a user was put in by hand.
    func names(_ user: String) -> Bool { members.contains { $0.hasSameBytes(as: user) } }
}

extension ControlSnapshot {
    /// All groups, oldest first.
    var groups: [UserGroup] { entries(.userGroup).compactMap(UserGroup.init) }

    /// The group with an id, or with a name, whose capital letters do not count.
    func group(_ name: String) -> UserGroup? {
        entry(.userGroup, name).flatMap(UserGroup.init) ?? groups.first { $0.name.lowercased() == name.lowercased() }
    }

    /// The groups that a user is in.
    func groups(of user: ConsoleUser) -> [UserGroup] {
        groups.filter { $0.names(user.id) || isExternal(user, in: $0) }
    }

    /// Whether the identity provider put a user into a group.
    func isExternal(_ user: ConsoleUser, in group: UserGroup) -> Bool {
        guard let name = group.externalName, let identity = user.identity else { return false }
        return identity.groups.contains { $0.hasSameBytes(as: name) }
    }

    /// The ids of the roles that a user has: their own and those of their groups.
    func roles(of user: ConsoleUser) -> [String] {
        groups(of: user).flatMap(\.roles).reduce(into: user.ownRoles) { roles, role in
            if !roles.contains(role) { roles.append(role) }
        }
    }
}
