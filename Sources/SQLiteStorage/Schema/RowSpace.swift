/// Which rows belong to an owner: its number stands in the high bits of the row, a running number in the low ones.
enum RowSpace {
    /// 4 billion profiles in a scope.
    private static let profileBits: Int64 = 32
    /// 17 trillion rows in a dataflow's life, half a million dataflows.
    static let outboxBits: Int64 = 44

    /// All profile rows of a scope, its lowest bound itself never given out.
    static func profiles(ofScope number: Int64) -> ClosedRange<Int64> {
        rows(of: number, bits: profileBits)
    }

    /// All outbox rows of a dataflow, its lowest bound itself never given out.
    static func outbox(ofDataflow number: Int64) -> ClosedRange<Int64> {
        rows(of: number, bits: outboxBits)
    }

    private static func rows(of number: Int64, bits: Int64) -> ClosedRange<Int64> {
        let first = number << bits
        return first...(first + (1 << bits) - 1)
    }
}
