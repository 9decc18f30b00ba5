import Foundation

@testable import ActivationCore

/// PQL 10 written down with Foundation's calendar, as plainly as it can be: whether an instant lies where a test says.
///
/// Knows nothing of changes; ``changes(of:from:to:near:)`` finds them by trying.
struct PlainClock {
    private var calendar = Calendar(identifier: .gregorian)

    init(zone: String) {
        calendar.timeZone = TimeZone(identifier: zone) ?? .gmt
    }

    // MARK: The calendar

    private func date(_ instant: Int64) -> Date { Date(timeIntervalSince1970: Double(instant) / 1_000) }

    private func instant(_ date: Date) -> Int64 { Int64((date.timeIntervalSince1970 * 1_000).rounded()) }

    func add(_ amount: Int, _ unit: PQLUnit, to instant: Int64) -> Int64 {
        if let length = PlainClock.lengths[unit] { return instant + Int64(amount) * length }
        let (component, count): (Calendar.Component, Int) =
            switch unit {
            case .day: (.day, 1)
            case .week: (.day, 7)
            case .month: (.month, 1)
            case .year: (.year, 1)
            case .decade: (.year, 10)
            case .century: (.year, 100)
            default: (.year, 1_000)
            }
        return calendar.date(byAdding: component, value: amount * count, to: date(instant)).map(self.instant) ?? instant
    }

    func start(of unit: PQLUnit, _ instant: Int64) -> Int64 {
        if let length = PlainClock.lengths[unit] { return instant - (instant % length + length) % length }
        var parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date(instant))
        switch unit {
        // Foundation's weeks start with day 1, Sunday.
        case .week: parts.day = (parts.day ?? 1) - ((parts.weekday ?? 2) + 5) % 7
        case .month: parts.day = 1
        case .year, .decade, .century, .millennium:
            let years = [.year: 1, .decade: 10, .century: 100][unit] ?? 1_000
            (parts.year, parts.month, parts.day) = ((parts.year ?? 0) / years * years, 1, 1)
        default: break
        }
        parts.weekday = nil
        return calendar.date(from: parts).map(self.instant) ?? instant
    }

    private static let lengths: [PQLUnit: Int64] = [.millisecond: 1, .second: 1_000, .minute: 60_000, .hour: 3_600_000]

    // MARK: Times

    /// A time of a test as it is written.
    struct Word: Sendable {
        var text: String
        /// The unit in whose steps it moves, and how many of them it is away; nil for what stands still.
        var moves: (unit: PQLUnit, distance: Int)?
        var isPeriod = false
        /// Where it starts and ends when it stands still.
        var still: Range<Int64> = 0..<1
    }

    /// Every word that is a time by itself, and every period of these units.
    static func words(_ units: [PQLUnit]) -> [Word] {
        var words = single
        for unit in units {
            words.append(Word(text: "this \(unit.rawValue)", moves: (unit, 0), isPeriod: true))
            words.append(Word(text: "last \(unit.rawValue)", moves: (unit, -1), isPeriod: true))
            words.append(Word(text: "next \(unit.rawValue)", moves: (unit, 1), isPeriod: true))
        }
        return words
    }

    static func plural(_ unit: PQLUnit) -> String {
        switch unit {
        case .century: "centuries"
        case .millennium: "millennia"
        default: "\(unit.rawValue)s"
        }
    }

    /// The words that are a time by themselves.
    static let single = [
        Word(text: "now", moves: (.millisecond, 0)), Word(text: "today", moves: (.day, 0)),
        Word(text: "yesterday", moves: (.day, -1)), Word(text: "tomorrow", moves: (.day, 1)),
    ]

    func start(_ word: Word, at now: Int64) -> Int64 {
        guard let (unit, distance) = word.moves else { return word.still.lowerBound }
        return start(of: unit, add(distance, unit, to: start(of: unit, now)))
    }

    func end(_ word: Word, at now: Int64) -> Int64 {
        guard let (unit, _) = word.moves else { return word.still.upperBound }
        return add(1, unit, to: start(word, at: now))
    }

    // MARK: Tests

    /// What follows `occurs`.
    enum Tail {
        case on(Word)
        case before(Word)
        case after(Word)
        case between(Word, Word)
        case distance(PQLComparison, Int, PQLUnit, isBefore: Bool, Word)
    }

    func holds(_ tail: Tail, of t: Int64, at now: Int64) -> Bool {
        switch tail {
        case .on(let word): return start(word, at: now) <= t && t < end(word, at: now)
        case .before(let word): return t < start(word, at: now)
        case .after(let word): return word.isPeriod ? t >= end(word, at: now) : t > start(word, at: now)
        case .between(let first, let last): return start(first, at: now) <= t && t < end(last, at: now)
        case .distance(let comparison, let amount, let unit, let isBefore, let word):
            let reference = start(word, at: now)
            let pivot = add(isBefore ? amount : -amount, unit, to: t)
            let (low, middle, high) = isBefore ? (t, reference, pivot) : (pivot, reference, t)
            switch comparison {
            case .less: return isBefore ? low <= middle && middle < high : low < middle && middle <= high
            case .lessOrEqual: return low <= middle && middle <= high
            case .greater: return isBefore ? reference > pivot : reference < pivot
            case .greaterOrEqual: return isBefore ? reference >= pivot : reference <= pivot
            case .equal: return start(of: unit, pivot) == start(of: unit, reference)
            case .notEqual: return start(of: unit, pivot) != start(of: unit, reference)
            }
        }
    }

    // MARK: Changes

    /// The instants at which a condition changes, and what it is before the first: tried at some instants, which have to be
    /// close enough to hit everything that it is, and halved between them down to the millisecond.
    static func changes(
        of holds: (Int64) -> Bool,
        from start: Int64,
        at samples: [Int64]
    ) -> (before: Bool, instants: [Int64]) {
        var instants: [Int64] = []
        var low = start
        let before = holds(low)
        var current = before
        for sample in samples {
            let value = holds(sample)
            if value != current {
                var high = sample
                while high - low > 1 {
                    let middle = low + (high - low) / 2
                    if holds(middle) == current { low = middle } else { high = middle }
                }
                instants.append(high)
                current = value
            }
            low = sample
        }
        return (before, instants)
    }
}
