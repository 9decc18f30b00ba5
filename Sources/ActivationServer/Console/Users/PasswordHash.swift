import ActivationCore
import Crypto
import CryptoExtras

/// How much work a password costs, to check and to guess (RFC 7914).
public struct PasswordCost: Sendable, Equatable {
    /// The exponent of scrypt's N.
    var exponent: Int
    /// scrypt's r.
    var blockSize: Int
    /// scrypt's p.
    var parallelism: Int

    /// One of OWASP's settings: 32 MiB and a fifth of a second.
    public static let standard = PasswordCost(exponent: 15, blockSize: 8, parallelism: 3)
    /// Next to none; for tests.
    static let least = PasswordCost(exponent: 4, blockSize: 8, parallelism: 1)

    /// What is still computed: a store says what it likes.
    fileprivate var isReasonable: Bool {
        (1...20).contains(exponent) && (1...16).contains(blockSize) && (1...16).contains(parallelism)
    }
}

/// What is kept of a password.
struct PasswordHash: Sendable, Equatable {
    let cost: PasswordCost
    private let salt: [UInt8]
    private let key: [UInt8]

    private static let saltBytes = 16
    private static let keyBytes = 32

    /// Makes one of a new password; slow, so not for an event loop.
    ///
    /// - Throws: `INTERNAL` when the library refuses.
    init(of password: String, cost: PasswordCost) throws(APIError) {
        self.cost = cost
        salt = ClientSecret.random(PasswordHash.saltBytes)
        guard let key = PasswordHash.derive(password, salt: salt, cost: cost) else {
            throw APIError(.internalError, "the password could not be hashed; nothing was stored")
        }
        self.key = key
    }

    /// The hash of no password, which takes as long to compare with as any.
    ///
    /// - Parameter cost: How long that is.
    /// - Returns: The hash.
    static func ofNobody(cost: PasswordCost) -> PasswordHash {
        PasswordHash(
            cost: cost,
            salt: [UInt8](repeating: 0, count: saltBytes),
            key: [UInt8](repeating: 0, count: keyBytes)
        )
    }

    private init(cost: PasswordCost, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.salt = salt
        self.key = key
    }

    /// Reads `scrypt$15$8$3$salt$key`; nil for any other text.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 6, parts[0] == "scrypt", let exponent = Int(parts[1]), let blockSize = Int(parts[2]),
            let parallelism = Int(parts[3]), let salt = Base64URL.decode(parts[4]),
            let key = Base64URL.decode(parts[5]), !salt.isEmpty, key.count == PasswordHash.keyBytes
        else { return nil }
        cost = PasswordCost(exponent: exponent, blockSize: blockSize, parallelism: parallelism)
        guard cost.isReasonable else { return nil }
        self.salt = salt
        self.key = key
    }

    /// The stored form.
    var text: String {
        "scrypt$\(cost.exponent)$\(cost.blockSize)$\(cost.parallelism)$\(Base64URL.encode(salt))$\(Base64URL.encode(key))"
    }

    /// Whether this is the password; slow, so not for an event loop.
    func matches(_ password: String) -> Bool {
        PasswordHash.derive(password, salt: salt, cost: cost).map { ClientSecret.isEqual($0, key) } ?? false
    }

    /// scrypt; nil for an empty password, which the library does not take, or when it refuses.
    private static func derive(_ password: String, salt: [UInt8], cost: PasswordCost) -> [UInt8]? {
        guard !password.isEmpty else { return nil }
        // It fails for want of memory or a cost out of its range, and says nothing more.
        let key = try? KDF.Scrypt.deriveKey(
            from: Array(password.utf8),
            salt: salt,
            outputByteCount: keyBytes,
            rounds: 1 << cost.exponent,
            blockSize: cost.blockSize,
            parallelism: cost.parallelism
        )
        return key?.withUnsafeBytes { Array($0) }
    }
}
