import ActivationCore
import ActivationEngine

/// `GET /v1/dataflows/{id}/balance`: a dataflow's books beside the rows that were counted for them, and their hours (I5,
/// BEHAVIOUR 3.18).
struct DataflowBalance {
    /// For how long back hours are shown unless told, in milliseconds.
    static let defaultSpan: Int64 = 24 * BookedHour.length

    let flow: String
    let audit: BooksAudit
    let books: CountedBooks
    let hours: [BookedHour]

    var json: JSONValue {
        var object = Self.terms(books.counters)
        object["flowId"] = .string(flow)
        object["auditedAt"] = .string(audit.at.rfc3339)
        object["isBalanced"] = .bool(books.isBalanced)
        object["pending"] = .integer(books.counters.pending)
        object["counted"] = ["pending": .integer(books.waiting), "parked": .integer(books.deadLetters)]
        object["hours"] = .array(
            hours.map { hour in
                var object = Self.terms(hour.counters)
                object["start"] = .string(hour.start.rfc3339)
                object["pendingChange"] = .integer(hour.counters.pending)
                return .object(object)
            }
        )
        return .object(object)
    }

    /// The terms of the equation triggered = delivered + superseded + suppressed + parked + pending, without the last.
    static func terms(_ counters: DataflowCounters) -> JSONObject {
        [
            "triggered": .integer(counters.triggered),
            "delivered": .integer(counters.delivered),
            "superseded": .integer(counters.superseded + counters.replayed),
            "suppressed": [
                "disabled": .integer(counters.suppressedDisabled),
                "deleted": .integer(counters.suppressedDeleted + counters.erased),
                "discarded": .integer(counters.discarded),
            ],
            "parked": .integer(counters.deadLetters),
        ]
    }
}
