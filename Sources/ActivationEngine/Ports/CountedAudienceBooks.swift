public import ActivationCore

/// A dataflow's books by audience beside what was counted, row by row, at the same point of its history.
public struct CountedAudienceBooks: Sendable, Hashable {
    /// Of all records that tell of an audience.
    public var told: CountedBooks
    /// Of those that tell of each; without audiences of which nothing was entered and no row tells.
    public var audiences: [Audience.ID: CountedBooks]

    /// Creates books of which no rows are counted yet.
    public init(books: AudienceBooks = AudienceBooks()) {
        told = CountedBooks(counters: books.told)
        audiences = books.audiences.mapValues { CountedBooks(counters: $0) }
    }

    /// Counts a record that waits, by the audiences of which it tells.
    public mutating func countWaiting(_ audiences: [Audience.ID]) { count(audiences, in: \.waiting) }

    /// Counts a dead letter, by the audiences of which it tells.
    public mutating func countDeadLetter(_ audiences: [Audience.ID]) { count(audiences, in: \.deadLetters) }

    private mutating func count(_ audiences: [Audience.ID], in rows: WritableKeyPath<CountedBooks, Int64>) {
        guard !audiences.isEmpty else { return }
        told[keyPath: rows] += 1
        for audience in audiences { self.audiences[audience, default: CountedBooks()][keyPath: rows] += 1 }
    }

    /// Whether every record that was called for is accounted for, for each audience.
    public var isBalanced: Bool { told.isBalanced && audiences.values.allSatisfy(\.isBalanced) }
}
