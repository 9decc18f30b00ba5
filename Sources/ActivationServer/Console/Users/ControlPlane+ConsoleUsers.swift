import ActivationCore
import ActivationEngine

/// The users of the console.
extension ControlPlane {
    /// All users, oldest first.
    var consoleUsers: [ConsoleUser] { entries(.consoleUser).compactMap(ConsoleUser.init) }

    /// Whether anybody can sign in to the console.
    public var hasConsoleUsers: Bool { !consoleUsers.isEmpty }

    /// The user with an id.
    func consoleUser(_ id: String) -> ConsoleUser? { entry(.consoleUser, id).flatMap(ConsoleUser.init) }

    /// The user with a password and an e-mail address; those of an identity provider are never found by it.
    func consoleUser(_ email: EmailAddress) -> ConsoleUser? {
        consoleUsers.first { $0.identity == nil && $0.email.hasSameBytes(as: email.text) }
    }

    /// Makes the first user, an administrator.
    ///
    /// - Parameters:
    ///   - email: Who it is.
    ///   - password: What is kept of the password.
    ///   - requestID: The request that asked for it.
    /// - Returns: The user.
    /// - Throws: `CONFLICT` when there is one already.
    func makeFirstConsoleUser(
        _ email: EmailAddress,
        _ password: PasswordHash,
        requestID: String? = nil
    ) async throws(APIError) -> ConsoleUser {
        let author = ConfigurationChange.Author(name: email.text, way: .console, requestID: requestID)
        let entry = try await write(by: author) { draft throws(APIError) in
            guard draft.snapshot.count(.consoleUser) == 0 else {
                throw APIError(.conflict, "the first user exists already; sign in, or ask for a link")
            }
            let body = ConsoleUser.body(
                email: email.text,
                password: password,
                roles: [Role.administrator.id],
                linkedAt: nil
            )
            return try draft.insert(.consoleUser, body: body)
        }
        return try ControlPlane.user(entry)
    }

    /// Lets another person in, who sets a password by a link.
    ///
    /// - Parameters:
    ///   - email: Who it is.
    ///   - roles: The ids of the roles that say what they may do.
    ///   - cost: Of passwords.
    ///   - author: Whose name stands in the history.
    /// - Returns: The user.
    /// - Throws: `CONFLICT` when there is one with this address, `FIELD_INVALID` for roles that there are not.
    func inviteUser(
        _ email: EmailAddress,
        roles: [String],
        cost: PasswordCost,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> ConsoleUser {
        let entry = try await write(by: author) { draft throws(APIError) in
            try draft.check(roles: roles, at: "/roles")
            let isKnown = draft.snapshot.entries(.consoleUser).contains {
                $0.string("email")?.hasSameBytes(as: email.text) ?? false
            }
            guard !isKnown else { throw APIError(.conflict, "there is a user with this e-mail address already") }
            let password = PasswordHash.ofNobody(cost: cost)
            // Links of before are for somebody who had this address earlier; the invitation's is made after this.
            let linkedAt = Timestamp(milliseconds: draft.now.milliseconds - 1)
            let body = ConsoleUser.body(email: email.text, password: password, roles: roles, linkedAt: linkedAt)
            return try draft.insert(.consoleUser, body: body)
        }
        return try ControlPlane.user(entry)
    }

    /// Takes a user away, and signs them out everywhere.
    ///
    /// - Throws: `1439-404`, `CONFLICT` when nobody could administer any more.
    func removeUser(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await write(by: author) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.consoleUser, id) else {
                throw APIError(.resourceUnknown, "no user has this id")
            }
            for session in draft.snapshot.entries(.consoleSession) where session.string("userId") == id {
                draft.remove(session)
            }
            for left in draft.snapshot.entries(.consoleDraft) where left.string("owner") == id { draft.remove(left) }
            try draft.removeFromGroups(user: id)
            draft.remove(entry)
            try draft.requireAdministrator()
        }
    }

    /// Gives a user another password; sessions that began before end with it.
    ///
    /// - Parameters:
    ///   - id: The user.
    ///   - password: What is kept of the new password.
    ///   - link: When the link was made that allows it; links of then and before are used up. nil = no link was used.
    ///   - author: Who does it.
    /// - Returns: The user.
    /// - Throws: `CONFLICT` when the link was used already, or the user has gone.
    func setPassword(
        of id: String,
        _ password: PasswordHash,
        link: Timestamp?,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> ConsoleUser {
        let entry = try await write(by: author) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.consoleUser, id), let user = ConsoleUser(entry) else {
                throw APIError(.conflict, "the user does not exist any more")
            }
            guard user.identity == nil else {
                throw APIError(.conflict, "the user signs in by the identity provider and has no password")
            }
            if let link, let last = user.linkedAt, link <= last {
                throw APIError(.conflict, "the link was used already; ask for another one")
            }
            for session in draft.snapshot.entries(.consoleSession) where session.string("userId") == id {
                draft.remove(session)
            }
            let body = ConsoleUser.body(
                email: user.email,
                password: password,
                roles: user.ownRoles,
                linkedAt: link ?? user.linkedAt
            )
            return try draft.replace(entry, body: body)
        }
        return try ControlPlane.user(entry)
    }

    /// Keeps a hash that costs more than the one there was; the password is the same and sessions go on.
    func keep(_ password: PasswordHash, of user: ConsoleUser) async throws(APIError) {
        try await write(by: .server) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.consoleUser, user.id), ConsoleUser(entry)?.password == user.password
            else { return }
            var body = entry.body
            body["password"] = .string(password.text)
            try draft.replace(entry, body: body)
        }
    }

    private static func user(_ entry: ControlEntry) throws(APIError) -> ConsoleUser {
        guard let user = ConsoleUser(entry) else { throw APIError(.internalError, "a stored user does not read back") }
        return user
    }
}
