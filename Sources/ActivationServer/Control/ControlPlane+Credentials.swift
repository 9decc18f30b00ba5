public import ActivationCore
public import ActivationEngine

/// A credential as it is listed; its secrets are never among what can be read.
public struct CredentialSummary: Sendable, Hashable {
    /// A secret, by what may be known of it.
    public struct Secret: Sendable, Hashable {
        /// The id.
        public var id: String
        /// When it was made.
        public var createdAt: Timestamp
    }

    /// The client id.
    public var clientID: String
    /// The name given when it was made.
    public var name: String
    /// Who answers for it; nil when nobody was named.
    public var owner: String?
    /// When it was made.
    public var createdAt: Timestamp
    /// When it stops being good; nil = never.
    public var expiresAt: Timestamp?
    /// When it last got a token, to the hour; nil = not yet, or before this was kept.
    public var lastUsedAt: Timestamp?
    /// Whether it was revoked; its tokens are refused from then on.
    public var isRevoked: Bool
    /// The ids of its roles.
    public var roles: [String]
    /// Requests that it may send in a second; nil = as many as it likes.
    public var requestsPerSecond: Int?
    /// Its secrets, the oldest first.
    public var secrets: [Secret]
}

/// A credential or a secret that is new, with the secret, which can be seen only now.
public struct NewCredential: Sendable {
    /// The client id.
    public var clientID: String
    /// The id of the secret.
    public var secretID: String
    /// The client secret.
    public var clientSecret: String
}

/// What somebody wants a credential to be.
public struct CredentialDraft: Sendable {
    /// What people call it.
    public var name: String
    /// The ids of the roles that say what it may do; one at least.
    public var roles: [String]
    /// Who answers for it.
    public var owner: String?
    /// When it stops being good; nil = never.
    public var expiresAt: Timestamp?
    /// Requests that it may send in a second, 1 to 100,000; nil = as many as it likes.
    public var requestsPerSecond: Int?

    /// What ``requestsPerSecond`` may be.
    public static let rates = 1...100_000

    /// Creates a draft.
    public init(name: String, roles: [String], owner: String? = nil, expiresAt: Timestamp? = nil) {
        self.name = name
        self.roles = roles
        self.owner = owner
        self.expiresAt = expiresAt
    }
}

extension ControlPlane {
    /// The organisation's id; empty before the first start is done.
    public var orgID: String {
        entries(.organisation).first?.string("orgId") ?? ""
    }

    /// The id of the sandbox.
    var sandboxID: String {
        entries(.organisation).first?.string("sandboxId") ?? ""
    }

    /// Whose every object is, as audiences and merge policies show it: `imsOrgId` and `sandbox` (BEHAVIOUR 4.4, 5.1).
    var owner: JSONObject {
        [
            "imsOrgId": .string(orgID),
            "sandbox": [
                "sandboxId": .string(sandboxID),
                "sandboxName": .string(sandbox.name),
                "type": .string(sandbox.kind.rawValue),
                "default": .bool(sandbox.isDefault),
            ],
        ]
    }

    /// All credentials, oldest first.
    public func credentials() -> [CredentialSummary] {
        entries(.credential).map(ControlPlane.summary)
    }

    /// A credential.
    ///
    /// - Throws: `1439-404`.
    func credential(_ clientID: String) throws(APIError) -> CredentialSummary {
        ControlPlane.summary(try snapshot.credential(clientID))
    }

    private static func summary(_ entry: ControlEntry) -> CredentialSummary {
        CredentialSummary(
            clientID: entry.id,
            name: entry.string("name") ?? "",
            owner: entry.string("owner"),
            createdAt: entry.createdAt,
            expiresAt: entry.expiresAt,
            lastUsedAt: entry.body[lastUsedAt]?.int64.map { Timestamp(milliseconds: $0) },
            isRevoked: entry.body["revokedAt"] != nil,
            roles: entry.roles,
            requestsPerSecond: entry.requestsPerSecond,
            secrets: CredentialSecret.stored(entry).map {
                CredentialSummary.Secret(id: $0.id, createdAt: $0.createdAt)
            }
        )
    }

    /// Makes a credential.
    ///
    /// - Parameters:
    ///   - draft: What it is to be.
    ///   - author: Whose name stands in the history.
    /// - Returns: Its id, and the secret that is shown only now.
    /// - Throws: ``APIError`` for roles that there are not or an expiry that is over, or when it cannot be stored.
    public func createCredential(
        _ draft: CredentialDraft,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> NewCredential {
        let secret = ClientSecret.make()
        return try await write(by: author) { change throws(APIError) in
            guard !draft.roles.isEmpty else { throw APIError(.fieldInvalid, "a credential needs one role at least") }
            try change.check(roles: draft.roles, at: "roles")
            try change.check(expiry: draft.expiresAt)
            try ControlPlane.check(rate: draft.requestsPerSecond)
            let clientID = change.makeID().filter { $0 != "-" }
            let kept = CredentialSecret(secret, id: change.makeID(), at: change.now)
            try change.insert(.credential, id: clientID, body: ControlPlane.credentialBody(draft, kept))
            return NewCredential(clientID: clientID, secretID: kept.id, clientSecret: secret)
        }
    }

    /// Gives a credential a second secret, so that programs can go over to it one by one.
    ///
    /// - Parameters:
    ///   - clientID: The credential.
    ///   - author: Whose name stands in the history.
    /// - Returns: The secret, which is shown only now.
    /// - Throws: `1439-404`, `CONFLICT` when it is revoked or has two already.
    public func addSecret(
        toCredential clientID: String,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> NewCredential {
        let secret = ClientSecret.make()
        return try await write(by: author) { change throws(APIError) in
            let entry = try change.snapshot.credential(clientID)
            guard entry.body["revokedAt"] == nil else {
                throw APIError(.conflict, "the credential is revoked; make another one")
            }
            let secrets = CredentialSecret.stored(entry)
            guard secrets.count < CredentialSecret.most else {
                throw APIError(
                    .conflict,
                    "the credential has \(secrets.count) secrets already; remove the older one first"
                )
            }
            let kept = CredentialSecret(secret, id: change.makeID(), at: change.now)
            try change.replace(entry, secrets: secrets + [kept])
            return NewCredential(clientID: clientID, secretID: kept.id, clientSecret: secret)
        }
    }

    /// Takes a secret away from a credential that has another one; tokens it got stay good until they expire.
    ///
    /// - Throws: `1439-404`, `CONFLICT` for the only one.
    public func removeSecret(
        _ id: String,
        fromCredential clientID: String,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        try await write(by: author) { change throws(APIError) in
            let entry = try change.snapshot.credential(clientID)
            let secrets = CredentialSecret.stored(entry)
            guard secrets.contains(where: { $0.id == id }) else {
                throw APIError(.resourceUnknown, "the credential has no secret with this id")
            }
            guard secrets.count > 1 else {
                throw APIError(.conflict, "the credential has no other secret; add one first, or revoke the credential")
            }
            try change.replace(entry, secrets: secrets.filter { $0.id != id })
        }
    }

    /// Changes what is said of a credential beside its secrets.
    ///
    /// - Parameters:
    ///   - clientID: The credential.
    ///   - author: Whose name stands in the history.
    ///   - edit: Changes the draft that it stands for.
    /// - Throws: `1439-404`, `FIELD_INVALID`, `CONFLICT` when nobody could administer any more.
    func changeCredential(
        _ clientID: String,
        by author: ConfigurationChange.Author,
        _ edit: @Sendable (inout CredentialDraft) throws(APIError) -> Void
    ) async throws(APIError) {
        try await write(by: author) { change throws(APIError) in
            let entry = try change.snapshot.credential(clientID)
            var before = CredentialDraft(
                name: entry.string("name") ?? "",
                roles: entry.roles,
                owner: entry.string("owner"),
                expiresAt: entry.expiresAt
            )
            before.requestsPerSecond = entry.requestsPerSecond
            var draft = before
            try edit(&draft)
            try change.check(roles: draft.roles, at: "/roles")
            if draft.expiresAt != before.expiresAt { try change.check(expiry: draft.expiresAt) }
            try ControlPlane.check(rate: draft.requestsPerSecond)
            var body = entry.body
            ControlPlane.write(draft, to: &body)
            guard body != entry.body else { return }
            try change.replace(entry, body: body)
            try change.requireAdministrator()
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
            let entry = try draft.snapshot.credential(clientID)
            guard entry.body["revokedAt"] == nil else { return }
            var body = entry.body
            body["revokedAt"] = .integer(draft.now.milliseconds)
            try draft.replace(entry, body: body)
        }
    }

    /// Whether a credential exists, is not revoked and has not expired.
    func isActive(clientID: String) -> Bool {
        organisation.entry(.credential, clientID).map { $0.isActiveAccount(at: time.now()) } ?? false
    }

    /// Whether this is a secret of an active credential; takes as long for unknown ids as for known ones.
    func isSecret(_ secret: String, of clientID: String) -> Bool {
        var secrets = entry(.credential, clientID).map(CredentialSecret.stored) ?? []
        while secrets.count < CredentialSecret.most { secrets.append(.nobodys) }
        var isEqual = false
        for kept in secrets where kept.matches(secret) && kept != .nobodys { isEqual = true }
        return isEqual && isActive(clientID: clientID)
    }

    /// Notes that a credential got a token; kept to the hour.
    func noteUse(ofCredential clientID: String) async throws(APIError) {
        let now = time.now()
        let hour = now.milliseconds / ControlPlane.hour
        let last = entry(.credential, clientID)?.body[ControlPlane.lastUsedAt]?.int64 ?? .min
        guard last / ControlPlane.hour != hour else { return }
        try await write(by: .server) { change throws(APIError) in
            guard let entry = change.snapshot.entry(.credential, clientID) else { return }
            var body = entry.body
            body[ControlPlane.lastUsedAt] = .integer(hour * ControlPlane.hour)
            try change.replace(entry, body: body)
        }
    }

    private static let hour: Int64 = 3_600_000
    /// The member that says when a credential last got a token.
    static let lastUsedAt = "lastUsedAt"

    static func credentialBody(_ draft: CredentialDraft, _ secret: CredentialSecret) -> JSONObject {
        var body: JSONObject = ["secrets": [secret.json]]
        write(draft, to: &body)
        return body
    }

    private static func write(_ draft: CredentialDraft, to body: inout JSONObject) {
        body["name"] = .string(draft.name)
        body["roles"] = .array(draft.roles.map { .string($0) })
        body["owner"] = draft.owner.map { .string($0) }
        body["expiresAt"] = draft.expiresAt.map { .integer($0.milliseconds) }
        body["requestsPerSecond"] = draft.requestsPerSecond.map { .integer(Int64($0)) }
    }

    private static func check(rate: Int?) throws(APIError) {
        guard let rate, !CredentialDraft.rates.contains(rate) else { return }
        let rates = CredentialDraft.rates
        throw APIError(
            .fieldInvalid,
            "/requestsPerSecond is \(rates.lowerBound) to \(rates.upperBound), or left out for as many as they are"
        )
    }

    /// Requests that a credential may send in a second; nil = as many as it likes.
    func requestsPerSecond(ofCredential clientID: String) -> Int? {
        organisation.entry(.credential, clientID)?.requestsPerSecond
    }
}

extension ControlSnapshot {
    /// The credential with a client id.
    ///
    /// - Throws: `1439-404`.
    func credential(_ clientID: String) throws(APIError) -> ControlEntry {
        guard let entry = entry(.credential, clientID) else {
            throw APIError(.resourceUnknown, "no credential has this client id; list them to see which there are")
        }
        return entry
    }
}

extension ControlEntry {
    fileprivate var requestsPerSecond: Int? {
        body["requestsPerSecond"]?.int64.flatMap { Int(exactly: $0) }.flatMap {
            CredentialDraft.rates.contains($0) ? $0 : nil
        }
    }

    /// When a credential stops being good; nil = never.
    fileprivate var expiresAt: Timestamp? { body["expiresAt"]?.int64.map { Timestamp(milliseconds: $0) } }

    /// Whether a user or credential is neither revoked nor expired.
    func isActiveAccount(at now: Timestamp) -> Bool {
        body["revokedAt"] == nil && expiresAt.map { now < $0 } ?? true
    }
}

extension ControlDraft {
    fileprivate func check(expiry: Timestamp?) throws(APIError) {
        guard let expiry, expiry <= now else { return }
        throw APIError(.fieldInvalid, "/expiresAt is over already; give an instant that is to come, or none")
    }

    /// Gives a credential other secrets; those of before there could be two go into the list.
    fileprivate mutating func replace(_ entry: ControlEntry, secrets: [CredentialSecret]) throws(APIError) {
        var body = entry.body
        body["secrets"] = .array(secrets.map(\.json))
        body["salt"] = nil
        body["digest"] = nil
        try replace(entry, body: body)
    }
}
