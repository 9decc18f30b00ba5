import ActivationCore
import ActivationEngine

/// What the writer remembers of small tables, so that no commit has to look it up.
///
/// A transaction works on a copy and the copy is kept only when it was committed.
struct Tallies {
    struct ScopeTally {
        var profiles: Int64 = 0
        var profileRowLast: Int64
        var isChanged = false

        init(profiles: Int64 = 0, profileRowLast: Int64) {
            self.profiles = profiles
            self.profileRowLast = profileRowLast
        }
    }

    struct DataflowTally {
        var number: Int64
        var scope: Scope
        var counters = DataflowCounters()
        /// Rows in the outbox, counted from the table itself when it was opened.
        var pendingRows: Int64 = 0
        var rowLast: Int64
        var isChanged = false

        init(number: Int64, scope: Scope, counters: DataflowCounters = DataflowCounters()) {
            self.number = number
            self.scope = scope
            self.counters = counters
            rowLast = RowSpace.outbox(ofDataflow: number).lowerBound
        }
    }

    var scopes: [Scope: ScopeTally] = [:]
    var dataflows: [Dataflow.ID: DataflowTally] = [:]
    /// Namespace symbols and their numbers; symbols are ASCII, so text equality is byte equality.
    var namespaces: [String: Int64] = [:]

    /// Reads everything from a database that was just opened.
    init(from connection: Connection) throws(StorageError) {
        try readScopes(connection)
        try readNamespaces(connection)
        try readDataflows(connection)
    }

    private mutating func readScopes(_ connection: Connection) throws(StorageError) {
        let rows = try connection.prepare("SELECT number, profiles, profile_row_last FROM scope")
        while try rows.next() {
            scopes[Scope(rawValue: rows.integer(0))] = ScopeTally(
                profiles: rows.integer(1),
                profileRowLast: rows.integer(2)
            )
        }
    }

    private mutating func readNamespaces(_ connection: Connection) throws(StorageError) {
        let rows = try connection.prepare("SELECT number, symbol FROM namespace")
        while try rows.next() { namespaces[rows.text(1)] = rows.integer(0) }
    }

    private mutating func readDataflows(_ connection: Connection) throws(StorageError) {
        var pending: [Int64: Int64] = [:]
        // The index holds every row's number and is a tenth of the table.
        let waiting = try connection.prepare("SELECT row FROM outbox INDEXED BY outbox_profile")
        while try waiting.next() { pending[waiting.integer(0) >> RowSpace.outboxBits, default: 0] += 1 }

        let last = try connection.prepare(
            """
            SELECT max(
                ifnull((SELECT max(row) FROM outbox WHERE row BETWEEN ?1 AND ?2), ?1),
                ifnull((SELECT max(row) FROM dead_letter WHERE row BETWEEN ?1 AND ?2), ?1)
            )
            """
        )
        let rows = try connection.prepare(
            """
            SELECT number, id, scope, triggered, delivered, superseded, suppressed_disabled, suppressed_deleted, parked
            FROM dataflow
            """
        )
        while try rows.next() {
            var tally = DataflowTally(number: rows.integer(0), scope: Scope(rawValue: rows.integer(2)))
            tally.counters = DataflowCounters(
                triggered: rows.integer(3),
                delivered: rows.integer(4),
                superseded: rows.integer(5),
                suppressedDisabled: rows.integer(6),
                suppressedDeleted: rows.integer(7),
                parked: rows.integer(8)
            )
            tally.pendingRows = pending[tally.number] ?? 0
            let range = RowSpace.outbox(ofDataflow: tally.number)
            last.bind(1, range.lowerBound)
            last.bind(2, range.upperBound)
            if try last.next() { tally.rowLast = last.integer(0) }
            last.reset()
            dataflows[Dataflow.ID(uuid: try rows.uuid(1))] = tally
        }
    }
}

extension Tallies {
    /// Gives a dataflow that was never seen before its number.
    mutating func register(_ dataflow: Dataflow.ID, _ scope: Scope) {
        guard dataflows[dataflow] == nil else { return }
        dataflows[dataflow] = DataflowTally(number: Int64(dataflows.count + 1), scope: scope)
        dataflows[dataflow]?.isChanged = true
    }
}

extension Tallies.DataflowTally {
    /// The row of one more record, or nil when the dataflow has given out all of its rows.
    mutating func takeRow() -> Int64? {
        guard rowLast < RowSpace.outbox(ofDataflow: number).upperBound else { return nil }
        rowLast += 1
        pendingRows += 1
        return rowLast
    }
}
