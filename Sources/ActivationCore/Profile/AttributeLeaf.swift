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
