/// An event's timestamp moved by a distance of the calendar.
///
/// Months end on different days and days in which clocks change have other lengths, so a later timestamp may have an
/// earlier pivot. Such places are rare; there a stretch of timestamps is widened by more than the order can be off.
struct EventPivot: Sendable {
    /// So many units later, negative for earlier.
    var amount: Int64
    var unit: PQLUnit
    var calendar: PQLCalendar

    /// By how much a stretch is widened; the order is never off by more than five days.
    private static let widening: Int64 = 8 * Timestamp.dayMilliseconds
    /// By how much the pivot of a later timestamp may be earlier, at most.
    private static let setback: Int64 = 2 * Timestamp.dayMilliseconds

    func instant(of timestamp: Int64) -> Int64 {
        amount == 0 ? timestamp : calendar.add(amount, unit, to: timestamp)
    }

    /// No timestamp from this one on has an earlier pivot than this.
    func earliestInstant(from timestamp: Int64) -> Int64 {
        let pivot = instant(of: timestamp)
        let keepsOrder =
            keepsOrderEverywhere
            || (isRegular(timestamp, within: 2) && isRegular(pivot, within: 2) && isInMonth(pivot, 1...27))
        return keepsOrder ? pivot : PQLCalendar.clamped(pivot, plus: -Self.setback)
    }

    /// Every timestamp whose pivot is at or after an instant is at or after this.
    func firstTimestamp(reaching pivot: Int64) -> Int64 {
        timestamp(at: pivot, widenedBy: -Self.widening)
    }

    /// Every timestamp from which on a pivot can be at or before an instant is at or before this.
    func lastTimestamp(within pivot: Int64) -> Int64 {
        timestamp(at: pivot, widenedBy: Self.widening)
    }

    private func timestamp(at pivot: Int64, widenedBy widening: Int64) -> Int64 {
        if pivot >= PQLCalendar.farthest { return .max }
        if pivot <= -PQLCalendar.farthest { return .min }
        guard amount != 0 else { return pivot }
        let timestamp = calendar.add(-amount, unit, to: pivot)
        let keepsOrder =
            keepsOrderEverywhere
            || (isRegular(timestamp, within: 5) && isRegular(pivot, within: 5) && isInMonth(pivot, 3...24))
        return keepsOrder ? timestamp : PQLCalendar.clamped(timestamp, plus: widening)
    }

    private var keepsOrderEverywhere: Bool {
        switch unit {
        case .millisecond, .second, .minute, .hour: true
        case .day, .week: amount == 0 || calendar.zone.isUTC
        case .month, .year, .decade, .century, .millennium: amount == 0
        }
    }

    /// Whether no clock is changed so many days before and after.
    private func isRegular(_ instant: Int64, within days: Int) -> Bool {
        if calendar.zone.isUTC { return true }
        let day = calendar.day(of: instant)
        return (day - days...day + days).allSatisfy {
            calendar.startOfDay($0 + 1) - calendar.startOfDay($0) == Timestamp.dayMilliseconds
        }
    }

    /// Whether months are not counted or the day of the month is one of these.
    private func isInMonth(_ instant: Int64, _ days: ClosedRange<Int>) -> Bool {
        unit.months == 0 || days.contains(calendar.civilDate(of: instant).day)
    }
}

extension PQLCalendar {
    /// An instant moved by milliseconds, kept within what the calendar can reckon with.
    static func clamped(_ instant: Int64, plus distance: Int64) -> Int64 {
        max(-farthest, min(farthest, instant)) + distance
    }
}
