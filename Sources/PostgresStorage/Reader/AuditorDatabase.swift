#if PostgreSQL
import ActivationCore
import ActivationEngine

/// A connection of its own for counting rows beside everything else, however many there are.
final class AuditorDatabase {
    private let connection: PostgresConnection
    private let shared: SharedState

    /// Rows between two looks at whether the count is still wanted.
    private static let rowsBetweenLooks: Int64 = 20_000

    init(_ options: PostgresOptions, _ shared: SharedState, name: String) throws(StorageError) {
        connection = try PostgresConnection(options, name: name, patience: nil)
        self.shared = shared
    }

    /// Reads one state of the store, again over another connection where that was lost.
    private func inOneState<Value>(_ read: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        try connection.repeating { () throws(StorageError) in try once(read) }
    }

    private func once<Value>(_ read: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        _ = try connection.run(PostgresCall(PostgresStatements.beginReading))
        do throws(StorageError) {
            let value = try read()
            _ = try connection.run(PostgresCall(PostgresStatements.commit))
            return value
        } catch {
            connection.rollBack()
            throw error
        }
    }

    /// See ``Storage/countBooks(scope:)``.
    func countBooks(scope: Scope) throws(StorageError) -> [Dataflow.ID: CountedBooks] {
        let number = try scope.number
        return try inOneState { () throws(StorageError) in
            let waiting = try count(PostgresStatements.countOutbox)
            let letters = try count(PostgresStatements.countDeadLetters)
            let found = try connection.run(PostgresCall(PostgresStatements.allBooks, .int4(number)))
            var books: [Dataflow.ID: CountedBooks] = [:]
            for index in 0..<found.count {
                let number = try found.int4(index, 0)
                books[Dataflow.ID(uuid: try found.uuid(index, 1))] = CountedBooks(
                    counters: try found.counters(index, from: 2),
                    waiting: waiting[number] ?? 0,
                    deadLetters: letters[number] ?? 0
                )
            }
            return books
        }
    }

    private func count(_ statement: PostgresStatement) throws(StorageError) -> [Int32: Int64] {
        guard !Task.isCancelled else { throw Self.givenUp }
        let found = try connection.run(PostgresCall(statement, .int2(0)))
        var counts: [Int32: Int64] = [:]
        for index in 0..<found.count { counts[try found.int4(index, 0)] = try found.tally(index, 1) }
        return counts
    }

    private static let givenUp = StorageError(.closed, "the count was given up")

    /// See ``Storage/countAudienceBooks(dataflow:)``.
    func countAudienceBooks(dataflow: Dataflow.ID) throws(StorageError) -> CountedAudienceBooks {
        let known = try shared.dataflow(dataflow) { calls throws(StorageError) in try connection.run(calls) }
        guard let number = known?.number else { return CountedAudienceBooks() }
        return try inOneState { () throws(StorageError) in
            let found = try connection.run(PostgresCall(PostgresStatements.audienceBooks, .int4(number)))
            var books = AudienceBooks()
            for index in 0..<found.count {
                let counters = try found.counters(index, from: 1)
                let audience = Audience.ID(uuid: try found.uuid(index, 0))
                if audience == .all { books.told = counters } else { books.audiences[audience] = counters }
            }
            var counted = CountedAudienceBooks(books: books)
            try forEach(PostgresStatements.toldByOutbox, of: number) { counted.countWaiting($0) }
            try forEach(PostgresStatements.toldByDeadLetters, of: number) { counted.countDeadLetter($0) }
            return counted
        }
    }

    /// Gives the audiences of which each row of a dataflow tells.
    private func forEach(
        _ statement: PostgresStatement,
        of number: Int32,
        _ note: ([Audience.ID]) -> Void
    ) throws(StorageError) {
        var last = Int64.min
        while true {
            guard !Task.isCancelled else { throw Self.givenUp }
            let found = try connection.run(
                PostgresCall(statement, .int2(0), .int4(number), .int8(last), .int8(Self.rowsBetweenLooks))
            )
            for index in 0..<found.count {
                last = try found.int8(index, 0)
                note(try found.audiences(index, 1))
            }
            if found.count < Self.rowsBetweenLooks { return }
        }
    }
}
#endif
