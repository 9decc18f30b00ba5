/// Days and instants among the values.
enum PQLTime {
    /// The instant of a value in milliseconds, a day's being its midnight; nil for what is no time.
    static func instant(of value: PQLValue) -> Int64? {
        switch value {
        case .timestamp(let timestamp): timestamp.milliseconds
        case .date(let days): Int64(days) * PQLCalendar.dayMilliseconds
        case .string(let text): (Timestamp(iso8601: text) ?? Timestamp(date: text))?.milliseconds
        default: nil
        }
    }

    /// The UTC calendar day of a time.
    static func civilDate(of value: PQLValue) -> CivilDate? {
        guard let instant = instant(of: value) else { return nil }
        return PQLCalendar.civilDate(of: instant)
    }

    /// The text of a day or instant: `2026-04-01`, `2026-04-01T09:15:04.120Z`.
    static func text(of value: PQLValue) -> String {
        guard let instant = instant(of: value) else { return "" }
        var bytes: [UInt8] = []
        Timestamp(milliseconds: instant).appendRFC3339Milliseconds(to: &bytes)
        if case .date = value, let end = bytes.firstIndex(of: UInt8(ascii: "T")) { bytes.removeSubrange(end...) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
