import ActivationCore
import ActivationEngine

/// That somebody gets a role, or has it no more.
struct RoleSubjectChange: Sendable {
    /// A user or a credential.
    var kind: ControlKind
    /// An id, or a user's e-mail address.
    var name: String
    var isGiven: Bool
}

extension ControlPlane {
    /// Gives a role to users and credentials and takes it from others, all of it or nothing.
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
                    let what = change.kind == .credential ? "credential" : "user"
                    throw APIError(.referenceUnknown, "no \(what) is called \"\(change.name.excerpt(100))\"")
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
    /// A user or credential by id, or a user by e-mail address.
    fileprivate func account(_ kind: ControlKind, _ name: String) -> ControlEntry? {
        if let entry = entry(kind, name) { return entry }
        guard kind == .consoleUser, let email = EmailAddress(name) else { return nil }
        return entries(.consoleUser).first { $0.string("email")?.hasSameBytes(as: email.text) ?? false }
    }
}
