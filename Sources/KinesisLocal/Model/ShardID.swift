/// The name of a shard.
enum ShardID {
    /// `shardId-` and twelve digits.
    static func text(_ index: Int) -> String {
        "shardId-" + String(1_000_000_000_000 + index).dropFirst()
    }

    /// The index that a name stands for, if it can be one's name.
    ///
    /// The service reads the digits after the first hyphen, or the whole name: `0`, `x-0` and `shardId-000000000000` are the
    /// same shard.
    static func index(_ text: String) -> Int? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        let digits = parts.count > 1 && !parts[1].isEmpty ? parts[1] : text[...]
        guard digits.utf8.allSatisfy({ $0 &- 48 < 10 }), let index = Int(digits), index <= Int(Int32.max) else {
            return nil
        }
        return index
    }
}
