/// Reads the parts of an instant's text from left to right; each gives nil at the first byte that does not fit.
struct TimestampReader {
    /// How much of the standards is read.
    enum Form {
        /// What messages hold: seconds always, a fraction after a dot, an offset with minutes.
        case rfc3339
        /// What expressions compare with: seconds may be left out, a comma may stand for the dot, an offset may be
        /// whole hours, and all hyphens and colons may be left out.
        case iso8601
    }

    private let form: Form
    private var rest: Slice<UnsafeBufferPointer<UInt8>>
    /// Whether the date had no hyphens, so that the time has no colons.
    private var isBasic = false

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ form: Form) {
        self.form = form
        rest = bytes[...]
    }

    /// The whole text as an instant, in milliseconds since the epoch.
    mutating func instant() -> Int64? {
        guard let days = date(), skip("Tt"), let time = time(), let offset = offset(), isAtEnd else { return nil }
        let milliseconds = Int64(days) * Timestamp.dayMilliseconds + time.milliseconds - offset
        if time.isLeapSecond {
            // Leap seconds end a month of UTC; leaving out the fraction, this is the midnight that follows.
            let midnight = milliseconds - milliseconds.remainder(dividingBy: 1_000)
            guard midnight.remainder(dividingBy: Timestamp.dayMilliseconds) == 0,
                CivilDate(daysSinceEpoch: Int(midnight.floorDivided(by: Timestamp.dayMilliseconds))).day == 1
            else { return nil }
        }
        return milliseconds
    }

    var isAtEnd: Bool { rest.isEmpty }

    /// Passes the next byte if it is one of these.
    mutating func skip(_ accepted: StaticString) -> Bool {
        guard let byte = rest.first else { return false }
        for index in 0..<accepted.utf8CodeUnitCount where accepted.utf8Start[index] == byte {
            rest.removeFirst()
            return true
        }
        return false
    }

    /// `YYYY-MM-DD` as days since the epoch.
    mutating func date() -> Int? {
        guard let year = number(digits: 4) else { return nil }
        isBasic = !skip("-")
        guard !isBasic || form == .iso8601, let month = number(digits: 2), isBasic || skip("-"),
            let day = number(digits: 2)
        else { return nil }
        return CivilDate(year: year, month: month, day: day)?.daysSinceEpoch
    }

    /// `HH:MM:SS` and an optional fraction, in milliseconds.
    private mutating func time() -> (milliseconds: Int64, isLeapSecond: Bool)? {
        guard let hour = number(digits: 2), hour < 24, isBasic || skip(":"), let minute = number(digits: 2), minute < 60
        else { return nil }
        let minutes = hour * 60 + minute
        if form == .iso8601, let next = rest.first, isBasic ? !isDigit(next) : next != UInt8(ascii: ":") {
            return (Int64(minutes * 60_000), false)
        }
        guard isBasic || skip(":"), let second = number(digits: 2), second <= 60, let fraction = fraction() else {
            return nil
        }
        return (Int64((minutes * 60 + second) * 1_000 + fraction), second == 60)
    }

    /// A dot and digits, cut to milliseconds; 0 where there is no dot.
    private mutating func fraction() -> Int? {
        guard skip(".") || (form == .iso8601 && skip(",")) else { return 0 }
        guard var digit = number(digits: 1) else { return nil }
        var fraction = 0
        var unit = 100
        while true {
            fraction += digit * unit
            unit /= 10
            guard let next = number(digits: 1) else { return fraction }
            digit = next
        }
    }

    /// `Z`, `+HH:MM` or `+HHMM`, in milliseconds.
    private mutating func offset() -> Int64? {
        if skip("Zz") { return 0 }
        let isBehind = skip("-")
        guard isBehind || skip("+"), let hour = number(digits: 2), hour < 24 else { return nil }
        var minute = 0
        if form == .rfc3339 || !isAtEnd {
            _ = skip(":")
            guard let number = number(digits: 2), number < 60 else { return nil }
            minute = number
        }
        let offset = Int64((hour * 60 + minute) * 60_000)
        return isBehind ? -offset : offset
    }

    private func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") < 10 }

    private mutating func number(digits: Int) -> Int? {
        var value = 0
        var rest = self.rest
        for _ in 0..<digits {
            guard let digit = rest.popFirst().map({ $0 &- UInt8(ascii: "0") }), digit < 10 else { return nil }
            value = value * 10 + Int(digit)
        }
        self.rest = rest
        return value
    }
}
