/// One line on a terminal that shows how far a long task is, how fast it goes and when it will be done.
///
/// Writes nothing when nobody watches.
struct ProgressBar {
    private let total: Int64?
    private let unit: String
    private let startedAt = ContinuousClock.now
    private let startedWith: Int64
    private var drawnAt: ContinuousClock.Instant?
    private let isShown: Bool

    /// Creates a bar.
    ///
    /// - Parameters:
    ///   - total: How much there is to do; nil when nobody knows.
    ///   - done: How much was done before.
    ///   - unit: What the items are called.
    ///   - isShown: Whether to draw at all.
    init(total: Int64?, done: Int64 = 0, unit: String, isShown: Bool = Terminal.isInteractive) {
        self.total = total
        self.unit = unit
        self.isShown = isShown
        startedWith = done
    }

    /// Shows the state, at most ten times a second.
    ///
    /// - Parameters:
    ///   - done: How much of `total` is done.
    ///   - items: How many items that were in this run.
    ///   - note: Something to say beside the figures.
    mutating func update(done: Int64, items: Int64, note: String = "") {
        guard isShown else { return }
        let now = ContinuousClock.now
        if let drawnAt, now - drawnAt < .milliseconds(100) { return }
        drawnAt = now
        Terminal.replaceLine(line(done: done, items: items, note: note, elapsed: now - startedAt))
    }

    /// Writes a line for people above the bar.
    mutating func say(_ line: String) {
        if isShown, drawnAt != nil { Terminal.replaceLine("") }
        drawnAt = nil
        Terminal.error(line)
    }

    /// Shows the final state and leaves the line.
    mutating func finish(done: Int64, items: Int64, note: String = "") {
        guard isShown else { return }
        Terminal.replaceLine(line(done: done, items: items, note: note, elapsed: ContinuousClock.now - startedAt))
        Terminal.error("")
    }

    /// The line without a terminal.
    func line(done: Int64, items: Int64, note: String, elapsed: Duration) -> String {
        let seconds = elapsed / .seconds(1)
        let rate = seconds > 0 ? Double(items) / seconds : 0
        var parts = ["\(Figures.grouped(items)) \(unit)", "\(Figures.grouped(Int64(rate)))/s"]
        if let total {
            let share = total > 0 ? min(Double(done) / Double(total), 1) : 1
            let filled = Int(share * 24)
            let bar = String(repeating: "=", count: filled) + String(repeating: " ", count: 24 - filled)
            parts.insert("[\(bar)] \(Int(share * 100)) %", at: 0)
            let speed = seconds > 0 ? Double(done - startedWith) / seconds : 0
            if speed > 0 { parts.append("ETA \(Figures.clock(seconds: Double(max(total - done, 0)) / speed))") }
        }
        if !note.isEmpty { parts.append(note) }
        return parts.joined(separator: "  ")
    }
}
