/// The values directly inside an array, in order.
public struct JSONItems: Sequence, IteratorProtocol, Sendable {
    private let document: JSONDocument
    /// The next value's node; at the end, ``end``.
    private var position: Int
    private let end: Int

    /// Creates the values of a container, or none.
    init(document: JSONDocument, container: Int?) {
        self.document = document
        position = container.map { $0 + 1 } ?? 0
        end = container.map { Int(document.nodes[$0].next) } ?? 0
    }

    /// The next value, or nil at the end.
    public mutating func next() -> JSONView? {
        guard position < end else { return nil }
        defer { position = Int(document.nodes[position].next) }
        return JSONView(document: document, index: position)
    }
}

/// The members of an object, in the order written.
public struct JSONMembers: Sequence, IteratorProtocol, Sendable {
    private var values: JSONItems

    /// Creates the members whose values these are.
    init(values: JSONItems) {
        self.values = values
    }

    /// The next member, or nil at the end.
    public mutating func next() -> (key: String, value: JSONView)? {
        guard let value = values.next() else { return nil }
        return (JSONWriter.string(canonical: value.key), value)
    }
}
