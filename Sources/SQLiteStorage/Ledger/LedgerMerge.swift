/// Merges sorted runs of the ledger into one, a part at a time.
struct LedgerMerge {
    /// The first blocks of a run that are left, in order, and whether there are no others.
    struct Front {
        var blocks: [[LedgerEntry]]
        var isWhole: Bool
    }

    /// The last key that is moved; nil = everything is.
    let through: LedgerEntry.Key?
    /// What is moved, sorted.
    let moved: [LedgerEntry]
    /// Of each run, what is left of the block that holds ``through``.
    let rests: [[LedgerEntry]]

    /// Takes from the fronts of runs what surely comes before everything else in them: at least one front as a whole.
    init(_ fronts: [Front]) {
        let through = fronts.lazy.filter { !$0.isWhole }.compactMap { $0.blocks.last?.last?.key }.min()
        var moved: [LedgerEntry] = []
        var rests: [[LedgerEntry]] = []
        for front in fronts {
            var rest: [LedgerEntry] = []
            for block in front.blocks {
                guard let through else {
                    moved += block
                    continue
                }
                guard let first = block.first, first.key <= through else { break }
                for entry in block {
                    if entry.key <= through { moved.append(entry) } else { rest.append(entry) }
                }
            }
            rests.append(rest)
        }
        moved.sort { $0.key < $1.key }
        (self.through, self.moved, self.rests) = (through, moved, rests)
    }
}
