/// A cursor on one value of a document; cheap to copy.
public struct JSONView: Sendable {
    /// The document the value stands in.
    public let document: JSONDocument
    /// The value's index among the document's nodes.
    public let index: Int

    init(document: JSONDocument, index: Int) {
        self.document = document
        self.index = index
    }

    /// The value's node.
    public var node: JSONNode { document.nodes[index] }
    /// What the value is.
    public var kind: JSONKind { node.kind }
    /// Whether the value is `null`.
    public var isNull: Bool { kind == .null }
    /// Whether the value is an object.
    public var isObject: Bool { kind == .object }
    /// Whether the value is an array.
    public var isArray: Bool { kind == .array }

    /// The value's slice of the canonical text; a string's without its quotes.
    public var text: ArraySlice<UInt8> { document.text[node.range] }

    /// The member's key as canonical content; empty for items of arrays and the root.
    public var key: ArraySlice<UInt8> { document.text[node.keyRange] }

    /// A string's characters; nil for any other kind.
    public var string: String? {
        switch kind {
        case .string: String(decoding: text, as: UTF8.self)
        case .escapedString: String(decoding: JSONWriter.unescape(text), as: UTF8.self)
        default: nil
        }
    }

    /// A literal `true` or `false`; nil for any other kind.
    public var bool: Bool? {
        switch kind {
        case .true: true
        case .false: false
        default: nil
        }
    }

    /// A number written without fraction and exponent that fits; nil for any other value.
    public var int64: Int64? {
        kind == .integer ? JSONNumber.int64(text) : nil
    }

    /// Any number as the nearest double; nil for other kinds and for numbers beyond a double's range.
    public var double: Double? {
        kind == .integer || kind == .double ? JSONNumber.double(text) : nil
    }

    /// The value of an object's member whose key is byte for byte this one, or nil.
    public subscript(key: String) -> JSONView? {
        var key = key
        return key.withUTF8 { content in
            if content.contains(where: JSONWriter.needsEscape) {
                var canonical: [UInt8] = []
                JSONWriter.appendContent(content, to: &canonical)
                return canonical.withUnsafeBufferPointer(member)
            }
            return member(content)
        }
    }

    /// An object's members in the order written; nothing for any other kind.
    public var members: JSONMembers {
        JSONMembers(values: JSONItems(document: document, container: isObject ? index : nil))
    }

    /// An array's items in order; nothing for any other kind.
    public var items: JSONItems {
        JSONItems(document: document, container: isArray ? index : nil)
    }

    private func member(_ key: UnsafeBufferPointer<UInt8>) -> JSONView? {
        guard isObject else { return nil }
        let found = document.nodes.withUnsafeBufferPointer { nodes in
            document.text.withUnsafeBufferPointer { text -> Int? in
                var child = index + 1
                while child < Int(nodes[index].next) {
                    let node = nodes[child]
                    if Int(node.keyLength) == key.count, text.holds(key, at: Int(node.keyStart)) { return child }
                    child = Int(node.next)
                }
                return nil
            }
        }
        return found.map { JSONView(document: document, index: $0) }
    }
}
