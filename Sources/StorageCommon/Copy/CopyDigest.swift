import Crypto

/// How many rows there are and a digest of them, the same in whatever order they come.
///
/// The sum of the first sixteen bytes of SHA-256 of each: who wants two tables of equal count to have equal sums has to find
/// them first, and by chance none have.
package struct CopyDigest: Sendable, Hashable {
    /// How many rows there are.
    package private(set) var count: Int64 = 0
    private var high: UInt64 = 0
    private var low: UInt64 = 0

    /// Of no rows.
    package init() {}

    /// Adds a row.
    package mutating func add(_ row: [CopiedValue]) {
        var hash = SHA256()
        for value in row {
            switch value {
            case .null: Self.update(&hash, 0, 0)
            case .number(let number): Self.update(&hash, 1, UInt64(bitPattern: number))
            case .bytes(let bytes):
                Self.update(&hash, 2, UInt64(bytes.count))
                hash.update(data: bytes)
            }
        }
        count += 1
        hash.finalize().withUnsafeBytes { digest in
            let bytes = digest.prefix(16)
            let parts = (bytes.prefix(8), bytes.suffix(8))
            high &+= parts.0.reduce(0) { $0 << 8 | UInt64($1) }
            low &+= parts.1.reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    /// The sum, in 32 hexadecimal digits.
    package var text: String {
        [high, low].map { part in
            let digits = String(part, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    private static func update(_ hash: inout SHA256, _ tag: UInt8, _ number: UInt64) {
        withUnsafeBytes(of: tag) { hash.update(bufferPointer: $0) }
        withUnsafeBytes(of: number.bigEndian) { hash.update(bufferPointer: $0) }
    }
}
