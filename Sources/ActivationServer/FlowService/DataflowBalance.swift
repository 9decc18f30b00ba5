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
    var hours: [BookedHour]
    /// The books by audience; nil when nobody asked.
    var audiences: CountedAudienceBooks?

    var json: JSONValue {
        var object = Self.terms(books)
        object["flowId"] = .string(flow)
        object["auditedAt"] = .string(audit.at.rfc3339)
        object["isBalanced"] = .bool(books.isBalanced && audiences?.isBalanced ?? true)
        object["hours"] = .array(hours.map(hour))
        if let audiences {
            object["told"] = .object(Self.terms(audiences.told))
            object["audiences"] = Self.list(audiences.audiences, Self.terms)
        }
        return .object(object)
    }

    private func hour(_ hour: BookedHour) -> JSONValue {
        var object = Self.change(hour.counters)
        object["start"] = .string(hour.start.rfc3339)
        if audiences != nil, let books = hour.audiences {
            object["told"] = .object(Self.change(books.told))
            object["audiences"] = Self.list(books.audiences, Self.change)
        }
        return .object(object)
    }

    /// What is known of each audience, in the order of their ids.
    private static func list<Books>(_ books: [Audience.ID: Books], _ terms: (Books) -> JSONObject) -> JSONValue {
        .array(
            books.sorted { $0.key.uuid < $1.key.uuid }.map { audience, books in
                var object = terms(books)
                object["id"] = .string(audience.uuid.description)
                return .object(object)
            }
        )
    }

    /// The whole equation of some books beside what was counted for them.
    private static func terms(_ books: CountedBooks) -> JSONObject {
        var object = terms(books.counters)
        object["pending"] = .integer(books.counters.pending)
        object["counted"] = counted(books)
        object["isBalanced"] = .bool(books.isBalanced)
        return object
    }

    private static func counted(_ books: CountedBooks) -> JSONValue {
        ["pending": .integer(books.waiting), "parked": .integer(books.deadLetters)]
    }

    /// The whole equation of what was entered within an hour.
    private static func change(_ counters: DataflowCounters) -> JSONObject {
        var object = terms(counters)
        object["pendingChange"] = .integer(counters.pending)
        return object
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
