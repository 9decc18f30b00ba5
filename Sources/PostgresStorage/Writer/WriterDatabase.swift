#if PostgreSQL
import ActivationCore
import ActivationEngine
import Foundation
import StorageCommon

/// A connection that writes, with a row of its own by which it learns what became of a commit whose answer was lost, and a stripe of
/// all counters of its own.
final class WriterDatabase {
    let connection: PostgresConnection
    let shared: SharedState
    let options: PostgresOptions
    /// The number of the writer's row, and of its stripe.
    let number: Int16
    /// The process, which alone may take the row for another connection.
    private let holder: UUIDBytes
    /// The batch that is under way; nil = none is.
    var batch: BatchID?
    /// How many batches have begun.
    var begun: Int64 = 0
    /// Whether there may be marks, as the batch under way found.
    var hasMarks = true
    /// Rows of the profiles that it holds; nil = no batch is under way.
    var held: [Int64]?
    /// The connection for which the writer's row was taken, and what it said.
    private var generation = 0
    private var epoch: Int64 = 0
    /// The number of the last commit that the database has acknowledged, or will be found to have.
    private var committed: Int64 = 0
    /// The connection over which records were claimed last, and the last one that was looked at.
    var claimedOver = 0
    var seen: Int64 = 0
    /// Up to where it may claim.
    var reach: ClaimReach
    /// Why it claims and settles no more.
    private var lostClaims: StorageError?

    /// Connects, for the process that holds the writer's row.
    init(
        _ options: PostgresOptions,
        _ shared: SharedState,
        number: Int16,
        holder: UUIDBytes,
        name: String
    ) throws(StorageError) {
        (self.options, self.shared, self.number, self.holder) = (options, shared, number, holder)
        reach = ClaimReach(through: shared.formerReach ?? 0)
        connection = try PostgresConnection(options, name: name)
        try takeRow()
        committed = stored
    }

    // MARK: The writer's row

    /// The number of the last commit that the row tells of.
    private var stored: Int64 = 0

    /// Takes the writer's row for this connection; waits for a commit of the one before that is still running, which does nothing more
    /// after that.
    ///
    /// - Throws: `writeLost` when another process has it.
    private func takeRow() throws(StorageError) {
        let row = try connection.run(PostgresCall(PostgresStatements.takeWriterAgain, .int2(number), .uuid(holder)))
        guard row.count == 1 else { throw lose(Self.takenOver) }
        (epoch, stored) = (try row.tally(0, 0), try row.tally(0, 1))
        generation = connection.generation
    }

    private static let takenOver =
        "another process has taken this one's place in the database; one node leads at a time, and each has a name of its own"

    /// Nothing more is written from here on, by whichever connection.
    func lose(_ why: String) -> StorageError {
        let error = StorageError(.writeLost, why)
        shared.lose(error)
        connection.mayRepeat = false
        return error
    }

    /// Nothing more is claimed or settled from here on; batches are committed, as followers do.
    func loseClaims() -> StorageError {
        let error = StorageError(.writeLost, Self.takenOver)
        lostClaims = error
        connection.mayRepeat = false
        return error
    }

    /// Makes sure that there is a connection whose writer's row is ours, and that the database has all that it has acknowledged.
    func makeReady() throws(StorageError) {
        if let lost = shared.lostWrite ?? lostClaims { throw lost }
        connection.dropIfSilent()
        try connection.reconnectIfLost()
        guard connection.generation != generation else { return }
        try takeRow()
        guard stored < committed else { return }
        throw lose(
            "the database is back without commit \(committed) of writer \(number), which it had acknowledged; its last one is "
                + "\(stored): a standby without it was promoted, or an older copy restored"
        )
    }

    /// Makes sure, beside that, that no other process claims records.
    func makeSureOfPlace() throws(StorageError) {
        try makeReady()
        guard try connection.run(placeCall).count == 1 else { throw loseClaims() }
    }

    /// Asks whether this process claims records: one row when it does.
    var placeCall: PostgresCall {
        PostgresCall(PostgresStatements.isHolder, .int2(WriterNumbers.claimant), .uuid(holder))
    }

    /// Keeps every other process from claiming records until the transaction that is open ends.
    func holdClaims() throws(StorageError) {
        guard try holdsClaims() else { throw loseClaims() }
    }

    /// Whether this process claims records; then no other does until the transaction that is open ends.
    func holdsClaims() throws(StorageError) -> Bool {
        try run(PostgresStatements.holdWriter, .int2(WriterNumbers.claimant), .uuid(holder)).count == 1
    }

    // MARK: Transactions

    /// Runs statements in the transaction that is open, or opens one; an error ends it.
    func run(_ calls: [PostgresCall]) throws(StorageError) -> [PostgresRows] {
        if connection.isInTransaction { return try connection.run(calls) }
        guard batch == nil else { throw expired() }
        return Array(try connection.run([PostgresCall(PostgresStatements.begin)] + calls).dropFirst())
    }

    func run(_ statement: PostgresStatement, _ values: PostgresValue...) throws(StorageError) -> PostgresRows {
        guard let rows = try run([PostgresCall(statement, values)]).first else {
            throw StorageError(.io, "the database gave no answer")
        }
        return rows
    }

    /// What a batch meets whose transaction is gone.
    func expired() -> StorageError {
        batch = nil
        return StorageError(
            .expired,
            "the batch took too long or lost its connection, and nothing of it was done; begin again"
        )
    }

    /// Does something in a transaction that is committed at its end; an error leaves everything as it was.
    func transaction<Value>(_ work: () throws(StorageError) -> (Value, Change)) throws(StorageError) -> Value {
        if batch == nil { try makeReady() }
        do throws(StorageError) {
            let (value, change) = try work()
            try commit(change)
            batch = nil
            return value
        } catch {
            let isInBatch = batch != nil
            batch = nil
            connection.rollBack()
            // What was loaded for a batch is nobody's any more, and nothing of it was done.
            throw isInBatch && connection.mayRepeat && error.code == .unavailable ? expired() : error
        }
    }

    /// Commits what is open with the last of its statements, and finds out whether it was when the answer is lost.
    ///
    /// - Throws: Why nothing was done; `writeLost` when that cannot be said.
    private func commit(_ change: Change) throws(StorageError) {
        // Another connection may have found out meanwhile that nothing may be written any more.
        if let lost = shared.lostWrite { throw lost }
        var change = change
        let hours = shared.withKnown { enterBooks(&change, $0) }
        let next = committed + 1
        change.add(PostgresStatements.noteBatch, .int2(number), .int8(epoch), .int8(next))
        change.add(PostgresStatements.commit)
        _ = connection.takeWarnings()
        do throws(StorageError) {
            _ = try run(change.calls)
        } catch {
            if error.code == .fenced { throw lose(Self.takenOver) }
            let mayRepeat = connection.mayRepeat
            let isDone = connection.isConnected ? false : try isCommitted(next)
            guard isDone else {
                connection.mayRepeat = mayRepeat
                throw error
            }
        }
        batch = nil
        committed = next
        shared.withKnown { hours.note(change, in: &$0) }
        try confirm()
        options.witness?.note(next, by: number, at: WriterNumbers.place(ofRow: number), of: shared.store)
        discardYoungPlans()
    }

    /// Commits over this connection; a new one begins anew.
    private var commits = (generation: 0, count: 0)
    private static let commitsOfYoungTables = 1 << 20

    /// Has plans made anew while the tables may have grown much since they were made: a plan for an empty table goes through all of it,
    /// and is kept until the server has looked at the table by itself.
    private func discardYoungPlans() {
        if commits.generation != connection.generation { commits = (connection.generation, 0) }
        commits.count += 1
        guard commits.count <= Self.commitsOfYoungTables, commits.count & (commits.count - 1) == 0 else { return }
        // One that fails is tried with the next power of two; whatever is the matter with the connection shows at once.
        _ = try? connection.run(PostgresCall(PostgresStatements.discardPlans))
    }

    /// How long it is tried to find out what became of a commit: longer than another server takes to become the primary.
    private static let fatePatience: Duration = .seconds(60)
    private static let fatePause = 0.25

    /// Whether a commit whose answer was lost was done; once this says no, it never will be.
    private func isCommitted(_ number: Int64) throws(StorageError) -> Bool {
        let end = ContinuousClock.now + Self.fatePatience
        while true {
            do throws(StorageError) {
                try makeReady()
                return stored >= number
            } catch {
                if error.code == .writeLost { throw error }
            }
            guard ContinuousClock.now < end else {
                throw lose(
                    "the database has gone while it committed, and nobody can say whether it did; start again when it is back"
                )
            }
            Thread.sleep(forTimeInterval: Self.fatePause)
        }
    }

    /// Whoever is told during a COMMIT that something was not waited for commits something more, which waits for all before it.
    private func confirm() throws(StorageError) {
        guard connection.takeWarnings() > 0 else { return }
        let end = ContinuousClock.now + Self.fatePatience
        repeat {
            do throws(StorageError) {
                try makeReady()
                _ = try connection.run([
                    PostgresCall(PostgresStatements.begin),
                    PostgresCall(PostgresStatements.noteBatch, .int2(number), .int8(epoch), .int8(committed)),
                    PostgresCall(PostgresStatements.commit),
                ])
                if connection.takeWarnings() == 0 { return }
            } catch {
                if error.code == .writeLost { throw error }
                if error.code == .fenced { throw lose(Self.takenOver) }
                Thread.sleep(forTimeInterval: Self.fatePause)
            }
        } while ContinuousClock.now < end
        throw lose("the database does not confirm that a standby has what it committed")
    }

    /// See ``Storage/checkWritable()``.
    func checkWritable(in scope: Scope) throws(StorageError) {
        try transaction { () throws(StorageError) in ((), try Change(in: scope)) }
    }
}
#endif
