public import Crypto
import Glibc

/// The server's own keys: one signs access tokens, one encrypts secrets at rest (BEHAVIOUR 1.10).
///
/// They can be replaced while the server runs; whoever holds this asks for the key each time.
public struct ServerKeys: Sendable {
    let ring: KeyRing

    /// Signs access tokens.
    var tokenKey: SymmetricKey { ring[.token].current }
    /// Encrypts the secrets of connections.
    var dataKey: SymmetricKey { ring[.data].current }

    /// Uses the keys given.
    public init(tokenKey: SymmetricKey, dataKey: SymmetricKey) {
        ring = KeyRing(
            [
                .token: KeyRing.Slot(current: tokenKey, isInFile: true),
                .data: KeyRing.Slot(current: dataKey, isInFile: true),
            ],
            directory: nil
        )
    }

    /// Reads the keys of a data directory and makes those that are missing.
    ///
    /// `token.key` and `data.key` hold 32 random bytes each and only their owner may read them. `token.key.previous` and
    /// `data.key.previous` are the keys before, with the time of their end, as long as they are needed.
    ///
    /// - Parameters:
    ///   - directory: The data directory; it exists.
    ///   - dataKey: The key of ``dataKey(hexadecimal:named:)`` instead of `data.key`.
    ///   - previousDataKey: The one before it, with which secrets may still be encrypted.
    /// - Throws: ``ServerStartError`` naming the file and what is wrong with it.
    public init(
        directory: String,
        dataKey: SymmetricKey? = nil,
        previousDataKey: SymmetricKey? = nil
    ) throws(ServerStartError) {
        ring = try KeyRing(
            directory: directory,
            dataKey: dataKey,
            previousDataKey: previousDataKey,
            makes: true
        )
    }

    private init(ring: KeyRing) {
        self.ring = ring
    }

    /// Reads the keys of a data directory and changes nothing.
    ///
    /// - Throws: ``ServerStartError`` also for one that is missing.
    public static func existing(
        inDirectory directory: String,
        dataKey: SymmetricKey? = nil,
        previousDataKey: SymmetricKey? = nil
    ) throws(ServerStartError) -> ServerKeys {
        ServerKeys(
            ring: try KeyRing(
                directory: directory,
                dataKey: dataKey,
                previousDataKey: previousDataKey,
                makes: false
            )
        )
    }

    /// Reads a key that comes from outside.
    ///
    /// - Parameters:
    ///   - text: `HEADWATER_DATA_KEY`, or `HEADWATER_DATA_KEY_PREVIOUS`.
    ///   - name: Which of them.
    /// - Returns: The key.
    /// - Throws: ``ServerStartError`` when it is not 64 hexadecimal digits.
    public static func dataKey(
        hexadecimal text: String,
        named name: String = "HEADWATER_DATA_KEY"
    ) throws(ServerStartError) -> SymmetricKey {
        guard let bytes = ServerKeys.bytes(hexadecimal: text), bytes.count == KeyFile.bytes else {
            throw ServerStartError(
                "\(name) must be 64 hexadecimal digits (32 bytes); make one with: openssl rand -hex 32"
            )
        }
        return SymmetricKey(data: bytes)
    }

    private static func bytes(hexadecimal text: String) -> [UInt8]? {
        let digits = text.utf8.map(\.hexDigit)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[index], let low = digits[index + 1] else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }
}
