/// The instant of a signature in the two forms that SigV4 needs, made with integers alone.
public struct SigningTime: Sendable, Hashable {
    /// `YYYYMMDD'T'HHMMSS'Z'`, the value of `X-Amz-Date`.
    public let timestamp: String

    /// `YYYYMMDD`, the first part of the credential scope.
    public var date: String { String(timestamp.prefix(8)) }

    /// The instant in UTC.
    ///
    /// - Parameter secondsSinceEpoch: Seconds since 1970-01-01T00:00:00Z; what is outside the years 0 to 9999, as a clock or
    ///   a service may have it, becomes the nearest instant in them.
    public init(secondsSinceEpoch: Int64) {
        let secondsSinceEpoch = min(max(secondsSinceEpoch, -62_167_219_200), 253_402_300_799)
        let days = (secondsSinceEpoch - (secondsSinceEpoch % 86_400 + 86_400) % 86_400) / 86_400
        let secondOfDay = secondsSinceEpoch - days * 86_400
        let (year, month, day) = Self.civil(daysSinceEpoch: days)
        var text: [UInt8] = []
        text.reserveCapacity(16)
        Self.append(year, digits: 4, to: &text)
        Self.append(month, digits: 2, to: &text)
        Self.append(day, digits: 2, to: &text)
        text.append(UInt8(ascii: "T"))
        Self.append(secondOfDay / 3600, digits: 2, to: &text)
        Self.append(secondOfDay / 60 % 60, digits: 2, to: &text)
        Self.append(secondOfDay % 60, digits: 2, to: &text)
        text.append(UInt8(ascii: "Z"))
        timestamp = String(decoding: text, as: UTF8.self)
    }

    /// The proleptic Gregorian date of a day; eras of 400 years start on the first of March, so that the leap day is last.
    private static func civil(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
        let shifted = daysSinceEpoch + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func append(_ value: Int64, digits: Int, to text: inout [UInt8]) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        while divisor > 0 {
            text.append(UInt8(ascii: "0") + UInt8(value / divisor % 10))
            divisor /= 10
        }
    }
}

extension SigningTime {
    /// Reads the HTTP `Date` header (`Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 section 5.6.7); nil for any other form.
    static func secondsSinceEpoch(httpDate: String) -> Int64? {
        let parts = httpDate.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", parts[4].utf8.count == 8,
            let day = Int64(parts[1]), (1...31).contains(day),
            let month = months.firstIndex(of: String(parts[2])),
            let year = Int64(parts[3]), (1970...9999).contains(year)
        else { return nil }
        let clock = parts[4].split(separator: ":").compactMap { Int64($0) }
        guard clock.count == 3, (0...23).contains(clock[0]), (0...59).contains(clock[1]), (0...60).contains(clock[2])
        else { return nil }
        let days = daysSinceEpoch(year: year, month: month, day: day)
        return days * 86_400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    }

    /// Reads an instant of RFC 3339 in UTC, as services of AWS write it (`2026-01-31T09:30:00Z`, perhaps with a fraction,
    /// which is left out); nil for any other form.
    static func secondsSinceEpoch(rfc3339 text: String) -> Int64? {
        guard let match = text.wholeMatch(of: rfc3339), let year = Int64(match.1), (1970...9999).contains(year),
            let month = Int64(match.2), (1...12).contains(month), let day = Int64(match.3), (1...31).contains(day),
            let hour = Int64(match.4), hour < 24, let minute = Int64(match.5), minute < 60,
            let second = Int64(match.6), second <= 60
        else { return nil }
        let days = daysSinceEpoch(year: year, month: Int(month) - 1, day: day)
        return days * 86_400 + hour * 3600 + minute * 60 + second
    }

    private static var rfc3339: Regex<(Substring, Substring, Substring, Substring, Substring, Substring, Substring)> {
        /([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(?:Z|\+00:?00)/
    }

    /// The day of a date; months count from 0.
    private static func daysSinceEpoch(year: Int64, month: Int, day: Int64) -> Int64 {
        let shiftedYear = month < 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * Int64((month + 10) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}
