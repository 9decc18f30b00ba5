public import ActivationCore
import Crypto

/// A link by which somebody who may read the server's directory lets a person in, once.
///
/// Nothing is stored when one is made: it is signed with a key of the directory, and a user remembers when the last link
/// was made that was used.
public struct SignInLink: Sendable {
    /// Whom it lets in.
    enum Guest: Sendable, Equatable {
        /// Whoever makes the first user.
        case first
        /// The user with an e-mail address, by its digest.
        case user(digest: String)
    }

    let guest: Guest
    let madeAt: Timestamp
    let endsAt: Timestamp

    /// How long the link for the first user is good.
    static let firstLifetime: Int64 = 24 * 3_600_000
    /// How long a link for a user is good.
    static let lifetime: Int64 = 600_000
    /// How long one who was invited has.
    static let invitationLifetime: Int64 = 3 * 24 * 3_600_000

    /// The code of a link, signed with a server's key.
    ///
    /// - Parameters:
    ///   - email: The e-mail address of the user, who sets a new password with it within ten minutes; nil = the link is for
    ///     whoever makes the first user, within a day.
    ///   - directory: The server's data directory.
    ///   - now: The present.
    /// - Returns: The code, for ``url(_:at:)``.
    /// - Throws: ``ServerStartError`` for a text that is no e-mail address, or a directory that is no server's.
    public static func code(
        for email: String?,
        inDirectory directory: String,
        now: Timestamp
    ) throws(ServerStartError) -> String {
        let path = "\(directory)/token.key"
        guard let key = try KeyFile.read(path) else {
            throw ServerStartError("\(path) is missing; \(directory) is not a server's directory, or was never served")
        }
        guard let email else { return code(nil, SymmetricKey(data: key), now) }
        guard let address = EmailAddress(email) else {
            throw ServerStartError("\(email) is not an e-mail address; write it such as ana@shop.example")
        }
        return code(address, SymmetricKey(data: key), now)
    }

    /// The code of a link for whoever makes the first user.
    ///
    /// - Parameters:
    ///   - keys: The server's keys.
    ///   - now: The present.
    /// - Returns: The code, for ``url(_:at:)``.
    public static func first(keys: ServerKeys, now: Timestamp) -> String {
        code(nil, keys.tokenKey, now)
    }

    /// The code of a link for a user who was invited and has no password yet.
    static func invitation(_ email: EmailAddress, keys: ServerKeys, now: Timestamp) -> String {
        code(email, keys.tokenKey, now, lifetime: invitationLifetime)
    }

    /// The link with a code.
    ///
    /// - Parameters:
    ///   - code: The code.
    ///   - endpoint: The server's base URL.
    /// - Returns: The URL.
    public static func url(_ code: String, at endpoint: String) -> String {
        "\(endpoint)/console/link/\(code)"
    }

    /// Reads a code; nil when it is not one of this server's, or its time is over.
    init?(code: String, keys: ServerKeys, now: Timestamp) {
        guard
            let bytes = Base64URL.decode(code), bytes.count > SignInLink.signBytes,
            keys.ring[.token].all.contains(where: { key in
                HMAC<SHA256>.isValidAuthenticationCode(
                    bytes.suffix(SignInLink.signBytes),
                    authenticating: bytes.dropLast(SignInLink.signBytes),
                    using: SignInLink.key(key)
                )
            }),
            let text = String(validating: bytes.dropLast(SignInLink.signBytes), as: UTF8.self)
        else { return nil }
        let parts = text.split(separator: " ")
        guard parts.count == 3, let made = Int64(parts[1]), let ends = Int64(parts[2]), now.milliseconds < ends
        else { return nil }
        guest = parts[0] == "first" ? .first : .user(digest: String(parts[0]))
        madeAt = Timestamp(milliseconds: made)
        endsAt = Timestamp(milliseconds: ends)
    }

    /// Whether the link is for the user with an e-mail address.
    func isFor(_ email: EmailAddress) -> Bool {
        switch guest {
        case .first: true
        case .user(let digest): digest == SignInLink.digest(of: email)
        }
    }

    private static let signBytes = 32

    /// The code of a link for a user, or for the first one.
    static func code(
        _ email: EmailAddress?,
        _ tokenKey: SymmetricKey,
        _ now: Timestamp,
        lifetime: Int64 = lifetime
    ) -> String {
        let guest = email.map { digest(of: $0) } ?? "first"
        let end = now.milliseconds + (email == nil ? firstLifetime : lifetime)
        let bytes = Array("\(guest) \(now.milliseconds) \(end)".utf8)
        return Base64URL.encode(bytes + Array(HMAC<SHA256>.authenticationCode(for: bytes, using: key(tokenKey))))
    }

    private static func key(_ tokenKey: SymmetricKey) -> SymmetricKey {
        SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array("console links".utf8), using: tokenKey))
    }

    private static func digest(of email: EmailAddress) -> String {
        Base64URL.encode(SHA256.hash(data: Array(email.text.utf8)).prefix(16))
    }
}
