/// A dataflow's books by the audiences of which its records tell (docs/decisions/0046).
///
/// A record that tells of several audiences is entered under each of them, and once under ``told``; one that tells of none is
/// entered nowhere. Each of them balances like the books themselves.
public struct AudienceBooks: Hashable, Sendable {
    /// Records that tell of an audience, however many each tells of.
    public var told: DataflowCounters
    /// By audience; without those of which nothing was entered.
    public var audiences: [Audience.ID: DataflowCounters]

    /// Creates books.
    public init(told: DataflowCounters = DataflowCounters(), audiences: [Audience.ID: DataflowCounters] = [:]) {
        self.told = told
        self.audiences = audiences
    }

    /// Whether nothing was ever entered.
    public var isEmpty: Bool { audiences.isEmpty }

    /// Enters what became of records that tell of some audiences.
    public mutating func enter(_ counters: DataflowCounters, of audiences: [Audience.ID]) {
        guard !audiences.isEmpty else { return }
        told += counters
        for audience in audiences { self.audiences[audience, default: DataflowCounters()] += counters }
    }

    /// What was entered after an earlier state of the same books.
    public func since(_ earlier: AudienceBooks) -> AudienceBooks {
        var books = AudienceBooks(told: told.since(earlier.told))
        for (audience, counters) in audiences {
            let before = earlier.audiences[audience] ?? DataflowCounters()
            if counters != before { books.audiences[audience] = counters.since(before) }
        }
        return books
    }

    /// Adds other books to these.
    public static func += (left: inout AudienceBooks, right: AudienceBooks) {
        left.told += right.told
        for (audience, counters) in right.audiences {
            left.audiences[audience, default: DataflowCounters()] += counters
        }
    }
}
