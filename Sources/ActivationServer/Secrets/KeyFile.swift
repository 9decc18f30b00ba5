import ActivationCore
import FoundationEssentials

/// A file of one key: 32 random bytes that only their owner may read.
enum KeyFile {
    static let bytes = 32

    /// The key of a file, or nil when there is none.
    ///
    /// - Throws: ``ServerStartError`` naming the file and what is wrong with it.
    static func read(_ path: String) throws(ServerStartError) -> [UInt8]? {
        guard let key = try PrivateFile.read(path) else { return nil }
        guard key.count == bytes else {
            throw ServerStartError(
                "\(path) has \(key.count) bytes, a key has \(bytes); restore the file from a backup"
            )
        }
        return key
    }

    /// The key of a file, which is made when there is none.
    static func readOrMake(_ path: String) throws(ServerStartError) -> [UInt8] {
        if let key = try read(path) { return key }
        return try make(path)
    }

    /// When a file was written; nil when there is none.
    static func writtenAt(_ path: String) -> Timestamp? {
        // Who asks is told what is known.
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        let date = attributes?[.modificationDate] as? Date
        return date.map { Timestamp(milliseconds: Int64($0.timeIntervalSince1970 * 1_000)) }
    }

    /// Makes a new key and puts it in place.
    static func make(_ path: String) throws(ServerStartError) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        let key = (0..<bytes).map { _ in UInt8.random(in: 0...255, using: &generator) }
        try PrivateFile.write(key, to: path)
        return key
    }
}
