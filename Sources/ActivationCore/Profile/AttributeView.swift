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

    /// The value at a path as compact JSON, or nil; an inner path gives the object of what stands below it.
    public func json(at path: PathID, paths: PathDictionary) -> [UInt8]? {
        var bytes: [UInt8] = []
        return AttributeRendering.append(valueAt: path, of: self, paths: paths, to: &bytes) ? bytes : nil
    }

    /// Lends the bytes of a leaf's value; a slice of them would be counted as an owner each time.
    @inline(__always)
    func withValue<Result>(of leaf: AttributeLeaf, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let range = Int(leaf.start)..<Int(leaf.start) + Int(leaf.length)
        precondition(range.upperBound <= bytes.count, "a leaf points past the view's values")
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[range])) }
    }

    /// The leaf at exactly this path, or nil.
    public func leaf(at path: PathID) -> AttributeLeaf? {
        let index = leaves.sortedIndex { $0.path < path }
        return index < leaves.count && leaves[index].path == path ? leaves[index] : nil
    }
}
