/// Why bytes are no document of the wire they came by; holds no content of the document beyond one byte.
public struct WireError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The position of the byte that could not be read.
    public var offset: Int
    /// What stands there.
    public var found: String
    /// What would have been accepted.
    public var expected: String

    /// Makes an error about one position.
    public init(offset: Int, found: String, expected: String) {
        self.offset = offset
        self.found = found
        self.expected = expected
    }

    /// One sentence for a log line or an answer.
    public var description: String {
        "Expected \(expected) at byte \(offset), found \(found)."
    }
}

/// Bounds of a document on the wire.
public enum WireLimits {
    /// Bytes of one document: a request is at most 10 MiB of data and keys, which base64 and the entries' own syntax
    /// make 17 MiB at most; an answer to GetRecords is 10 MiB of data in base64 as well.
    public static let documentBytesMax = 20 * 1024 * 1024
    /// Nesting: the deepest document of the service has five levels.
    public static let depthMax = 32
    /// Items and members in all: GetRecords answers at most 10,000 records of five members.
    public static let valuesMax = 200_000
}
