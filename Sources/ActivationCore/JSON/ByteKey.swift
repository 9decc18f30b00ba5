/// A text that serves as a key: equal only when its bytes are.
///
/// Swift's own `==` on strings takes canonically equivalent texts for one (`é` as one scalar or as two), so that two
/// ids of a client would become one. Whatever text comes from outside and serves as a key goes through this.
public struct ByteKey: Hashable, Comparable, Sendable {
    /// The text.
    public var string: String

    /// Creates a key.
    public init(_ string: String) {
        self.string = string
    }

    /// Byte equality.
    public static func == (left: ByteKey, right: ByteKey) -> Bool {
        left.string.hasSameBytes(as: right.string)
    }

    /// The order of the bytes.
    public static func < (left: ByteKey, right: ByteKey) -> Bool {
        left.string.comesBefore(right.string)
    }

    /// Hashes the bytes that `==` compares.
    public func hash(into hasher: inout Hasher) {
        string.utf8.withContiguousBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }
}
