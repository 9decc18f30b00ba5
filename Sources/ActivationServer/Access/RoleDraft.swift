import ActivationCore

/// What somebody wants a role to be.
struct RoleDraft: Sendable {
    var name: String
    var meaning: String
    var permissions: Set<Permission>
    /// Labels that it lets see.
    var labels: [String]
    /// Names of the sandboxes in which it counts.
    var sandboxes: [String]

    private static let meaningCharactersMax = 1_024

    /// Reads a role's members.
    ///
    /// - Parameter fields: `name`, `description`, `permissionSets`, `subjectAttributes.labels`, `sandboxes` (the default one where they are left out); `roleType` is `user-defined` when it is there.
    /// - Throws: `FIELD_INVALID`.
    init(_ fields: Fields) throws(APIError) {
        name = try fields.requiredString("name", charactersMax: ServerLimits.nameCharactersMax)
        meaning = try fields.string("description", charactersMax: RoleDraft.meaningCharactersMax) ?? ""
        permissions = try RoleDraft.permissions(
            try fields.strings("permissionSets", itemsMax: Permission.allCases.count)
        )
        labels = try fields.fields("subjectAttributes")?.strings("labels", itemsMax: UsageLabel.perPlaceMax) ?? []
        sandboxes =
            fields["sandboxes"] == nil
            ? [Sandbox.defaultName] : try fields.strings("sandboxes", itemsMax: ControlPlane.sandboxesMost)
        guard name.trimmingSpaces == name, !name.isEmpty, !name.contains(where: \.isNewline) else {
            throw APIError(.fieldInvalid, "/name is one line without blanks around it")
        }
        if let type = try fields.string("roleType"), type != "user-defined" {
            throw APIError(.fieldInvalid, "/roleType is user-defined; the others come with the server")
        }
    }

    private static func permissions(_ names: [String]) throws(APIError) -> Set<Permission> {
        var permissions: Set<Permission> = []
        for name in names {
            guard let permission = Permission(apiName: name) else {
                throw APIError(
                    .fieldInvalid,
                    "/permissionSets: \"\(name.excerpt(64))\" is no permission; there are "
                        + Permission.allCases.map(\.apiName).joined(separator: ", ")
                )
            }
            permissions.insert(permission)
        }
        return permissions
    }

    /// The role, with what comes with each of its permissions.
    func role(id: String) -> Role {
        Role(
            id: id,
            name: name,
            meaning: meaning,
            permissions: permissions,
            labels: labels.map(UsageLabel.plainName),
            sandboxes: sandboxes
        )
    }

    /// Refuses a name that another role has, and labels and sandboxes that there are not.
    func check(in snapshot: ControlSnapshot, except id: String?) throws(APIError) {
        guard Set(sandboxes.map(ByteKey.init)).count == sandboxes.count else {
            throw APIError(.fieldInvalid, "/sandboxes has a sandbox twice")
        }
        for name in sandboxes {
            // One that is going lets nobody in, and a new one of its name is another one.
            guard let sandbox = snapshot.sandbox(named: name), sandbox.state != .deleting else {
                throw APIError(.fieldInvalid, "/sandboxes: there is no sandbox \"\(name.excerpt(64))\"")
            }
        }
        _ = try snapshot.labelNames(labels, at: "/subjectAttributes/labels")
        guard let other = snapshot.roles.first(where: { $0.name.lowercased() == name.lowercased() && $0.id != id })
        else { return }
        throw APIError(.conflict, "the role \(other.id) has this name already")
    }
}
