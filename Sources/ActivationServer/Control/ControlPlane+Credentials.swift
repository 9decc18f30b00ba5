public import ActivationCore
public import ActivationEngine

/// A credential as it is listed; the secret is never among what can be read.
public struct CredentialSummary: Sendable, Hashable {
    /// The client id.
    public var clientID: String
    /// The name given when it was made.
    public var name: String
    /// When it was made.
    public var createdAt: Timestamp
    /// Whether it was revoked; its tokens are refused from then on.
    public var isRevoked: Bool
    /// The ids of its roles.
    public var roles: [String]
}

/// A new credential with its secret, which can be seen only now.
public struct NewCredential: Sendable {
    /// The client id.
    public var clientID: String
    /// The client secret.
    public var clientSecret: String
}

extension ControlPlane {
    /// The organisation's id; empty before the first start is done.
    public var orgID: String {
        entries(.organisation).first?.string("orgId") ?? ""
    }

    /// The id of the sandbox `prod`.
    var sandboxID: String {
        entries(.organisation).first?.string("sandboxId") ?? ""
    }

    /// Whose every object is, as audiences and merge policies show it: `imsOrgId` and `sandbox` (BEHAVIOUR 4.4, 5.1).
    var owner: JSONObject {
        [
            "imsOrgId": .string(orgID),
            "sandbox": [
                "sandboxId": .string(sandboxID),
                "sandboxName": .string(Sandbox.name),
                "type": "production",
                "default": true,
            ],
        ]
    }

    /// All credentials, oldest first.
    public func credentials() -> [CredentialSummary] {
        entries(.credential).map { entry in
            CredentialSummary(
                clientID: entry.id,
                name: entry.string("name") ?? "",
                createdAt: entry.createdAt,
                isRevoked: entry.body["revokedAt"] != nil,
                roles: entry.roles
            )
        }
    }

    /// Makes a credential.
    ///
    /// - Parameters:
    ///   - name: What people call it.
    ///   - roles: The ids of the roles that say what it may do; one at least.
    ///   - author: Whose name stands in the history.
    /// - Returns: Its id, and the secret that is shown only now.
    /// - Throws: ``APIError`` for roles that there are not, or when it cannot be stored.
    public func createCredential(
        name: String,
        roles: [String],
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> NewCredential {
        let secret = ClientSecret.make()
        return try await write(by: author) { draft throws(APIError) in
            guard !roles.isEmpty else { throw APIError(.fieldInvalid, "a credential needs one role at least") }
            try draft.check(roles: roles, at: "roles")
            let clientID = draft.makeID().filter { $0 != "-" }
            try draft.insert(
                .credential,
                id: clientID,
                body: ControlPlane.credentialBody(name: name, roles: roles, secret: secret)
            )
            return NewCredential(clientID: clientID, clientSecret: secret)
        }
    }

    /// Revokes a credential and with it every token it got.
    ///
    /// - Throws: ``APIError`` when there is none with this client id, or it cannot be stored.
    public func revokeCredential(
        clientID: String,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        try await write(by: author) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.credential, clientID) else {
                throw APIError(.resourceUnknown, "no credential has this client id; list them to see which there are")
            }
            guard entry.body["revokedAt"] == nil else { return }
            var body = entry.body
            body["revokedAt"] = .integer(draft.now.milliseconds)
            try draft.replace(entry, body: body)
        }
    }

    /// Whether a credential exists and is not revoked.
    func isActive(clientID: String) -> Bool {
        entry(.credential, clientID).map { $0.body["revokedAt"] == nil } ?? false
    }

    /// Whether this is the secret of an active credential; takes as long for unknown ids as for known ones.
    func isSecret(_ secret: String, of clientID: String) -> Bool {
        let entry = entry(.credential, clientID)
        let salt = entry?.string("salt").flatMap { Base64URL.decode($0) } ?? [UInt8](repeating: 0, count: 16)
        let digest = ClientSecret.digest(secret, salt: salt)
        let stored = entry?.string("digest").flatMap { Base64URL.decode($0) } ?? [UInt8](repeating: 0, count: 32)
        let isEqual = ClientSecret.isEqual(digest, stored)
        return isEqual && isActive(clientID: clientID)
    }

    static func credentialBody(name: String, roles: [String], secret: String) -> JSONObject {
        let salt = ClientSecret.random(16)
        return [
            "name": .string(name),
            "roles": .array(roles.map { .string($0) }),
            "salt": .string(Base64URL.encode(salt)),
            "digest": .string(Base64URL.encode(ClientSecret.digest(secret, salt: salt))),
        ]
    }
}
