import ActivationCore

/// What somebody wants a group to be.
struct UserGroupDraft: Sendable {
    var name: String
    var meaning: String
    /// What the identity provider calls it.
    var externalName: String?
    /// Ids or e-mail addresses of users.
    var members: [String]
    /// Ids of roles.
    var roles: [String]

    static let meaningCharactersMax = 1_024
    static let externalNameCharactersMax = 256

    /// Reads a group's members.
    ///
    /// - Parameters:
    ///   - fields: `name`, `description`, `externalName` (empty = none), `members`, `roles`.
    ///   - old: What is kept where a member is left out; nil = the group is new.
    /// - Throws: `FIELD_INVALID`.
    init(_ fields: Fields, changing old: UserGroup? = nil) throws(APIError) {
        name =
            old != nil && fields["name"] == nil
            ? old?.name ?? "" : try fields.requiredString("name", charactersMax: ServerLimits.nameCharactersMax)
        meaning =
            try fields.string("description", charactersMax: UserGroupDraft.meaningCharactersMax) ?? old?.meaning ?? ""
        externalName =
            try fields.string("externalName", charactersMax: UserGroupDraft.externalNameCharactersMax)
            ?? old?.externalName
        members =
            fields["members"] == nil
            ? old?.members ?? [] : try fields.strings("members", itemsMax: UserGroup.membersMax)
        roles =
            fields["roles"] == nil
            ? old?.roles ?? [] : try fields.strings("roles", itemsMax: ControlPlane.rolesInAllMax)
        try UserGroupDraft.checkLine(name, at: "/name")
        if externalName == "" { externalName = nil }
        if let externalName { try UserGroupDraft.checkLine(externalName, at: "/externalName") }
    }

    private static func checkLine(_ text: String, at pointer: String) throws(APIError) {
        guard text.trimmingSpaces == text, !text.isEmpty, !text.contains(where: \.isNewline) else {
            throw APIError(.fieldInvalid, "\(pointer) is one line without blanks around it")
        }
    }

    /// The group, its members by their ids.
    ///
    /// - Parameters:
    ///   - id: Its id; empty = it is new.
    ///   - draft: What it is held against.
    /// - Returns: The group.
    /// - Throws: `FIELD_INVALID` for users and roles that there are not, `CONFLICT` for a name that another one has.
    func group(id: String, in draft: ControlDraft) throws(APIError) -> UserGroup {
        let others = draft.snapshot.groups.filter { $0.id != id }
        if let other = others.first(where: { $0.name.lowercased() == name.lowercased() }) {
            throw APIError(.conflict, "the group \(other.id) has this name already")
        }
        if let externalName,
            let other = others.first(where: { $0.externalName?.hasSameBytes(as: externalName) ?? false }
            )
        {
            throw APIError(.conflict, "/externalName: the group \(other.id) has it already")
        }
        try draft.check(roles: roles, at: "/roles")
        var users: [String] = []
        for member in members {
            guard let user = draft.snapshot.user(member) else {
                throw APIError(.fieldInvalid, "/members: no user has the id or e-mail address \(member.excerpt(100))")
            }
            if !users.contains(user.id) { users.append(user.id) }
        }
        return UserGroup(
            id: id,
            name: name,
            meaning: meaning,
            externalName: externalName,
            members: users,
            roles: roles
        )
    }
}

extension ControlSnapshot {
    /// A user by id or e-mail address.
    func user(_ name: String) -> ControlEntry? {
        if let entry = entry(.consoleUser, name) { return entry }
        let email = EmailAddress(name)?.text ?? name
        return entries(.consoleUser).first { $0.string("email")?.hasSameBytes(as: email) ?? false }
    }
}
