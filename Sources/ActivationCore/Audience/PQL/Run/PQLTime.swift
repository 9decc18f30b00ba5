/// Days and instants among the values.
enum PQLTime {
    /// The instant of a day or an instant in milliseconds, a day's being its first; nil for any other value.
    static func instant(of value: PQLValue) -> Int64? {
        switch value {
        case .timestamp(let timestamp): timestamp.milliseconds
        case .date(let day): day.start.milliseconds
        default: nil
        }
    }

    /// The text of a day or instant: `2026-04-01`, `2026-04-01T09:15:04.120Z`.
    static func text(of value: PQLValue) -> String {
        var bytes: [UInt8] = []
        switch value {
        case .timestamp(let timestamp): timestamp.appendRFC3339Milliseconds(to: &bytes)
        case .date(let day):
            let midnight = Timestamp(milliseconds: Int64(day.daysSinceEpoch) * Timestamp.dayMilliseconds)
            midnight.appendRFC3339Seconds(to: &bytes)
            if let end = bytes.firstIndex(of: UInt8(ascii: "T")) { bytes.removeSubrange(end...) }
        default: break
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension PQLCalendar {
    /// The instant of a value in milliseconds, a day's being its first; a text is read as ISO 8601 (PQL 4).
    ///
    /// - Returns: Nil for what is no time.
    func instant(of value: PQLValue) -> Int64? {
        guard case .string(let text) = value else { return PQLTime.instant(of: value) }
        if let instant = Timestamp(iso8601: text) { return instant.milliseconds }
        return day(text).map(startOfDay)
    }

    /// The day of the calendar in which a time lies; nil for what is no time.
    func civilDate(of value: PQLValue) -> CivilDate? {
        switch value {
        case .date(let day): CivilDate(daysSinceEpoch: day.daysSinceEpoch)
        case .timestamp(let timestamp): civilDate(of: timestamp.milliseconds)
        case .string(let text):
            if let instant = Timestamp(iso8601: text) {
                civilDate(of: instant.milliseconds)
            } else {
                day(text).map(CivilDate.init(daysSinceEpoch:))
            }
        default: nil
        }
    }

    /// The first instants of a day and of the next; nil when a value is no day.
    func day(of value: PQLValue) -> (start: Int64, end: Int64)? {
        switch value {
        case .date(let day): (day.start.milliseconds, startOfDay(day.daysSinceEpoch + 1))
        case .string(let text): day(text).map { (startOfDay($0), startOfDay($0 + 1)) }
        default: nil
        }
    }

    func value(ofDay days: Int) -> PQLValue {
        .date(PQLDay(daysSinceEpoch: days, start: Timestamp(milliseconds: startOfDay(days))))
    }

    /// Reads `YYYY-MM-DD` as days since the epoch.
    private func day(_ text: String) -> Int? {
        Timestamp(date: text).map { Int($0.milliseconds.floorDivided(by: Timestamp.dayMilliseconds)) }
    }
}
