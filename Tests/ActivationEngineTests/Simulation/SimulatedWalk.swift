/// How far a backfill is in looking at persons, in the order in which they were made.
struct SimulatedWalk {
    /// Whose it is.
    let backfill: Int
    /// Persons who have been read and whose turn is still to come.
    private(set) var persons: [Int] = []
    /// The last one who has been read.
    private var last = 0

    init(_ backfill: ReferenceBackfill) {
        self.backfill = backfill.number
    }

    /// Reads some more persons when all that were read had their turn, as those who come next were then.
    ///
    /// - Returns: Whether there is anybody left.
    mutating func read(_ model: ReferenceModel) -> Bool {
        if !persons.isEmpty { return true }
        persons = Array(model.persons.keys.filter { $0 > last }.sorted().prefix(50))
        last = persons.last ?? last
        return !persons.isEmpty
    }

    /// Some had their turn.
    mutating func took(_ count: Int) { persons.removeFirst(count) }
}
