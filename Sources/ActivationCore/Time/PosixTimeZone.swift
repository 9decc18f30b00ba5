/// The rule by which a zone's clocks change every year, as POSIX writes it in TZ: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// Times of change lie between -167 and 167 hours, as RFC 9636 has it.
struct PosixTimeZone: Equatable, Sendable {
    struct Daylight: Equatable, Sendable {
        /// In milliseconds.
        var offset: Int64
        var start: Change
        var end: Change
    }

    /// A moment of every year, as clocks show it right before they are changed.
    struct Change: Equatable, Sendable {
        var day: Day
        /// In milliseconds since the day's midnight.
        var time: Int64
    }

    enum Day: Equatable, Sendable {
        /// From 1 to 365; a 29 February is not counted.
        case withoutLeapDay(Int)
        /// From 0 to 365; a 29 February is counted.
        case withLeapDay(Int)
        /// A weekday, Sunday being 0, in the first to fourth or, as 5, the last week of a month.
        case weekday(month: Int, week: Int, weekday: Int)
    }

    /// What is added to UTC, in milliseconds, when there is no daylight saving time.
    var standard: Int64
    var daylight: Daylight?

    /// Reads a rule; nil when a text is none.
    init?(_ text: ArraySlice<UInt8>) {
        var reader = Reader(rest: text)
        guard reader.name(), let standard = reader.offset() else { return nil }
        self.standard = standard
        if reader.rest.isEmpty { return }
        guard reader.name() else { return nil }
        var offset = standard + 3_600_000
        if reader.rest.first != UInt8(ascii: ",") {
            guard let read = reader.offset() else { return nil }
            offset = read
        }
        // What RFC 9636 forbids to leave out is not guessed.
        guard offset < TimeZoneOffsets.farthest, let start = reader.change(), let end = reader.change(),
            reader.rest.isEmpty
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    /// The changes of a year of UTC or so, in their order.
    func changes(in year: Int) -> [(instant: Int64, offset: Int64)] {
        guard let daylight else { return [] }
        let start = (daylight.start.local(in: year) - standard, daylight.offset)
        let end = (daylight.end.local(in: year) - daylight.offset, standard)
        return start.0 <= end.0 ? [start, end] : [end, start]
    }
}

extension PosixTimeZone.Change {
    /// The local time of the change in a year, in milliseconds.
    fileprivate func local(in year: Int) -> Int64 {
        Int64(daysSinceEpoch(in: year)) * Timestamp.dayMilliseconds + time
    }

    private func daysSinceEpoch(in year: Int) -> Int {
        func day(_ month: Int, _ day: Int) -> Int {
            CivilDate(year: year, month: month, day: day)?.daysSinceEpoch ?? 0
        }
        switch self.day {
        case .withoutLeapDay(let number):
            let hasPassedLeapDay = number >= 60 && CivilDate.isLeap(year)
            return day(1, 1) + number - 1 + (hasPassedLeapDay ? 1 : 0)
        case .withLeapDay(let number): return day(1, 1) + number
        case .weekday(let month, let week, let weekday):
            let first = day(month, 1)
            // 1970-01-01 was a Thursday.
            let earliest = first + (weekday - first - 4).remainder(dividingBy: 7)
            let last = first + CivilDate.days(inMonth: month, of: year) - 1
            let wanted = earliest + (week - 1) * 7
            return wanted <= last ? wanted : wanted - 7
        }
    }
}

extension PosixTimeZone {
    /// Reads the parts of a rule from left to right.
    fileprivate struct Reader {
        var rest: ArraySlice<UInt8>

        mutating func skip(_ byte: Unicode.Scalar) -> Bool {
            guard rest.first == UInt8(ascii: byte) else { return false }
            rest.removeFirst()
            return true
        }

        /// Three letters or more, or letters, digits and signs in angle brackets.
        mutating func name() -> Bool {
            if skip("<") {
                let name = rest.prefix { $0 != UInt8(ascii: ">") }
                rest = rest.dropFirst(name.count)
                return skip(">") && name.count >= 3 && name.allSatisfy(Reader.isNameByte)
            }
            let name = rest.prefix(while: Reader.isLetter)
            rest = rest.dropFirst(name.count)
            return name.count >= 3
        }

        /// What is added to UTC, in milliseconds; POSIX writes what is taken off.
        mutating func offset() -> Int64? {
            guard let time = time(hoursMax: 24), abs(time) < TimeZoneOffsets.farthest else { return nil }
            return -time
        }

        /// A comma, a date and, after a slash, a time: `,M10.5.0/3`.
        mutating func change() -> Change? {
            guard skip(","), let day = day() else { return nil }
            guard skip("/") else { return Change(day: day, time: 2 * 3_600_000) }
            return time(hoursMax: 167).map { Change(day: day, time: $0) }
        }

        private mutating func day() -> Day? {
            if skip("J") { return number(1...365).map(Day.withoutLeapDay) }
            guard skip("M") else { return number(0...365).map(Day.withLeapDay) }
            guard let month = number(1...12), skip("."), let week = number(1...5), skip("."),
                let weekday = number(0...6)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }

        /// A time such as `-1`, `02:30` or `+24:00:00`, in milliseconds.
        private mutating func time(hoursMax: Int) -> Int64? {
            let isNegative = skip("-")
            if !isNegative { _ = skip("+") }
            guard let hours = number(0...hoursMax) else { return nil }
            var seconds = hours * 3_600
            if skip(":") {
                guard let minutes = number(0...59) else { return nil }
                seconds += minutes * 60
                if skip(":") {
                    guard let number = number(0...59) else { return nil }
                    seconds += number
                }
            }
            return Int64(isNegative ? -seconds : seconds) * 1_000
        }

        private mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let digits = rest.prefix { $0 &- UInt8(ascii: "0") < 10 }
            guard (1...3).contains(digits.count) else { return nil }
            rest = rest.dropFirst(digits.count)
            let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
            return range.contains(number) ? number : nil
        }

        private static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- UInt8(ascii: "a") < 26 }

        private static func isNameByte(_ byte: UInt8) -> Bool {
            isLetter(byte) || byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
        }
    }
}
