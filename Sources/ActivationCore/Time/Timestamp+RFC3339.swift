extension Timestamp {
    /// Milliseconds of a day.
    static let dayMilliseconds: Int64 = 86_400_000

    /// Reads an RFC 3339 instant such as `2026-03-02T09:15:04.123Z`; nil for anything else.
    ///
    /// `t` and `z` may be lower case, an offset may lack its colon, a fraction may have any number of digits and is
    /// cut to milliseconds. A leap second, where RFC 3339 has one, is read as the second after it.
    public init?(rfc3339 bytes: some Collection<UInt8>) {
        guard let milliseconds = bytes.withContiguousBytes(Self.milliseconds(rfc3339:)) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// Reads an RFC 3339 instant; nil for anything else.
    public init?(rfc3339 text: String) {
        self.init(rfc3339: text.utf8)
    }

    /// Reads a day alone, `2026-03-02`, as its first instant in UTC; nil for anything else.
    public init?(date bytes: some Collection<UInt8>) {
        guard let milliseconds = bytes.withContiguousBytes(Self.milliseconds(date:)) else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// Reads a day alone, `2026-03-02`, as its first instant in UTC; nil for anything else.
    public init?(date text: String) {
        self.init(date: text.utf8)
    }

    /// Appends the instant in UTC, cut to seconds: `2026-03-02T09:15:04Z`.
    ///
    /// Years beyond 0 to 9999, which RFC 3339 does not have, come with a sign and all their digits.
    public func appendRFC3339Seconds(to bytes: inout [UInt8]) {
        appendDateAndTime(to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// Appends the instant in UTC with three digits of fraction: `2026-03-02T09:15:04.123Z`.
    ///
    /// Years beyond 0 to 9999, which RFC 3339 does not have, come with a sign and all their digits.
    public func appendRFC3339Milliseconds(to bytes: inout [UInt8]) {
        appendDateAndTime(to: &bytes)
        bytes.append(UInt8(ascii: "."))
        append(Int(milliseconds.remainder(dividingBy: 1_000)), width: 3, to: &bytes)
        bytes.append(UInt8(ascii: "Z"))
    }

    /// The instant in UTC, cut to seconds: `2026-03-02T09:15:04Z`.
    public var rfc3339: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(20)
        appendRFC3339Seconds(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func milliseconds(rfc3339 bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = TimestampReader(bytes)
        guard let days = reader.date(), reader.skip("Tt"), let time = reader.time(), let offset = reader.offset(),
            reader.isAtEnd
        else { return nil }
        let milliseconds = Int64(days) * dayMilliseconds + time.milliseconds - offset
        if time.isLeapSecond {
            // Leap seconds end a month of UTC; leaving out the fraction, this is the midnight that follows.
            let midnight = milliseconds - milliseconds.remainder(dividingBy: 1_000)
            guard midnight.remainder(dividingBy: dayMilliseconds) == 0,
                CivilDate(daysSinceEpoch: Int(midnight.floorDivided(by: dayMilliseconds))).day == 1
            else { return nil }
        }
        return milliseconds
    }

    private static func milliseconds(date bytes: UnsafeBufferPointer<UInt8>) -> Int64? {
        var reader = TimestampReader(bytes)
        guard let days = reader.date(), reader.isAtEnd else { return nil }
        return Int64(days) * dayMilliseconds
    }

    private func appendDateAndTime(to bytes: inout [UInt8]) {
        let date = CivilDate(daysSinceEpoch: Int(milliseconds.floorDivided(by: Self.dayMilliseconds)))
        let seconds = Int(milliseconds.remainder(dividingBy: Self.dayMilliseconds)) / 1_000
        if !(0...9_999).contains(date.year) { bytes.append(UInt8(ascii: date.year < 0 ? "-" : "+")) }
        append(abs(date.year), width: 4, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.month, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "-"))
        append(date.day, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: "T"))
        append(seconds / 3_600, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(seconds / 60 % 60, width: 2, to: &bytes)
        bytes.append(UInt8(ascii: ":"))
        append(seconds % 60, width: 2, to: &bytes)
    }

    /// Appends a natural number with zeros up to a width.
    private func append(_ number: Int, width: Int, to bytes: inout [UInt8]) {
        var unit = 1
        for _ in 1..<width { unit *= 10 }
        while number / unit >= 10 { unit *= 10 }
        while unit > 0 {
            bytes.append(UInt8(ascii: "0") + UInt8(number / unit % 10))
            unit /= 10
        }
    }
}

/// Reads the parts of an instant's text from left to right; each gives nil at the first byte that does not fit.
private struct TimestampReader {
    private var rest: Slice<UnsafeBufferPointer<UInt8>>

    init(_ bytes: UnsafeBufferPointer<UInt8>) {
        rest = bytes[...]
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
        guard let year = number(digits: 4), skip("-"), let month = number(digits: 2), skip("-"),
            let day = number(digits: 2)
        else { return nil }
        return CivilDate(year: year, month: month, day: day)?.daysSinceEpoch
    }

    /// `HH:MM:SS` and an optional fraction, in milliseconds.
    mutating func time() -> (milliseconds: Int64, isLeapSecond: Bool)? {
        guard let hour = number(digits: 2), hour < 24, skip(":"), let minute = number(digits: 2), minute < 60,
            skip(":"), let second = number(digits: 2), second <= 60
        else { return nil }
        var fraction = 0
        if skip(".") {
            guard var digit = number(digits: 1) else { return nil }
            var unit = 100
            repeat {
                fraction += digit * unit
                unit /= 10
                guard let next = number(digits: 1) else { break }
                digit = next
            } while true
        }
        return (Int64(((hour * 60 + minute) * 60 + second) * 1_000 + fraction), second == 60)
    }

    /// `Z`, `+HH:MM` or `+HHMM`, in milliseconds.
    mutating func offset() -> Int64? {
        if skip("Zz") { return 0 }
        let isBehind = skip("-")
        guard isBehind || skip("+"), let hour = number(digits: 2), hour < 24 else { return nil }
        _ = skip(":")
        guard let minute = number(digits: 2), minute < 60 else { return nil }
        let offset = Int64((hour * 60 + minute) * 60_000)
        return isBehind ? -offset : offset
    }

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
