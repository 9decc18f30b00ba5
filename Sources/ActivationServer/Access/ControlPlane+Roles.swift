import ActivationCore
import ActivationEngine

extension ControlSnapshot {
    /// All roles: those that every server has, then the organisation's own, oldest first.
    var roles: [Role] { Role.builtIn + entries(.role).compactMap(Role.init) }

    /// The role with an id.
    func role(_ id: String) -> Role? {
        Role.builtIn.first { $0.id == id } ?? entry(.role, id).flatMap(Role.init)
    }

    /// Those of some roles that count in a sandbox; a role that is gone counts nowhere.
    private func roles(_ ids: [String], in sandbox: String) -> [Role] {
        ids.compactMap { role($0) }.filter { $0.counts(in: sandbox) }
    }

    /// Whether the roles of a user or credential let them into a sandbox.
    func admits(_ roles: [String], to sandbox: String) -> Bool { !self.roles(roles, in: sandbox).isEmpty }

    /// What the roles of a user or credential allow in a sandbox; what concerns the organisation as a whole is held in the
    /// default one.
    func permissions(of roles: [String], in sandbox: String) -> Set<Permission> {
        let held = { (name: String) in
            self.roles(roles, in: name).reduce(into: Set<Permission>()) { $0.formUnion($1.permissions) }
        }
        return held(sandbox).subtracting(Permission.ofOrganisation)
            .union(held(Sandbox.defaultName).intersection(Permission.ofOrganisation))
    }

    /// The labels that the roles of a user or credential let them see in a sandbox.
    func labels(of roles: [String], in sandbox: String) -> Set<String> {
        self.roles(roles, in: sandbox).reduce(into: []) { $0.formUnion($1.labels) }
    }

    /// Groups, users and credentials that have a role themselves; those that are revoked have none any more.
    func holders(ofRole id: String) -> [ControlEntry] {
        (entries(.userGroup) + entries(.consoleUser) + entries(.credential)).filter {
            $0.body["revokedAt"] == nil && $0.roles.contains(id)
        }
    }

    /// Whether anybody at all may administer; whom the identity provider puts into groups, it can take out again.
    func hasAdministrator(at now: Timestamp) -> Bool {
        let mayAdminister = { (roles: [String]) in
            permissions(of: roles, in: Sandbox.defaultName).contains(.administer)
        }
        let isAccount = (entries(.consoleUser) + entries(.credential)).contains {
            $0.isActiveAccount(at: now) && mayAdminister($0.roles)
        }
        return isAccount || groups.contains { !$0.members.isEmpty && mayAdminister($0.roles) }
    }
}

extension ControlEntry {
    /// The ids of the roles of a user, credential or group.
    ///
    /// Users and credentials of before there were roles do not name any and may do everything, as they always could.
    var roles: [String] {
        guard let roles = body["roles"] else { return kind == .userGroup ? [] : [Role.administrator.id] }
        return (roles.array ?? []).compactMap(\.string)
    }
}

extension ControlDraft {
    /// Checks the roles that somebody is to have.
    ///
    /// - Parameters:
    ///   - roles: Their ids.
    ///   - pointer: Where they stand.
    /// - Throws: `FIELD_INVALID` for one twice or one that there is not.
    func check(roles: [String], at pointer: String) throws(APIError) {
        guard Set(roles).count == roles.count else {
            throw APIError(.fieldInvalid, "\(pointer) has a role twice")
        }
        guard let unknown = roles.first(where: { snapshot.role($0) == nil }) else { return }
        throw APIError(
            .fieldInvalid,
            "\(pointer): no role has the id \"\(unknown.excerpt(64))\"; roles that every server has are "
                + Role.builtIn.map(\.id).joined(separator: ", ")
        )
    }

    /// Refuses a change after which nobody could administer.
    ///
    /// - Throws: `CONFLICT`.
    func requireAdministrator() throws(APIError) {
        guard before.hasAdministrator(at: now), !snapshot.hasAdministrator(at: now) else { return }
        throw APIError(
            .conflict,
            "nobody would be left with the permission \(Permission.administer.rawValue); give it to somebody else first"
        )
    }
}

extension ControlPlane {
    /// What somebody with some roles may do in this sandbox.
    func access(of roles: [String]) -> SandboxAccess {
        let (snapshot, name) = (organisation.whole, sandbox.name)
        return SandboxAccess(
            isAdmitted: snapshot.admits(roles, to: name),
            permissions: snapshot.permissions(of: roles, in: name),
            clearance: snapshot.clearance(of: roles, in: name)
        )
    }

    /// What a credential may do in this sandbox.
    func access(ofCredential clientID: String) -> SandboxAccess {
        access(of: organisation.entry(.credential, clientID)?.roles ?? [])
    }

    /// What an access token lets whoever has it do in this sandbox: what its credential's roles allow, and its scope names.
    func access(of token: AccessToken) -> SandboxAccess {
        var access = access(ofCredential: token.clientID)
        if let scope = token.scope { access.permissions.formIntersection(scope.permissions) }
        return access
    }

    /// Roles that the organisation may have of its own.
    static let rolesMax = 200
    /// Those and the ones that every server has.
    static let rolesInAllMax = rolesMax + Role.builtIn.count

    /// Makes a role.
    ///
    /// - Throws: `CONFLICT` for a name that another one has, or when there are too many.
    func makeRole(_ draft: RoleDraft, by client: AuthenticatedClient) async throws(APIError) -> ControlEntry {
        try await write(by: client.author) { change throws(APIError) in
            guard change.snapshot.count(.role) < ControlPlane.rolesMax else {
                throw APIError(.conflict, "there are \(ControlPlane.rolesMax) roles already; delete one first")
            }
            try draft.check(in: change.snapshot, except: nil)
            return try change.insert(.role, body: AuditTrail.created(draft.role(id: "").body, by: client))
        }
    }

    /// Changes a role of the organisation's own; who has it may do what it says from the next request on.
    ///
    /// - Parameters:
    ///   - id: The role.
    ///   - client: Who asks.
    ///   - edit: Makes the new one of the present one.
    /// - Returns: The role.
    /// - Throws: `1439-404`, `CONFLICT` for one that every server has, for a name that another one has, or when nobody
    ///   could administer any more.
    func changeRole(
        _ id: String,
        by client: AuthenticatedClient,
        _ edit: @Sendable (ControlEntry) throws(APIError) -> RoleDraft
    ) async throws(APIError) -> ControlEntry {
        try await write(by: client.author) { change throws(APIError) in
            let entry = try change.snapshot.ownRole(id)
            let draft = try edit(entry)
            try draft.check(in: change.snapshot, except: id)
            let body = AuditTrail.updated(draft.role(id: id).body, from: entry, by: client)
            let changed = try change.replace(entry, body: body)
            try change.requireAdministrator()
            return changed
        }
    }

    /// Deletes a role of the organisation's own.
    ///
    /// - Throws: `1439-404`, `CONFLICT` for one that every server has or that somebody still has.
    func deleteRole(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await write(by: author) { change throws(APIError) in
            let entry = try change.snapshot.ownRole(id)
            let holders = change.snapshot.holders(ofRole: id)
            guard holders.isEmpty else {
                throw APIError(
                    .conflict,
                    "\(holders.count) groups, users and credentials have this role; give them another one first"
                )
            }
            change.remove(entry)
        }
    }

    /// Gives a user other roles.
    ///
    /// - Throws: `1439-404`, `FIELD_INVALID`, `CONFLICT` when nobody could administer any more.
    func setRoles(
        _ roles: [String],
        ofUser id: String,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        try await write(by: author) { change throws(APIError) in
            guard let entry = change.snapshot.entry(.consoleUser, id) else {
                throw APIError(.resourceUnknown, "no user has this id")
            }
            try change.check(roles: roles, at: "/roles")
            guard entry.roles != roles else { return }
            var body = entry.body
            body["roles"] = .array(roles.map { .string($0) })
            try change.replace(entry, body: body)
            try change.requireAdministrator()
        }
    }
}

extension ControlSnapshot {
    /// A role that can be changed.
    fileprivate func ownRole(_ id: String) throws(APIError) -> ControlEntry {
        if let entry = entry(.role, id) { return entry }
        guard role(id) == nil else {
            throw APIError(.conflict, "every server has this role as it is; make one of your own instead")
        }
        throw APIError(.resourceUnknown, "no role has this id")
    }
}
