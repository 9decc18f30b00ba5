/// Where a page of a list stands; shown with `{{> pager}}`.
public struct Pager: Sendable, Equatable {
    /// How many there are.
    public var text: String
    /// The way back to the first page; nil on it.
    public var first: String?
    /// The way to the next page; nil on the last.
    public var next: String?

    /// Creates a pager.
    public init(text: String, first: String?, next: String?) {
        self.text = text
        self.first = first
        self.next = next
    }
}
