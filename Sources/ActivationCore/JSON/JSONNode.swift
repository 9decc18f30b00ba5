/// One value of a document's flat, preorder tape.
public struct JSONNode: Sendable {
    /// What the value is.
    public var kind: JSONKind
    /// First byte of the member's key in the document's text: canonical content without quotes.
    ///
    /// 0 for items of arrays and the root.
    public var keyStart: UInt32
    /// Bytes of the key; 0 for items of arrays and the root.
    public var keyLength: UInt32
    /// First byte of the value in the document's text.
    ///
    /// A string's slice is its canonical content without the quotes, a number's its text as written, an array's or
    /// object's its whole compact canonical text with the brackets, a literal's the word.
    public var start: UInt32
    /// Bytes of the value.
    public var length: UInt32
    /// Index of the first node after this one's subtree.
    public var next: UInt32
    /// Members of an object or items of an array; 0 for scalars.
    public var count: UInt32
}

extension JSONNode {
    /// Where the key stands in the document's text.
    public var keyRange: Range<Int> { Int(keyStart)..<Int(keyStart) + Int(keyLength) }

    /// Where the value stands in the document's text.
    public var range: Range<Int> { Int(start)..<Int(start) + Int(length) }
}
