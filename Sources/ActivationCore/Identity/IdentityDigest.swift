/// A keyed hash of an identity: tells whether it is one that comes again, and not who it is.
public struct IdentityDigest: Hashable, Comparable, Sendable {
    /// The hash; all of one key have the same length.
    public var bytes: [UInt8]

    /// Creates a digest of a hash.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The order of the bytes, in which lists are shown.
    public static func < (left: IdentityDigest, right: IdentityDigest) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// Makes the digest of an identity; the same for the same identity, always.
public typealias IdentityHash = @Sendable (Identity) -> IdentityDigest
