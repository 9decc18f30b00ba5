import ActivationCore
import ActivationEngine

/// That somebody gets a role, or has it no more.
struct RoleSubjectChange: Sendable {
    /// A user, a credential or a group.
    var kind: ControlKind
    /// An id, a user's e-mail address or a group's name.
    var name: String
    var isGiven: Bool

    /// What kind of subject it is.
    fileprivate var word: String {
        switch kind {
        case .credential: "credential"
        case .userGroup: "group"
        default: "user"
        }
    }
}

extension ControlPlane {
    /// Gives a role to users, credentials and groups and takes it from others, all of it or nothing.
    ///
    /// - Parameters:
    ///   - changes: What is to be done, in order.
    ///   - role: The role.
    ///   - author: Whose name stands in the history.
    /// - Throws: `1439-400` for somebody unknown, `CONFLICT` when nobody could administer any more.
    func changeSubjects(
        _ changes: [RoleSubjectChange],
        ofRole role: String,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        try await write(by: author) { draft throws(APIError) in
            guard draft.snapshot.role(role) != nil else {
                throw APIError(.resourceUnknown, "no role has the id in the path")
            }
            for change in changes {
                guard let entry = draft.snapshot.account(change.kind, change.name) else {
                    throw APIError(.referenceUnknown, "no \(change.word) is called \"\(change.name.excerpt(100))\"")
                }
                var roles = entry.roles
                roles.removeAll { $0 == role }
                if change.isGiven { roles.append(role) }
                guard Set(roles) != Set(entry.roles) else { continue }
                var body = entry.body
                body["roles"] = .array(roles.map { .string($0) })
                try draft.replace(entry, body: body)
            }
            try draft.requireAdministrator()
        }
    }
}

extension ControlSnapshot {
    /// A user, credential or group by id, a user by e-mail address, or a group by name.
    fileprivate func account(_ kind: ControlKind, _ name: String) -> ControlEntry? {
        switch kind {
        case .consoleUser: user(name)
        case .userGroup: group(name).flatMap { entry(.userGroup, $0.id) }
        default: entry(kind, name)
        }
    }
}
