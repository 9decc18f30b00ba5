public import ActivationCore

/// What an audit of the books found.
public struct BooksAudit: Sendable {
    /// When it was made; later entries are not in it.
    public var at: Timestamp
    /// How long the counting took.
    public var duration: Duration
    /// Every dataflow of which anything was ever entered, deleted ones too.
    public var books: [Dataflow.ID: CountedBooks]

    /// Creates a finding.
    public init(at: Timestamp, duration: Duration, books: [Dataflow.ID: CountedBooks]) {
        self.at = at
        self.duration = duration
        self.books = books
    }

    /// The dataflows whose books do not balance.
    public var off: Set<Dataflow.ID> { Set(books.lazy.filter { !$0.value.isBalanced }.map(\.key)) }
}
