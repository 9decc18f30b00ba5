import ActivationCore
import Crypto

/// A client secret and the digest under which it is stored.
///
/// Secrets are made by the server with 256 random bits, so a salted HKDF digest cannot be guessed; slow password
/// hashing would only slow the token endpoint down.
enum ClientSecret {
    /// A new secret.
    static func make() -> String {
        "hw_" + Base64URL.encode(random(32))
    }

    /// What is stored of a secret.
    static func digest(_ secret: String, salt: [UInt8]) -> [UInt8] {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: Array(secret.utf8)),
            salt: salt,
            info: Array("headwater client secret v1".utf8),
            outputByteCount: 32
        )
        return key.withUnsafeBytes { Array($0) }
    }

    /// Random bytes from the system.
    static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
    }

    /// Whether two digests are equal, in a time that does not depend on where they differ.
    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in left.indices { difference |= left[index] ^ right[index] }
        return difference == 0
    }
}
