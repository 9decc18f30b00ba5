import ActivationCore

/// How long a dataset keeps its events, where clients see it: `extensions.adobe_unifiedProfile.rowExpiration.ttlValue`
/// (BEHAVIOUR 6.2).
struct EventExpiration: Sendable, Equatable {
    /// Days that an event stays.
    var days: Int

    /// What a text of the API can say: a count of days, weeks, months or years.
    static let pattern = "^P[1-9][0-9]{0,3}[DWMY]$"

    private static let path = ["extensions", "adobe_unifiedProfile", "rowExpiration", "ttlValue"]

    /// The days of an ISO 8601 duration of one unit; nil when it is none.
    ///
    /// A month has 30 days and a year 365, so that what goes first is what came first.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 3, bytes[0] == UInt8(ascii: "P"), bytes[1] != UInt8(ascii: "0"), bytes.count <= 6 else {
            return nil
        }
        var count = 0
        for digit in bytes[1..<(bytes.count - 1)] {
            guard UInt8(ascii: "0")...UInt8(ascii: "9") ~= digit else { return nil }
            count = count * 10 + Int(digit - UInt8(ascii: "0"))
        }
        switch bytes[bytes.count - 1] {
        case UInt8(ascii: "D"): days = count
        case UInt8(ascii: "W"): days = count * 7
        case UInt8(ascii: "M"): days = count * 30
        case UInt8(ascii: "Y"): days = count * 365
        default: return nil
        }
    }

    /// The expiration of a dataset's body; nil when its events stay.
    init?(of body: JSONObject) {
        var value: JSONValue? = .object(body)
        for key in EventExpiration.path { value = value?[key] }
        guard let text = value?.string else { return nil }
        self.init(text)
    }

    /// The member that says when the days were last set or taken away, in milliseconds.
    static let since = "eventExpirationSince"

    /// Notes in a dataset's new body when the days were last set: now, if they are not those of before.
    ///
    /// Never twice the same, so that what follows the setting sees it change and change back.
    static func note(in body: inout JSONObject, before: JSONObject, now: Timestamp) {
        let known = before[since]?.int64
        let isSame = EventExpiration(of: body) == EventExpiration(of: before)
        let instant = isSame ? known : max(now.milliseconds, (known ?? .min) &+ 1)
        body[since] = instant.map { .integer($0) }
    }

    /// Checks what a client says of it; saying nothing is right too.
    ///
    /// - Throws: `FIELD_INVALID`.
    static func check(_ body: JSONObject) throws(APIError) {
        var value = JSONValue.object(body)
        for key in path {
            guard value.object != nil else {
                throw APIError(.fieldInvalid, "extensions and what it holds are objects, down to rowExpiration")
            }
            guard let next = value[key], !next.isNull else { return }
            value = next
        }
        guard value.string.flatMap(EventExpiration.init) != nil else {
            throw APIError(
                .fieldInvalid,
                "ttlValue says how long events stay: P, a number from 1 to 9999 and one of D, W, M, Y, such as P30D; null = "
                    + "for ever"
            )
        }
    }
}

extension ControlSnapshot {
    /// How long the events of datasets stay.
    var eventExpirations: EventExpirations {
        let lifetimes = entries(.dataset).compactMap { entry in
            EventExpiration(of: entry.body).map { expiration in
                let since = entry.body[EventExpiration.since]?.int64.map { Timestamp(milliseconds: $0) }
                return (entry.id, EventExpirations.Lifetime(days: expiration.days, since: since ?? entry.createdAt))
            }
        }
        return EventExpirations(Dictionary(lifetimes) { first, _ in first })
    }
}
