public import ActivationCore

/// Steps of equal length side by side, which several charts below each other share.
public struct TimeAxis: Sendable, Equatable {
    /// When each step began, oldest first.
    let starts: [Timestamp]
    /// Milliseconds of a step.
    let step: Int64
    /// The words below the axis, at equal distances from its beginning.
    let ticks: [String]
    /// How many columns the words need.
    let hasFiveTicks: Bool

    static let width = 624

    /// Creates an axis.
    ///
    /// - Parameters:
    ///   - starts: When each step began, oldest first, without gaps.
    ///   - step: Milliseconds of a step.
    public init(_ starts: [Timestamp], step: Int64) {
        self.starts = starts
        self.step = max(step, 1)
        hasFiveTicks = starts.count.isMultiple(of: 5) && !starts.count.isMultiple(of: 4)
        let every = max(starts.count / (hasFiveTicks ? 5 : 4), 1)
        let isOfOneDay = step * Int64(starts.count) <= 86_400_000
        ticks = starts.enumerated().filter { $0.offset.isMultiple(of: every) }.map { _, start in
            let text = start.rfc3339
            return String(isOfOneDay ? text.dropFirst(11).prefix(5) : text.dropFirst(5).prefix(5))
        }
    }

    /// Where a step begins; of the step behind the last one, where the axis ends.
    func x(_ index: Int) -> Int { index * TimeAxis.width / max(starts.count, 1) }

    /// What is written of a step.
    func text(_ index: Int) -> String {
        guard starts.indices.contains(index) else { return "" }
        let text = starts[index].rfc3339
        // Days need no time, and minutes no date.
        if step >= 86_400_000 { return String(text.prefix(10)) }
        return "\(text.prefix(10)) \(text.dropFirst(11).prefix(5))"
    }

    /// The step that an instant lies in; nil outside of the axis.
    func index(of instant: Timestamp) -> Int? {
        guard let first = starts.first, instant >= first else { return nil }
        let index = (instant.milliseconds - first.milliseconds) / step
        return index < Int64(starts.count) ? Int(index) : nil
    }
}
