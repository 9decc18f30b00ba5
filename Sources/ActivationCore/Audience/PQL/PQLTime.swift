/// Days and instants among the values.
enum PQLTime {
    static let dayMilliseconds: Int64 = 86_400_000

    /// The instant of a value in milliseconds, a day's being its midnight; nil for what is no time.
    static func instant(of value: PQLValue) -> Int64? {
        switch value {
        case .timestamp(let timestamp): timestamp.milliseconds
        case .date(let days): Int64(days) * dayMilliseconds
        case .string(let text): (Timestamp(rfc3339: text) ?? Timestamp(date: text))?.milliseconds
        default: nil
        }
    }

    /// The UTC calendar day of a time.
    static func civilDate(of value: PQLValue) -> CivilDate? {
        guard let instant = instant(of: value) else { return nil }
        return CivilDate(daysSinceEpoch: Int(floorDivision(instant, dayMilliseconds)))
    }

    static func floorDivision(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor < 0 ? quotient - 1 : quotient
    }

    /// `2026-04-01` or `2026-04-01T09:15:04.120Z`
    static func text(of value: PQLValue) -> String {
        guard let instant = instant(of: value) else { return "" }
        var bytes: [UInt8] = []
        Timestamp(milliseconds: instant).appendRFC3339Milliseconds(to: &bytes)
        if case .date = value, let end = bytes.firstIndex(of: UInt8(ascii: "T")) { bytes.removeSubrange(end...) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
