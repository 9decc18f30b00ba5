import ActivationCore
import ActivationEngine
import CommitLog
import StorageCommon

/// The database with a commit log in front, on its actor's thread.
///
/// What the log has taken is acknowledged, seen by everything that is read here, and performed in the database later, much of it
/// at once. Two generations of changes are kept in memory, the newest one and the one that is being performed; what is asked for is
/// looked up in both and then in the database. Whatever is rare is not logged: everything is performed in the database first,
/// and then that is done there too (``exclusively(_:)``).
final class LoggedDatabase {
    let writer: SharedWriter
    let reads: StoreReads
    let log: CommitLog
    let options: CommitLogOptions
    /// The books with everything that was staged.
    var tallies: Tallies
    /// Claims of every dataflow that was ever claimed from.
    var ledgers: [Dataflow.ID: ClaimLedger] = [:]
    /// What was staged since the other generation was closed.
    var newest = Generation()
    /// What is being performed in the database.
    var performing: Generation?
    /// What was read from the database as it is now.
    var read = ReadRevisions()
    /// Memory of an entry that was written, for the next one.
    var spare: [UInt8] = []
    /// Whether something that was given up may stand in the log's files.
    var needsWipe = true

    /// Bytes of memory that are kept for the next entry.
    static let spareMax = 16 << 20

    /// Stands before a writer that has performed everything there is in the log.
    init(
        _ writer: SharedWriter,
        reads: StoreReads,
        log: CommitLog,
        options: CommitLogOptions
    ) throws(StorageError) {
        (self.writer, self.reads, self.log, self.options) = (writer, reads, log, options)
        tallies = try writer.perform { (database) throws(StorageError) in database.tallies }
    }

    // MARK: Performing in the database

    /// Whether so much was gathered that it should be performed now.
    var isFull: Bool { newest.bytes >= options.gatheredBytes }

    /// Whether so much waits that commits must wait too.
    var isOverfull: Bool { newest.bytes + (performing?.bytes ?? 0) >= options.waitingBytesMax }

    /// Whether something up to an entry waits to be performed.
    func isBehind(_ entry: UInt64) -> Bool {
        (performing ?? newest).first.map { $0 <= entry } ?? false
    }

    /// Closes the newest generation, to be performed by somebody else, unless one was and is not performed yet; nil when there
    /// is nothing to perform.
    func close() -> Generation? {
        if let performing { return performing }
        guard !newest.isEmpty else { return nil }
        performing = newest
        newest = Generation()
        return performing
    }

    /// Notes that everything up to an entry is performed.
    ///
    /// - Parameters:
    ///   - entry: The entry.
    ///   - namespaces: The namespaces' numbers in the database.
    func performed(through entry: UInt64, _ namespaces: [ByteKey: Int64]) {
        guard let done = performing, done.last <= entry else { return }
        performing = nil
        for written in done.profiles.values { read.note(written.profile) }
        log.release(through: entry)
        tallies.namespaces = namespaces
    }

    /// Performs everything in the database and then works there; everything else waits.
    func exclusively<Value>(
        _ work: (WriterDatabase) throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        if let failure = log.failure { throw failure }
        return try writer.perform { (database) throws(StorageError) in
            try performAll(in: database)
            swap(&ledgers, &database.ledgers)
            defer {
                swap(&ledgers, &database.ledgers)
                tallies = database.tallies
                log.pass(through: database.applied)
                log.release(through: database.applied)
            }
            return try work(database)
        }
    }

    /// Leaves everything in the database file; what a lost log may hold, the next opening tells.
    func finish() throws(StorageError) {
        guard log.failure == nil else { return }
        try exclusively { (database) throws(StorageError) in try database.finish() }
    }

    private func performAll(in database: WriterDatabase) throws(StorageError) {
        read = ReadRevisions()
        // What the first of them brought counts, also when the second cannot be performed.
        defer { tallies.namespaces = database.tallies.namespaces }
        if let generation = performing {
            try database.apply(generation)
            performing = nil
        }
        try database.apply(newest)
        newest = Generation()
    }

    /// See ``WriterDatabase/scrubStep()``; what the log's files hold of what was deleted goes first.
    func scrubStep() throws(StorageError) -> WriterDatabase.ScrubStep {
        let isWanted = try exclusively { (database) throws(StorageError) in try database.isScrubWanted() }
        if isWanted, needsWipe {
            // A group that is on its way may be of somebody who was deleted since.
            guard try log.wipe() else { return .blocked }
            needsWipe = false
        }
        return try exclusively { (database) throws(StorageError) in try database.scrubStep() }
    }
}
