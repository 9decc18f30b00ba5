#if PostgreSQL
import ActivationCore
import ActivationEngine

/// Books and counters, of which every connection that writes has a stripe: what they say together.
extension ReaderDatabase {
    // MARK: Dataflows

    /// See ``Storage/books(of:)``.
    func books(of dataflows: [Dataflow.ID]) throws(StorageError) -> [Dataflow.ID: StoredBooks] {
        let ids = try identifiers(of: dataflows)
        var books = Dictionary(dataflows.map { ($0, StoredBooks()) }) { first, _ in first }
        guard !ids.isEmpty else { return books }
        let numbers = PostgresValue.int4s(Array(ids.keys))
        let answers = try inOneState([
            PostgresCall(PostgresStatements.books, numbers),
            PostgresCall(PostgresStatements.oldestOutbox, .int2(0), numbers),
        ])
        guard answers.count == 2 else { return books }
        for index in 0..<answers[0].count {
            guard let id = ids[try answers[0].int4(index, 0)] else { continue }
            books[id] = StoredBooks(
                counters: try answers[0].counters(index, from: 2),
                pendingRows: try answers[0].tally(index, 1),
                oldestPendingAt: nil
            )
        }
        for index in 0..<answers[1].count {
            guard let id = ids[try answers[1].int4(index, 0)], let at = try answers[1].optionalInt8(index, 1) else {
                continue
            }
            books[id]?.oldestPendingAt = Timestamp(milliseconds: at)
        }
        return books
    }

    private func identifiers(of dataflows: [Dataflow.ID]) throws(StorageError) -> [Int32: Dataflow.ID] {
        let known = try shared.dataflows(dataflows) { calls throws(StorageError) in try connection.run(calls) }
        return Dictionary(known.map { ($0.value.number, $0.key) }) { first, _ in first }
    }

    /// See ``Storage/bookedHours(of:since:)``.
    func bookedHours(
        of dataflows: [Dataflow.ID],
        from first: Int64
    ) throws(StorageError) -> [Dataflow.ID: [BookedHour]] {
        let ids = try identifiers(of: dataflows)
        var booked: [Dataflow.ID: [BookedHour]] = Dictionary(dataflows.map { ($0, []) }) { first, _ in first }
        guard !ids.isEmpty else { return booked }
        let found = try rows(PostgresStatements.bookHours, .int4s(Array(ids.keys)), .int8(first))
        var hours: [Int32: [Int64: DataflowCounters]] = [:]
        var openings: [(number: Int64, books: DataflowCounters)] = []
        for index in 0..<found.count {
            let counters = try found.counters(index, from: 3)
            guard let hour = try found.optionalInt8(index, 2) else {
                let dataflow = try found.int4(index, 0)
                for hour in BookedHour.hours(from: openings, to: counters) {
                    hours[dataflow, default: [:]][hour.number, default: DataflowCounters()] += hour.counters
                }
                openings = []
                continue
            }
            openings.append((hour, counters))
        }
        for (number, id) in ids {
            booked[id] = (hours[number] ?? [:]).sorted { $0.key < $1.key }.map { hour, counters in
                BookedHour(start: Timestamp(milliseconds: hour &* BookedHour.length), counters: counters)
            }
        }
        return booked
    }

    /// See ``Storage/bookedHours(dataflow:)``.
    func bookedHours(dataflow: Dataflow.ID) throws(StorageError) -> [BookedHour] {
        guard let number = try number(of: dataflow) else { return [] }
        var hours = try bookedHours(of: [dataflow], from: .min)[dataflow] ?? []
        guard let first = hours.first?.number else { return [] }
        let found = try rows(PostgresStatements.audienceBookHours, number, .int8(first))
        var books: [Int64: AudienceBooks] = [:]
        var openings: [(number: Int64, books: DataflowCounters)] = []
        var openedBy: (audience: Audience.ID, stripe: Int16)?
        for index in 0..<found.count {
            let counters = try found.counters(index, from: 3)
            let (audience, stripe) = (Audience.ID(uuid: try found.uuid(index, 0)), try found.int2(index, 1))
            // Where hours began and nothing was entered there are no books to end them.
            if openedBy.map({ $0 != (audience, stripe) }) ?? false { openings = [] }
            openedBy = (audience, stripe)
            guard let hour = try found.optionalInt8(index, 2) else {
                for hour in BookedHour.hours(from: openings, to: counters) {
                    let isEmpty = hour.counters == DataflowCounters()
                    if audience == .all {
                        books[hour.number, default: AudienceBooks()].told += hour.counters
                    } else if !isEmpty {
                        books[hour.number, default: AudienceBooks()].audiences[
                            audience,
                            default: DataflowCounters()
                        ] +=
                            hour.counters
                    }
                }
                openings = []
                continue
            }
            openings.append((hour, counters))
            // An hour that began while nothing was entered of audiences yet has books of them all the same.
            if books[hour] == nil { books[hour] = AudienceBooks() }
        }
        for index in hours.indices { hours[index].audiences = books[hours[index].number] }
        return hours
    }

    // MARK: Audiences

    /// See ``Storage/memberCounts(of:scope:)``; nil = of all.
    func memberCounts(of audiences: [Audience.ID]?, scope: Scope) throws(StorageError) -> [Audience.ID: Int64] {
        let found = try rows(
            PostgresStatements.memberCounts,
            .int4(try scope.number),
            audiences.map { .uuids($0.map(\.uuid)) } ?? .null
        )
        var counts: [Audience.ID: Int64] = [:]
        for index in 0..<found.count {
            let audience = Audience.ID(uuid: try found.uuid(index, 0))
            counts[audience] = try found.memberCounters(index, from: 1).members
        }
        return counts
    }

    /// See ``Storage/memberHours(of:scope:)``.
    func memberHours(of audience: Audience.ID, scope: Scope) throws(StorageError) -> [MemberHour] {
        let found = try rows(PostgresStatements.memberHours, .int4(try scope.number), .uuid(audience.uuid))
        var hours: [Int64: MemberCounters] = [:]
        var members: Int64 = 0
        var openings: [(number: Int64, counters: MemberCounters)] = []
        for index in 0..<found.count {
            let counters = try found.memberCounters(index, from: 2)
            guard let hour = try found.optionalInt8(index, 1) else {
                for hour in MemberHour.hours(from: openings, to: counters) {
                    let number = BookedHour.number(of: hour.start)
                    hours[number, default: MemberCounters()].entered += hour.counters.entered
                    hours[number, default: MemberCounters()].exited += hour.counters.exited
                }
                members += counters.members
                openings = []
                continue
            }
            openings.append((hour, counters))
        }
        // Those of now less what came after an hour were there at its end.
        var ends: [MemberHour] = []
        for (number, counters) in hours.sorted(by: { $0.key > $1.key }) {
            let start = Timestamp(milliseconds: number &* BookedHour.length)
            ends.append(MemberHour(start: start, counters: counters, members: members))
            members -= counters.members
        }
        return ends.reversed()
    }

    /// See ``Storage/memberChanges(since:scope:)``.
    func memberChanges(since hour: Int64, scope: Scope) throws(StorageError) -> [Audience.ID: MemberCounters] {
        let found = try rows(PostgresStatements.memberChanges, .int4(try scope.number), .int8(hour))
        var changes: [Audience.ID: MemberCounters] = [:]
        for index in 0..<found.count {
            changes[Audience.ID(uuid: try found.uuid(index, 0))] = try found.memberCounters(index, from: 1)
        }
        return changes
    }
}

extension BookedHour {
    /// The hour, counted from 1970.
    fileprivate var number: Int64 { BookedHour.number(of: start) }
}
#endif
