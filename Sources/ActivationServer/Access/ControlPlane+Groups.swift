import ActivationCore
import ActivationEngine

extension ControlPlane {
    /// Makes a group.
    ///
    /// - Throws: `FIELD_INVALID`, `CONFLICT` for a name that another one has, or when there are too many.
    func makeGroup(_ draft: UserGroupDraft, by client: AuthenticatedClient) async throws(APIError) -> ControlEntry {
        try await write(by: client.author) { change throws(APIError) in
            guard change.snapshot.count(.userGroup) < UserGroup.countMax else {
                throw APIError(.conflict, "there are \(UserGroup.countMax) groups already; delete one first")
            }
            let group = try draft.group(id: "", in: change)
            return try change.insert(.userGroup, body: AuditTrail.created(group.body, by: client))
        }
    }

    /// Changes a group; its members may do what its roles say from their next request on.
    ///
    /// - Parameters:
    ///   - id: The group.
    ///   - client: Who asks.
    ///   - edit: Makes the new one of the present one.
    /// - Returns: The group.
    /// - Throws: `1439-404`, `FIELD_INVALID`, `CONFLICT` for a name that another one has, or when nobody could administer
    ///   any more.
    func changeGroup(
        _ id: String,
        by client: AuthenticatedClient,
        _ edit: @Sendable (UserGroup) throws(APIError) -> UserGroupDraft
    ) async throws(APIError) -> ControlEntry {
        try await write(by: client.author) { change throws(APIError) in
            let (entry, group) = try change.snapshot.storedGroup(id)
            let new = try edit(group).group(id: id, in: change)
            guard new != group else { return entry }
            let changed = try change.replace(entry, body: AuditTrail.updated(new.body, from: entry, by: client))
            try change.requireAdministrator()
            return changed
        }
    }

    /// Deletes a group; its members lose its roles with it.
    ///
    /// - Throws: `1439-404`, `CONFLICT` when nobody could administer any more.
    func deleteGroup(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await write(by: author) { change throws(APIError) in
            change.remove(try change.snapshot.storedGroup(id).entry)
            try change.requireAdministrator()
        }
    }
}

extension ControlSnapshot {
    fileprivate func storedGroup(_ id: String) throws(APIError) -> (entry: ControlEntry, group: UserGroup) {
        guard let entry = entry(.userGroup, id), let group = UserGroup(entry) else {
            throw APIError(.resourceUnknown, "no group has this id")
        }
        return (entry, group)
    }
}

extension ControlDraft {
    /// Takes a user out of every group into which they were put by hand.
    mutating func removeFromGroups(user: String) throws(APIError) {
        for entry in snapshot.entries(.userGroup) {
            guard var group = UserGroup(entry), group.names(user) else { continue }
            group.members.removeAll { $0.hasSameBytes(as: user) }
            var body = entry.body
            body["members"] = group.body["members"]
            try replace(entry, body: body)
        }
    }
}
