/// The offsets of a time zone from UTC, one after the other.
struct TimeZoneOffsets: Sendable {
    /// A time without change, in milliseconds; unbounded where it starts at `Int64.min` or ends at `Int64.max`.
    struct Span {
        var start: Int64
        var end: Int64
        var offset: Int64
    }

    /// What no offset reaches, in milliseconds: 26 hours, as RFC 9636 has it.
    static let farthest: Int64 = 26 * 3_600_000

    /// 400 years, after which leap days and weekdays come again in the same order.
    private static let cycle = 146_097 * Timestamp.dayMilliseconds

    /// The instants of the changes, in order.
    private var changes: [Int64] = []
    /// The offset before the first change, then the one after each.
    private var offsets: [Int64]
    /// The start of 400 years of changes that are repeated for ever; nil when the last offset stays.
    private var cycleStart: Int64?
    /// Whether they stand for the time before them as well.
    private var cyclesBackward = false
    /// Whether one of the changes leaps over a day.
    private var leapsOverDays = false

    /// The offset that stays.
    init(first offset: Int64) {
        offsets = [offset]
    }

    /// The changes of a file, then those that its rule makes.
    init(_ file: TZifFile) {
        self.init(first: file.first)
        for change in file.changes { append(change.offset, at: change.instant) }
        guard let rule = file.rule else { return }
        let last = file.changes.last?.instant
        if last == nil { offsets[0] = rule.standard }
        guard rule.daylight != nil else { return }
        // The changes of a year before the repeated ones bound what they begin with, two years more what they end with.
        let first =
            last.map { CivilDate(daysSinceEpoch: Int($0.floorDivided(by: Timestamp.dayMilliseconds))).year } ?? 1970
        for year in first...first + 403 {
            for change in rule.changes(in: year) where last.map({ change.instant > $0 }) ?? true {
                append(change.offset, at: change.instant)
            }
        }
        cycleStart = CivilDate(year: first + 2, month: 1, day: 1).map {
            Int64($0.daysSinceEpoch) * Timestamp.dayMilliseconds
        }
        cyclesBackward = last == nil
    }

    var isUTC: Bool { offsets.allSatisfy { $0 == 0 } }

    /// The years from 0 to 2500: after them, what a rule makes only comes again.
    private static let digested: Range<Int64> = -62_167_219_200_000..<16_725_225_600_000

    /// A hash of all offsets and changes; that of equal clocks is equal, however a file writes them down.
    var digest: UInt64 {
        var hash = FNV1a()
        var span = span(at: TimeZoneOffsets.digested.lowerBound)
        hash.combine(span.offset)
        while span.end < TimeZoneOffsets.digested.upperBound {
            hash.combine(span.end)
            span = self.span(at: span.end)
            hash.combine(span.offset)
        }
        return hash.hash
    }

    private mutating func append(_ offset: Int64, at instant: Int64) {
        // Where one change follows another at once, the later one counts.
        if changes.last == instant {
            changes.removeLast()
            offsets.removeLast()
        }
        guard let before = offsets.last, offset != before else { return }
        if offset - before >= Timestamp.dayMilliseconds { leapsOverDays = true }
        changes.append(instant)
        offsets.append(offset)
    }

    /// The time without change around an instant.
    func span(at instant: Int64) -> Span {
        var shift: Int64 = 0
        if let cycleStart {
            // Near the ends of the scale, where no clock will be, what is told need only be safe.
            let instant = max(-Int64.max / 2, min(instant, Int64.max / 2))
            let cycles = (instant - cycleStart).floorDivided(by: TimeZoneOffsets.cycle)
            if cycles > 0 || cyclesBackward { shift = cycles * TimeZoneOffsets.cycle }
        }
        let place = changesUp(to: instant - shift)
        return Span(
            start: place > 0 ? changes[place - 1] + shift : .min,
            end: place < changes.count ? changes[place] + shift : .max,
            offset: offsets[place]
        )
    }

    /// The first change after an instant that leaps over a whole day or more; nil when none comes.
    func leapOverDay(after instant: Int64) -> Int64? {
        guard leapsOverDays else { return nil }
        var span = span(at: instant)
        for _ in 0...changes.count where span.end != .max {
            let next = self.span(at: span.end)
            if next.offset - span.offset >= Timestamp.dayMilliseconds { return span.end }
            span = next
        }
        return nil
    }

    /// The first span in which a local time, or a later one, is shown, and the offset before it.
    func spanReaching(local time: Int64) -> (span: Span, before: Int64) {
        var span = span(at: max(time, .min / 2) - TimeZoneOffsets.farthest)
        var before = span.offset
        while span.end != .max, span.end + span.offset <= time {
            before = span.offset
            span = self.span(at: span.end)
        }
        return (span, before)
    }

    /// How many changes lie at or before an instant.
    private func changesUp(to instant: Int64) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle] <= instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
