/// The name of a shard.
enum ShardID {
    /// `shardId-` and twelve digits.
    static func text(_ index: Int) -> String {
        "shardId-" + String(1_000_000_000_000 + index).dropFirst()
    }

    /// The index that a name stands for, if it has the form of a shard's name.
    static func index(_ text: String) -> Int? {
        guard text.hasPrefix("shardId-") else { return nil }
        let digits = text.utf8.dropFirst(8)
        guard digits.count == 12, digits.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int($1 - 48) }
    }
}
