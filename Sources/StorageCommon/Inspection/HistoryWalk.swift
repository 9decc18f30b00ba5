/// Goes along the chain of the history and tells where it begins to be otherwise than it was written.
package struct HistoryWalk {
    /// Where a chain begins and ends, as is kept beside it.
    package struct Ends {
        /// The number and the digest of the last entry that has gone.
        package var base: (sequence: Int64, digest: [UInt8])
        /// When that was made; nil = none has gone.
        package var baseChangedAt: Int64?
        /// The seal of the same.
        package var baseSeal: [UInt8]
        /// The number and the digest of the last entry.
        package var head: (sequence: Int64, digest: [UInt8])

        /// Creates the ends of a chain.
        package init(
            base: (sequence: Int64, digest: [UInt8]),
            baseChangedAt: Int64?,
            baseSeal: [UInt8],
            head: (sequence: Int64, digest: [UInt8])
        ) {
            (self.base, self.baseChangedAt, self.baseSeal, self.head) = (base, baseChangedAt, baseSeal, head)
        }
    }

    private let ends: Ends
    private var digest: [UInt8]
    /// The number of the last entry that was gone along.
    package private(set) var last: Int64
    private var count: Int64 = 0
    private var newest = Int64.min

    /// Begins at a chain's beginning.
    package init(_ ends: Ends) {
        self.ends = ends
        (last, digest) = ends.base
    }

    /// Goes to the next entry.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - written: Its digest as it was written.
    ///   - isPossible: Whether its columns are such as are written.
    /// - Returns: What is wrong; nil = nothing so far.
    package mutating func follow(_ entry: HistoryChain.Entry, _ written: [UInt8], isPossible: Bool) -> String? {
        guard isPossible, HistoryChain.digest(of: entry, after: digest) == written else {
            let other = "entry \(entry.sequence) is not as it was written"
            return entry.sequence > last &+ 1
                ? "entries \(last &+ 1) to \(entry.sequence &- 1) are missing, or \(other)" : other
        }
        (last, digest) = (entry.sequence, written)
        count += 1
        newest = max(newest, entry.changedAt)
        return nil
    }

    /// Whether the last entry is where the chain is said to end.
    ///
    /// - Parameter isPossible: Whether what is kept beside the chain is such as is written.
    /// - Returns: What is wrong; nil = nothing so far.
    package func wrongEnd(isPossible: Bool = true) -> String? {
        guard !isPossible || digest != ends.head.digest || last != ends.head.sequence else { return nil }
        return last < ends.head.sequence
            ? "entries \(last &+ 1) to \(ends.head.sequence) are missing"
            : "where the chain ends is not as it was written"
    }

    /// Whether what has gone at the beginning had to.
    ///
    /// - Returns: What is wrong; nil = nothing so far.
    package var wrongBeginning: String? {
        let isFromTheBeginning = ends.base.sequence == 0 && ends.base.digest == HistoryChain.beginning
        let gone = ends.baseChangedAt.map {
            HistoryChain.Base(sequence: ends.base.sequence, digest: ends.base.digest, changedAt: $0)
        }
        // The entry for which others went is there.
        let isRight = gone.map { count > 0 && $0.seal == ends.baseSeal && $0.isOver(at: newest) } ?? isFromTheBeginning
        return isRight
            ? nil
            : "entries up to \(ends.base.sequence) are missing whose time was not over, or where the chain begins was changed"
    }

    /// What was found: an unbroken chain, or where it is broken.
    ///
    /// - Parameter fault: What is wrong; nil = nothing.
    /// - Returns: The finding.
    package func finding(_ fault: String?) -> StoreFinding {
        guard let fault else {
            return StoreFinding("history", tried: Self.tried, found: "\(count) entries, unbroken to entry \(last)")
        }
        return Self.broken(fault)
    }

    private static let tried = "the chain of the history"

    /// Says what is wrong with a chain.
    package static func broken(_ found: String) -> StoreFinding {
        StoreFinding(
            "history",
            .fault,
            tried: tried,
            found: found,
            advice:
                "somebody or something changed the database beside the server: keep it as it is, and compare it with a backup"
        )
    }
}
