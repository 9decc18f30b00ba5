import ActivationCore
import ActivationEngine

/// A third connection, for counting rows beside everything else, however many there are.
final class AuditorDatabase {
    private let connection: Connection
    private let readBooks: Statement
    private let readOutbox: Statement
    private let readDeadLetters: Statement
    private let readNumber: Statement
    private let readAudienceBooks: Statement
    private let readTold: Statement
    private let readLettersTold: Statement

    /// Rows between two looks at whether the count is still wanted.
    private static let rowsBetweenLooks = 4_096

    /// Opens a database that the writer has brought up to date.
    init(_ directory: DataDirectory, _ options: SQLiteStorageOptions) throws(StorageError) {
        connection = try Connection(path: directory.databasePath, vfs: options.vfs)
        connection.waitForLocks(milliseconds: 5_000)
        try connection.execute(
            """
            PRAGMA query_only = ON;
            PRAGMA cache_size = -512;
            PRAGMA trusted_schema = OFF;
            """
        )
        readBooks = try connection.prepare(
            "SELECT number, id, \(Statement.counterColumns) FROM dataflow WHERE scope = ?1"
        )
        // The indexes hold every row's number and are a tenth of the tables.
        readOutbox = try connection.prepare("SELECT row FROM outbox INDEXED BY outbox_profile")
        readDeadLetters = try connection.prepare("SELECT row FROM dead_letter INDEXED BY dead_letter_profile")
        readNumber = try connection.prepare("SELECT number FROM dataflow WHERE id = ?1")
        readAudienceBooks = try connection.prepare(
            "SELECT audience, \(Statement.counterColumns) FROM dataflow_audience WHERE dataflow = ?1"
        )
        readTold = try connection.prepare("SELECT audiences FROM outbox WHERE row BETWEEN ?1 AND ?2")
        readLettersTold = try connection.prepare("SELECT audiences FROM dead_letter WHERE row BETWEEN ?1 AND ?2")
    }

    /// See ``Storage/countBooks(scope:)``.
    func countBooks(scope: Scope) throws(StorageError) -> [Dataflow.ID: CountedBooks] {
        // One state of the store for all three.
        try connection.execute("BEGIN")
        defer { try? connection.execute("COMMIT") }
        let waiting = try count(readOutbox)
        let letters = try count(readDeadLetters)
        var books: [Dataflow.ID: CountedBooks] = [:]
        readBooks.bind(1, scope.rawValue)
        defer { readBooks.reset() }
        while try readBooks.next() {
            let number = readBooks.integer(0)
            books[Dataflow.ID(uuid: try readBooks.uuid(1))] = CountedBooks(
                counters: try readBooks.counters(from: 2),
                waiting: waiting[number] ?? 0,
                deadLetters: letters[number] ?? 0
            )
        }
        return books
    }

    /// See ``Storage/countAudienceBooks(dataflow:)``.
    func countAudienceBooks(dataflow: Dataflow.ID) throws(StorageError) -> CountedAudienceBooks {
        try connection.execute("BEGIN")
        defer { try? connection.execute("COMMIT") }
        readNumber.bind(1, dataflow.uuid)
        defer { readNumber.reset() }
        guard try readNumber.next() else { return CountedAudienceBooks() }
        let number = readNumber.integer(0)
        readAudienceBooks.bind(1, number)
        defer { readAudienceBooks.reset() }
        var books = AudienceBooks()
        while try readAudienceBooks.next() {
            let counters = try readAudienceBooks.counters(from: 1)
            if let audience = try readAudienceBooks.audiences(0).first {
                books.audiences[audience] = counters
            } else {
                books.told = counters
            }
        }
        var counted = CountedAudienceBooks(books: books)
        try count(readTold, of: number) { counted.countWaiting($0) }
        try count(readLettersTold, of: number) { counted.countDeadLetter($0) }
        return counted
    }

    /// Gives the audiences of which each row of a dataflow tells.
    private func count(
        _ statement: Statement,
        of number: Int64,
        _ note: ([Audience.ID]) -> Void
    ) throws(StorageError) {
        let range = RowSpace.outbox(ofDataflow: number)
        statement.bind(1, range.lowerBound)
        statement.bind(2, range.upperBound)
        defer { statement.reset() }
        var seen = 0
        while try statement.next() {
            note(try statement.audiences(0))
            try look(&seen)
        }
    }

    /// Looks now and then whether a count is still wanted.
    private func look(_ seen: inout Int) throws(StorageError) {
        seen += 1
        guard seen % Self.rowsBetweenLooks != 0 || !Task.isCancelled else {
            throw StorageError(.closed, "the count was given up")
        }
    }

    /// Rows by the number of their dataflow.
    private func count(_ statement: Statement) throws(StorageError) -> [Int64: Int64] {
        defer { statement.reset() }
        var counts: [Int64: Int64] = [:]
        var seen = 0
        while try statement.next() {
            counts[statement.integer(0) >> RowSpace.outboxBits, default: 0] += 1
            try look(&seen)
        }
        return counts
    }
}
