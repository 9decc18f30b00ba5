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
