import ActivationCore
import ActivationEngine

extension ControlPlane {
    /// Whether somebody could sign in by an identity provider who is no user yet.
    var hasExternalGroups: Bool { snapshot.groups.contains { $0.externalName != nil } }

    /// Lets somebody in who was told of by an identity provider: their groups are those that it names now.
    ///
    /// Who comes for the first time becomes a user, if a group of theirs is known here and allows anything.
    ///
    /// - Parameters:
    ///   - token: What the provider says.
    ///   - issuer: The provider.
    ///   - cost: Of passwords.
    ///   - author: Who is noted beside the change; the name is put in here.
    /// - Returns: The user; nil for somebody who may do nothing here.
    /// - Throws: ``APIError`` when it cannot be stored.
    func signOn(
        _ token: IDToken,
        of issuer: String,
        cost: PasswordCost,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> ConsoleUser? {
        let known = snapshot.groups.compactMap(\.externalName)
        let identity = ExternalIdentity(
            issuer: issuer,
            subject: token.subject,
            name: token.name,
            groups: known.filter { name in token.groups.contains { $0.hasSameBytes(as: name) } }
        )
        let before = consoleUsers.first { $0.identity?.isSame(as: identity) ?? false }
        let label = snapshot.label(of: identity, email: token.email, except: before?.id)
        if let before, before.identity == identity, before.email == label {
            return snapshot.mayAnything(before) ? before : nil
        }
        var author = author
        author.name = label
        let entry = try await write(by: author) { draft throws(APIError) -> ControlEntry? in
            let present = draft.snapshot.user(identity)
            // Somebody else may have taken the address meanwhile.
            let label = draft.snapshot.label(of: identity, email: token.email, except: present?.id)
            let password = PasswordHash.ofNobody(cost: cost)
            guard let entry = present else {
                var body = ConsoleUser.body(email: label, password: password, roles: [], linkedAt: nil)
                body["identity"] = identity.json
                guard draft.snapshot.mayAnything(inGroups: identity.groups) else { return nil }
                return try draft.insert(.consoleUser, body: body)
            }
            var body = entry.body
            body["identity"] = identity.json
            body["email"] = .string(label)
            return try draft.replace(entry, body: body)
        }
        guard let user = entry.flatMap(ConsoleUser.init) else { return nil }
        return snapshot.mayAnything(user) ? user : nil
    }
}

extension ControlSnapshot {
    /// The user who is somebody at an identity provider.
    fileprivate func user(_ identity: ExternalIdentity) -> ControlEntry? {
        entries(.consoleUser).first { ConsoleUser($0)?.identity?.isSame(as: identity) ?? false }
    }

    /// What somebody is called here: their e-mail address, unless another user has it.
    fileprivate func label(of identity: ExternalIdentity, email: EmailAddress?, except id: String?) -> String {
        let own = "\(identity.subject) at \(identity.issuer)"
        guard let email else { return own }
        let isTaken = entries(.consoleUser).contains {
            $0.id != id && $0.string("email")?.hasSameBytes(as: email.text) ?? false
        }
        return isTaken ? own : email.text
    }

    /// Whether a user has any permission, in any sandbox.
    fileprivate func mayAnything(_ user: ConsoleUser) -> Bool { mayAnything(roles(of: user)) }

    fileprivate func mayAnything(inGroups names: [String]) -> Bool {
        mayAnything(
            groups.filter { group in names.contains { $0.hasSameBytes(as: group.externalName ?? "") } }.flatMap(\.roles)
        )
    }

    private func mayAnything(_ roles: [String]) -> Bool {
        sandboxes.contains { !permissions(of: roles, in: $0.name).isEmpty }
    }
}
