import Crypto

/// Secrets at rest: AES-256-GCM, bound to the object they belong to.
struct SecretBox: Sendable {
    private let key: SymmetricKey

    /// Creates a box over the data key.
    init(key: SymmetricKey) {
        self.key = key
    }

    /// Nonce, ciphertext and tag as text.
    ///
    /// - Parameters:
    ///   - secret: What is kept.
    ///   - owner: The id of the object it belongs to; it opens only there.
    /// - Returns: The text.
    /// - Throws: `INTERNAL` when encryption fails.
    func seal(_ secret: [UInt8], owner: String) throws(APIError) -> String {
        do {
            let box = try AES.GCM.seal(secret, using: key, authenticating: Array(owner.utf8))
            return Base64URL.encode(Array(box.nonce) + Array(box.ciphertext) + Array(box.tag))
        } catch {
            throw APIError(.internalError, "a secret could not be encrypted; nothing was stored")
        }
    }

    /// The secret, or nil when the text was changed, belongs to another object or to another key.
    func open(_ sealed: String, owner: String) -> [UInt8]? {
        guard let bytes = Base64URL.decode(sealed), bytes.count >= 28 else { return nil }
        // Any failure means the same to the caller: these bytes do not open with this key.
        guard
            let nonce = try? AES.GCM.Nonce(data: bytes[..<12]),
            let box = try? AES.GCM.SealedBox(
                nonce: nonce,
                ciphertext: bytes[12..<(bytes.count - 16)],
                tag: bytes.suffix(16)
            ),
            let secret = try? AES.GCM.open(box, using: key, authenticating: Array(owner.utf8))
        else { return nil }
        return Array(secret)
    }
}
