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
