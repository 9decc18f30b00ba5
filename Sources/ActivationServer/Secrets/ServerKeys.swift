public import Crypto
import Glibc

/// The server's own keys: one signs access tokens, one encrypts secrets at rest (BEHAVIOUR 1.10).
public struct ServerKeys: Sendable {
    /// Signs and checks access tokens.
    var tokenKey: SymmetricKey
    /// Encrypts the secrets of connections.
    var dataKey: SymmetricKey

    /// Uses the keys given.
    public init(tokenKey: SymmetricKey, dataKey: SymmetricKey) {
        self.tokenKey = tokenKey
        self.dataKey = dataKey
    }

    /// Reads the keys of a data directory and makes those that are missing.
    ///
    /// `token.key` and `data.key` hold 32 random bytes each and only their owner may read them.
    ///
    /// - Parameters:
    ///   - directory: The data directory; it exists.
    ///   - dataKey: The key of ``dataKey(hexadecimal:)`` instead of `data.key`.
    /// - Throws: ``ServerStartError`` naming the file and what is wrong with it.
    public init(directory: String, dataKey: SymmetricKey? = nil) throws(ServerStartError) {
        tokenKey = SymmetricKey(data: try KeyFile.readOrMake("\(directory)/token.key"))
        if let dataKey {
            self.dataKey = dataKey
        } else {
            self.dataKey = SymmetricKey(data: try KeyFile.readOrMake("\(directory)/data.key"))
        }
    }

    /// Reads the key that takes the place of `data.key`.
    ///
    /// - Parameter text: `HEADWATER_DATA_KEY`.
    /// - Returns: The key.
    /// - Throws: ``ServerStartError`` when it is not 64 hexadecimal digits.
    public static func dataKey(hexadecimal text: String) throws(ServerStartError) -> SymmetricKey {
        guard let bytes = ServerKeys.bytes(hexadecimal: text), bytes.count == KeyFile.bytes else {
            throw ServerStartError(
                "HEADWATER_DATA_KEY must be 64 hexadecimal digits (32 bytes); make one with: openssl rand -hex 32"
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
