import ActivationCore
import ActivationEngine

/// The books of dataflows by audience (docs/decisions/0046).
extension ReaderDatabase {
    /// See ``Storage/bookedHours(dataflow:)``.
    func bookedHoursWithAudiences(dataflow: Dataflow.ID) throws(StorageError) -> [BookedHour] {
        // One state of the store for all.
        try connection.execute("BEGIN")
        defer { try? connection.execute("COMMIT") }
        var hours = try bookedHours(dataflow: dataflow)
        guard let first = hours.first.map({ BookedHour.number(of: $0.start) }) else { return [] }
        let audiences = try audienceHours(of: dataflow, from: first)
        for index in hours.indices { hours[index].audiences = audiences[BookedHour.number(of: hours[index].start)] }
        return hours
    }

    /// What was entered of audiences by hour, from one on: the difference of what the books of each said when two of its hours
    /// began.
    private func audienceHours(
        of dataflow: Dataflow.ID,
        from first: Int64
    ) throws(StorageError) -> [Int64: AudienceBooks] {
        var hours: [Int64: AudienceBooks] = [:]
        var openings: [Audience.ID?: (hour: Int64, books: DataflowCounters)] = [:]
        func end(_ audience: Audience.ID?, _ books: DataflowCounters) {
            guard let opening = openings[audience], books != opening.books else { return }
            let entered = books.since(opening.books)
            if let audience {
                hours[opening.hour]?.audiences[audience] = entered
            } else {
                hours[opening.hour]?.told = entered
            }
        }
        readAudienceHours.bind(1, dataflow.uuid)
        readAudienceHours.bind(2, first)
        defer { readAudienceHours.reset() }
        while try readAudienceHours.next() {
            let audience = try readAudienceHours.audiences(0).first
            let books = try readAudienceHours.counters(from: 1)
            let hour = readAudienceHours.integer(10)
            end(audience, books)
            openings[audience] = (hour, books)
            // The empty id comes first in every hour.
            if audience == nil { hours[hour] = AudienceBooks() }
        }
        readAudienceBooks.bind(1, dataflow.uuid)
        defer { readAudienceBooks.reset() }
        while try readAudienceBooks.next() {
            end(try readAudienceBooks.audiences(0).first, try readAudienceBooks.counters(from: 1))
        }
        return hours
    }
}
