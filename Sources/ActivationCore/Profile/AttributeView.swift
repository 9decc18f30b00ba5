/// The winning value at one path of a merged view.
public struct AttributeLeaf: Sendable {
    /// Where the value stands.
    public var path: PathID
    /// What the value is; never `null`, as a winning null is an absent attribute.
    public var kind: JSONKind
    /// First byte of the value in the view's bytes.
    ///
    /// A string's slice is its canonical content without the
    /// quotes, a number's its text, an array's or empty object's its whole compact canonical JSON text.
    public var start: UInt32
    /// Bytes of the value.
    public var length: UInt32

    /// Creates a leaf.
    public init(path: PathID, kind: JSONKind, start: UInt32, length: UInt32) {
        self.path = path
        self.kind = kind
        self.start = start
        self.length = length
    }
}

/// One merged view of a profile's attributes: what audiences read and exports render.
///
/// Leaves are scalars, whole arrays and empty objects; an object with members exists through its leaves.
public struct AttributeView: Sendable {
    /// Winners, sorted by path, each path at most once.
    public var leaves: [AttributeLeaf]
    /// What the leaves' slices point into.
    public var bytes: [UInt8]

    /// Creates a view.
    public init(leaves: [AttributeLeaf] = [], bytes: [UInt8] = []) {
        self.leaves = leaves
        self.bytes = bytes
    }

    /// The leaf at exactly this path, or nil.
    public func leaf(at path: PathID) -> AttributeLeaf? {
        let index = leaves.sortedIndex { $0.path < path }
        return index < leaves.count && leaves[index].path == path ? leaves[index] : nil
    }
}
