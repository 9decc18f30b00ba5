import ActivationCore

/// What is kept of a secret of a credential: never the secret itself.
///
/// A credential has one, or two while programs go from one to the other.
struct CredentialSecret: Sendable, Equatable {
    let id: String
    let createdAt: Timestamp
    private let salt: [UInt8]
    private let digest: [UInt8]

    /// Secrets of a credential at a time.
    static let most = 2

    private static let saltBytes = 16

    /// Makes what is kept of a secret.
    init(_ secret: String, id: String, at now: Timestamp) {
        self.id = id
        createdAt = now
        salt = ClientSecret.random(CredentialSecret.saltBytes)
        digest = ClientSecret.digest(secret, salt: salt)
    }

    /// The secret of nobody, which takes as long to compare with as any.
    static let nobodys = CredentialSecret("", id: "", at: Timestamp(milliseconds: 0))

    /// Reads a member of `secrets`; nil when it is none.
    private init?(_ json: JSONValue) {
        guard let id = json["id"]?.string, let createdAt = json["createdAt"]?.int64 else { return nil }
        self.init(json, id: id, at: Timestamp(milliseconds: createdAt))
    }

    private init?(_ json: JSONValue, id: String, at createdAt: Timestamp) {
        guard let salt = json["salt"]?.string.flatMap({ Base64URL.decode($0) }),
            let digest = json["digest"]?.string.flatMap({ Base64URL.decode($0) })
        else { return nil }
        self.id = id
        self.createdAt = createdAt
        self.salt = salt
        self.digest = digest
    }

    /// The stored form.
    var json: JSONValue {
        [
            "id": .string(id), "createdAt": .integer(createdAt.milliseconds),
            "salt": .string(Base64URL.encode(salt)), "digest": .string(Base64URL.encode(digest)),
        ]
    }

    /// Whether this is the secret, in a time that does not depend on where it differs.
    func matches(_ secret: String) -> Bool {
        ClientSecret.isEqual(ClientSecret.digest(secret, salt: salt), digest)
    }

    /// The secrets of a stored credential, the oldest first; one that was stored before there could be two has no list.
    static func stored(_ entry: ControlEntry) -> [CredentialSecret] {
        if let list = entry.body["secrets"]?.array { return list.compactMap { CredentialSecret($0) } }
        return [CredentialSecret(.object(entry.body), id: "first", at: entry.createdAt)].compactMap(\.self)
    }
}
