import Crypto

/// Secrets at rest: AES-256-GCM, bound to the object they belong to.
///
/// What is sealed is sealed with the key in use; what the key before sealed is still opened as long as that one is kept.
struct SecretBox: Sendable {
    /// The one that seals first.
    private let keys: @Sendable () -> [SymmetricKey]

    /// Creates a box over a key.
    init(key: SymmetricKey) {
        keys = { [key] }
    }

    /// Creates a box over the data keys of a server.
    init(_ keys: ServerKeys) {
        self.keys = { keys.ring[.data].all }
    }

    /// Creates a box for what stands in pages and addresses, and nowhere at rest: its key follows from the token key.
    init(pagesOf keys: ServerKeys) {
        self.keys = {
            keys.ring[.token].all.map { key in
                SymmetricKey(data: HMAC<SHA256>.authenticationCode(for: Array("console pages".utf8), using: key))
            }
        }
    }

    /// Whether there is more than one key, so that something may be sealed with another than the present one.
    var isChanging: Bool { keys().count > 1 }

    /// Nonce, ciphertext and tag as text.
    ///
    /// - Parameters:
    ///   - secret: What is kept.
    ///   - owner: The id of the object it belongs to; it opens only there.
    /// - Returns: The text.
    /// - Throws: `INTERNAL` when encryption fails.
    func seal(_ secret: [UInt8], owner: String) throws(APIError) -> String {
        do {
            let box = try AES.GCM.seal(secret, using: keys()[0], authenticating: Array(owner.utf8))
            return Base64URL.encode(Array(box.nonce) + Array(box.ciphertext) + Array(box.tag))
        } catch {
            throw APIError(.internalError, "a secret could not be encrypted; nothing was stored")
        }
    }

    /// The secret, or nil when the text was changed, belongs to another object or to another key.
    func open(_ sealed: String, owner: String) -> [UInt8]? {
        guard let bytes = Base64URL.decode(sealed) else { return nil }
        for key in keys() {
            if let secret = SecretBox.open(bytes, owner, key) { return secret }
        }
        return nil
    }

    /// What a rotation makes of a sealed text.
    enum Resealed: Sendable, Equatable {
        /// It is sealed with the key in use.
        case current
        /// The same secret, sealed with the key in use.
        case sealed(String)
        /// No key that is there opens it.
        case unreadable
    }

    /// Seals a text anew if another key than the one in use has sealed it.
    ///
    /// - Throws: `INTERNAL` when encryption fails.
    func resealed(_ sealed: String, owner: String) throws(APIError) -> Resealed {
        guard let bytes = Base64URL.decode(sealed) else { return .unreadable }
        let keys = keys()
        if SecretBox.open(bytes, owner, keys[0]) != nil { return .current }
        for key in keys.dropFirst() {
            if let secret = SecretBox.open(bytes, owner, key) { return .sealed(try seal(secret, owner: owner)) }
        }
        return .unreadable
    }

    private static func open(_ bytes: [UInt8], _ owner: String, _ key: SymmetricKey) -> [UInt8]? {
        // Any failure means the same to the caller: these bytes do not open with this key.
        guard bytes.count >= 28, let nonce = try? AES.GCM.Nonce(data: bytes[..<12]),
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
