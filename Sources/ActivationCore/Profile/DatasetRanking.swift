/// Which datasets a merge policy uses and which of them goes first, by the numbers that a store gave them.
///
/// Numbers are given out as datasets are first used, so a ranking is right as long as the dictionary does not grow.
struct DatasetRanking: Sendable {
    /// Ranks by dataset number, 0 first, nil = not used; nil = all datasets alike, the latest write wins.
    private let ranks: [Int?]?
    /// How many ranks there are.
    let count: Int

    init(_ policy: MergePolicy, datasets: borrowing DatasetDictionary) {
        guard case .dataSetPrecedence(let order) = policy.attributeMerge else {
            ranks = nil
            count = 0
            return
        }
        var ranks = [Int?](repeating: nil, count: datasets.count + 1)
        for (rank, dataset) in order.enumerated() {
            guard let number = datasets.number(of: dataset), ranks[Int(number)] == nil else { continue }
            ranks[Int(number)] = rank
        }
        self.ranks = ranks
        count = order.count
    }

    /// Whether one dataset goes before another, whenever they were written.
    var isOrdered: Bool { ranks != nil }

    /// The rank of a dataset; nil when what it states is not merged.
    func rank(of dataset: UInt16) -> Int? {
        guard let ranks else { return 0 }
        return Int(dataset) < ranks.count ? ranks[Int(dataset)] : nil
    }

    /// Whether the policy merges what a dataset states.
    func uses(_ dataset: UInt16) -> Bool { rank(of: dataset) != nil }
}
