import HeadwaterBench

extension ProgressBar: ProgressDisplay {
    /// Opens a bar for a measurement.
    static let open: OpenDisplay = { total, done, unit in ProgressBar(total: total, done: done, unit: unit) }

    mutating func update(done: Int64, items: Int64) { update(done: done, items: items, note: "") }

    mutating func finish(done: Int64, items: Int64) { finish(done: done, items: items, note: "") }
}
