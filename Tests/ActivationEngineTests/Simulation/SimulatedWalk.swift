import ActivationEngine

/// How far a backfill is in reading stored profiles.
struct SimulatedWalk {
    /// Whose it is.
    let backfill: Int
    /// Profiles that have been read and whose turn is still to come.
    private(set) var rows: [ProfileRow] = []
    /// The last row that has been read.
    private(set) var last: Int64 = 0
    /// How often profiles were read.
    private(set) var pages = 0

    init(_ backfill: ReferenceBackfill) {
        self.backfill = backfill.number
    }

    /// Goes on to profiles that were read, of which some are not wanted.
    mutating func read(_ rows: [ProfileRow], where isWanted: (ProfileRow) -> Bool) {
        last = rows.last?.row ?? last
        pages += 1
        self.rows = rows.filter(isWanted)
    }

    /// Some had their turn.
    mutating func took(_ count: Int) { rows.removeFirst(count) }
}
