import ActivationCore
import Crypto

/// The server's own keys, by their names.
public enum ServerKey: String, Sendable, CaseIterable {
    /// Encrypts secrets at rest.
    case data
    /// Signs access tokens, links and forms.
    case token

    /// The file in the data directory.
    public var file: String { "\(rawValue).key" }
    /// The file of the key before, as long as something is left that only that one opens.
    public var previousFile: String { "\(rawValue).key.previous" }
}

/// A key that was taken the place of.
struct PreviousKey: Sendable {
    var key: SymmetricKey
    var replacedAt: Timestamp
    /// Whether it stands in a file of ours; else it came from the environment.
    var isInFile: Bool

    /// Bytes of the file: the key, and when it was replaced.
    static let fileBytes = KeyFile.bytes + 8

    /// What the file holds.
    static func file(_ key: [UInt8], replacedAt: Timestamp) -> [UInt8] {
        key + (0..<8).map { UInt8(truncatingIfNeeded: replacedAt.milliseconds >> (56 - 8 * $0)) }
    }

    /// Reads the file.
    ///
    /// - Throws: ``ServerStartError`` when it holds something else.
    static func read(_ path: String) throws(ServerStartError) -> PreviousKey? {
        guard let bytes = try PrivateFile.read(path) else { return nil }
        guard bytes.count == fileBytes else {
            throw ServerStartError(
                "\(path) has \(bytes.count) bytes, a key that is kept has \(fileBytes); restore the file from a backup"
            )
        }
        let time = bytes[KeyFile.bytes...].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return PreviousKey(
            key: SymmetricKey(data: bytes[..<KeyFile.bytes]),
            replacedAt: Timestamp(milliseconds: Int64(bitPattern: time)),
            isInFile: true
        )
    }
}
