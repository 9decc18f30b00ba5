import ActivationCore
import ActivationEngine

/// How many records a dataflow may be expected to send in a day, without those of backfills (BEHAVIOUR 3.19).
struct ExportTraffic: Sendable, Equatable {
    /// What it rests on.
    enum Basis: String, Sendable, CaseIterable {
        /// What the dataflow was told to send, scaled by its members before and after.
        case books
        /// Who entered and exited the mapped audiences; other changes are not counted.
        case memberHours
    }

    /// What it rests on.
    var basis: Basis
    /// Days that were looked at; of a young dataflow the first may not be whole.
    var days: Int
    /// Records of a day, on average.
    var day: Int64
    /// Records of the day with the fewest.
    var lowest: Int64
    /// Records of the day with the most.
    var highest: Int64
    /// Records of the busiest hour.
    var busiestHour: Int64
    /// What the counted records were multiplied by.
    var factor: Double

    /// What was counted in an hour.
    struct Hour: Sendable {
        var start: Timestamp
        var records: Int64
    }

    /// Milliseconds of a day.
    private static let dayLength = 24 * BookedHour.length

    /// Adds up hours; nil when nothing was counted.
    ///
    /// - Parameters:
    ///   - hours: The hours.
    ///   - beginning: When counting began.
    ///   - now: The present.
    ///   - basis: What they are.
    ///   - factor: What to multiply by.
    init?(_ hours: [Hour], since beginning: Timestamp, now: Timestamp, basis: Basis, factor: Double) {
        func index(_ instant: Timestamp) -> Int64 {
            max(0, (now.milliseconds - instant.milliseconds) / ExportTraffic.dayLength)
        }
        let recent = hours.filter { index($0.start) < RehearsalLimits.days }
        let total = recent.reduce(0) { $0 + $1.records }
        guard total > 0, let first = recent.map(\.start).min() else { return nil }
        let begun = min(first, beginning)
        let days = min(index(begun), RehearsalLimits.days - 1) + 1
        // A day that is not over, or was not counted from its beginning, counts as far as it goes; of less than a day nobody
        // knows the rest.
        let elapsed = Double(now.milliseconds - begun.milliseconds) / Double(ExportTraffic.dayLength)
        let whole = max(1, min(elapsed, Double(RehearsalLimits.days)))
        var perDay = Array(repeating: Int64(0), count: Int(days))
        for hour in recent { perDay[Int(min(index(hour.start), days - 1))] += hour.records }
        func scaled(_ count: Double) -> Int64 { Int64(clamping: (count * factor).rounded(.up)) }
        self.basis = basis
        self.days = Int(days)
        self.factor = factor
        day = scaled(Double(total) / whole)
        // The oldest may have been counted in part.
        let complete = Double(days) <= elapsed || days == 1 ? perDay : Array(perDay.dropLast())
        lowest = scaled(Double(complete.min() ?? 0))
        highest = scaled(Double(perDay.max() ?? 0))
        busiestHour = scaled(Double(recent.map(\.records).max() ?? 0))
    }

    /// The hours of a dataflow's books without the records of backfills.
    ///
    /// - Parameters:
    ///   - hours: Its hours, oldest first.
    ///   - runs: Its backfills.
    /// - Returns: What changes called for.
    static func changes(in hours: [BookedHour], without runs: [BackfillRun]) -> [Hour] {
        var changes = hours.map { Hour(start: $0.start, records: $0.counters.triggered) }
        for run in runs {
            var rest = run.records
            let begin = BookedHour.number(of: run.startedAt)
            for index in changes.indices where rest > 0 && BookedHour.number(of: changes[index].start) >= begin {
                let taken = min(rest, changes[index].records)
                changes[index].records -= taken
                rest -= taken
            }
        }
        return changes
    }
}

extension Int64 {
    /// The nearest whole number that fits.
    fileprivate init(clamping value: Double) {
        self = value >= 9.2e18 ? .max : value <= 0 ? 0 : Int64(value)
    }
}
