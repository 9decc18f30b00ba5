/// What a reader of the stream sees, and what it may rely on.
struct SimulatedStream {
    /// The last record of each profile and the sink that sent it.
    private var last: [Int: (sequence: Int, sink: Int)] = [:]
    private(set) var count = 0

    /// Takes a copy of a row, and says what is wrong with that.
    ///
    /// Of one sink the records of a profile come in order, without a gap, perhaps repeated; only another sink may begin
    /// again with older ones, and nothing of an earlier sink comes after that. What is settled comes no more.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - sink: Which sink sent it.
    ///   - mayLack: Whether the profile's row of that sequence was refused.
    /// - Returns: What is wrong with it.
    mutating func append(_ row: SimulatedOutbox.Row, sink: Int, mayLack: (Int) -> Bool) -> [String] {
        var violations: [String] = []
        count += 1
        let what = "profile \(row.profile): \(row.sequence) of sink \(sink)"
        if row.isSettled { violations.append("\(what) lands after it was settled") }
        if let before = last[row.profile] {
            if sink < before.sink || sink == before.sink && row.sequence < before.sequence {
                violations.append("\(what) lands after \(before)")
            }
            if row.sequence > before.sequence + 1, !(before.sequence + 1..<row.sequence).allSatisfy(mayLack) {
                violations.append("\(what) lands with a gap behind \(before)")
            }
        } else if !(1..<row.sequence).allSatisfy(mayLack) {
            violations.append("\(what) lands first")
        }
        last[row.profile] = (row.sequence, sink)
        return violations
    }

    /// The last record of every profile is its true state, or a later one that was parked when a copy of it was there already.
    func checkEnd(_ sequences: [Int: Int]) -> [String] {
        sequences.filter { last[$0.key]?.sequence ?? 0 < $0.value }
            .map { "profile \($0.key) ends with \(last[$0.key]?.sequence ?? 0), not \($0.value)" }
    }
}
