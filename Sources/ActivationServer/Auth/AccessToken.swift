import ActivationCore
import Crypto

/// A signed statement that a client signed in: a JSON Web Token (RFC 7519) with HS256 (RFC 7518).
struct AccessToken: Sendable, Equatable {
    /// The client's id, `sub`.
    var clientID: String
    /// The organisation, `org`.
    var orgID: String
    /// When it was issued, `iat`.
    var issuedAt: Timestamp
    /// When it stops being valid, `exp`.
    var expiresAt: Timestamp
    /// A random id, `jti`.
    var id: String
    /// Which generation of its client's tokens it is of, `gen`; a token without is of the first, 0.
    var generation: Int64
    /// What it is narrowed to, `scope` (RFC 9068, 2.2.3); nil = nothing but its credential's roles.
    var scope: TokenScope?

    /// How long a token is valid (BEHAVIOUR 1.1).
    static let lifetime: Duration = .seconds(86_400)
    /// Longer texts are not tokens of ours.
    static let bytesMax = 4_096

    private static let issuer = "headwater"

    /// The token as text, signed.
    func signed(with key: SymmetricKey) -> String {
        let header: JSONValue = ["alg": "HS256", "typ": "JWT"]
        var claims: JSONObject = [
            "iss": .string(AccessToken.issuer),
            "sub": .string(clientID),
            "org": .string(orgID),
            "iat": .integer(issuedAt.milliseconds / 1_000),
            "exp": .integer(expiresAt.milliseconds / 1_000),
            "jti": .string(id),
        ]
        if generation != 0 { claims["gen"] = .integer(generation) }
        if let scope { claims["scope"] = .string(scope.text) }
        let signed = "\(Base64URL.encode(header.text.utf8)).\(Base64URL.encode(JSONValue.object(claims).text.utf8))"
        let code = HMAC<SHA256>.authenticationCode(for: Array(signed.utf8), using: key)
        return "\(signed).\(Base64URL.encode(Array(code)))"
    }

    /// Reads a token that this server signed and that is valid now; nil for anything else.
    ///
    /// The algorithm is pinned: the header must say HS256, and is never asked which key to use. The signature is
    /// compared in constant time before any claim is read.
    init?(_ text: String, key: SymmetricKey, now: Timestamp) {
        guard text.utf8.count <= AccessToken.bytesMax else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let code = Base64URL.decode(parts[2]) else { return nil }
        let signed = Array(text.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        guard HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key) else { return nil }
        // A text that is not JSON is one more way of not being a token.
        guard
            let headerBytes = Base64URL.decode(parts[0]), let header = try? JSONValue(parsing: headerBytes),
            let claimBytes = Base64URL.decode(parts[1]), let claims = try? JSONValue(parsing: claimBytes),
            header["alg"]?.string == "HS256",
            claims["iss"]?.string == AccessToken.issuer,
            let clientID = claims["sub"]?.string,
            let orgID = claims["org"]?.string,
            let issuedAt = claims["iat"]?.int64,
            let expiresAt = claims["exp"]?.int64,
            let milliseconds = Optional(expiresAt.multipliedReportingOverflow(by: 1_000)), !milliseconds.overflow,
            now.milliseconds < milliseconds.partialValue
        else { return nil }
        if let claim = claims["scope"] {
            // What cannot be read must not widen it.
            guard let names = claim.string else { return nil }
            scope = TokenScope(carried: names)
        }
        self.clientID = clientID
        self.orgID = orgID
        self.issuedAt = Timestamp(milliseconds: issuedAt &* 1_000)
        self.expiresAt = Timestamp(milliseconds: milliseconds.partialValue)
        id = claims["jti"]?.string ?? ""
        generation = claims["gen"]?.int64 ?? 0
    }

    /// Reads a token that one of a server's keys signed: the one in use, or the one before for what it may have signed while
    /// it was in use.
    init?(_ text: String, keys: ServerKeys, now: Timestamp) {
        let slot = keys.ring[.token]
        if let token = AccessToken(text, key: slot.current, now: now) {
            self = token
        } else if let previous = slot.previous, let token = AccessToken(text, key: previous.key, now: now),
            // Whoever has the key can sign any instant.
            token.expiresAt.milliseconds
                <= previous.replacedAt.milliseconds + AccessToken.lifetime.components.seconds * 1_000
        {
            self = token
        } else {
            return nil
        }
    }

    /// Creates a token.
    init(
        clientID: String,
        orgID: String,
        issuedAt: Timestamp,
        id: String,
        generation: Int64 = 0,
        scope: TokenScope? = nil
    ) {
        self.clientID = clientID
        self.orgID = orgID
        // Claims are whole seconds, so the value equals what its text says.
        let seconds = issuedAt.milliseconds / 1_000
        self.issuedAt = Timestamp(milliseconds: seconds * 1_000)
        expiresAt = Timestamp(milliseconds: (seconds + AccessToken.lifetime.components.seconds) * 1_000)
        self.id = id
        self.generation = generation
        self.scope = scope
    }
}
