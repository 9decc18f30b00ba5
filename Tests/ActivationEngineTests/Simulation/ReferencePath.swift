/// Where an attribute stands: its keys from the root, told apart by their bytes.
struct ReferencePath: Hashable, Comparable {
    /// The keys as canonical JSON content, each ended by a zero, which no such content has.
    private(set) var bytes: [UInt8] = []

    static let root = ReferencePath()

    /// A path written with dots; for keys that need no escape.
    init(_ dotted: String = "") {
        for key in dotted.split(separator: ".") { bytes += Array(key.utf8) + [0] }
    }

    /// The path one level below.
    func appending(_ key: some Sequence<UInt8>) -> ReferencePath {
        var path = self
        path.bytes.append(contentsOf: key)
        path.bytes.append(0)
        return path
    }

    /// All paths strictly above, the root not counted.
    var ancestors: [ReferencePath] {
        var found: [ReferencePath] = []
        var path = ReferencePath()
        for key in keys.dropLast() {
            path = path.appending(key)
            found.append(path)
        }
        return found
    }

    /// The keys, first to last.
    var keys: [ArraySlice<UInt8>] { bytes.split(separator: 0) }

    /// Whether the other path is this one or stands below it.
    func covers(_ other: ReferencePath) -> Bool { other.bytes.starts(with: bytes) }

    static func < (left: ReferencePath, right: ReferencePath) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}
