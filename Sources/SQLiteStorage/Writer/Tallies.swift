import ActivationCore
import ActivationEngine

/// What the writer remembers of small tables, so that no commit has to look it up.
///
/// A transaction works on a copy and the copy is kept only when it was committed.
struct Tallies {
    struct ScopeTally {
        var profiles: Int64 = 0
        var profileRowLast: Int64
        /// The last numbers that the dictionaries have given out.
        var pathLast: Int64 = 0
        var datasetLast: Int64 = 0
        /// Transactions that changed the scope.
        var commits: Int64 = 0
        var admission: AdmissionMark?
        /// The hour of the last change of any audience's members, and the audiences for which it has begun, as far as
        /// this process knows.
        var memberHour = Int64.min
        var audiencesInHour: Set<Audience.ID> = []
        /// Whether the suppression list holds anything.
        var hasSuppressions = false
        var isChanged = false

        init(_ scope: Scope) {
            profileRowLast = RowSpace.profiles(ofScope: scope.rawValue).lowerBound
        }
    }

    struct DataflowTally {
        var number: Int64
        var scope: Scope
        var counters = DataflowCounters()
        /// Rows in the outbox, counted from the table itself when it was opened.
        var pendingRows: Int64 = 0
        var rowLast: Int64
        /// The last hour in which anything was entered in the books; nil = there was none.
        var hour: Int64?
        /// The same of the hour for which the books of audiences are kept; nil = it began before they were.
        var audienceHour: Int64?
        /// The audiences for which it has begun, as far as this process knows.
        var audiencesInHour: Set<Audience.ID> = []
        /// What the transaction has entered of audiences.
        var entered = AudienceBooks()
        /// Whether there may be marks of what was left undone.
        var hasMarks = false
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
    /// Namespace symbols and their numbers.
    var namespaces: [ByteKey: Int64] = [:]

    /// Reads everything from a database that was just opened.
    init(from connection: Connection) throws(StorageError) {
        try readScopes(connection)
        try readNamespaces(connection)
        try readDataflows(connection)
        try readMarks(connection)
        try readSuppressions(connection)
    }

    private mutating func readScopes(_ connection: Connection) throws(StorageError) {
        let rows = try connection.prepare(
            """
            SELECT number, profiles, profile_row_last, commits, admitted_at, admission,
                ifnull((SELECT max(id) FROM path WHERE scope = number), 0),
                ifnull((SELECT max(id) FROM dataset WHERE scope = number), 0)
            FROM scope
            """
        )
        while try rows.next() {
            let scope = Scope(rawValue: rows.integer(0))
            var tally = ScopeTally(scope)
            guard RowSpace.profiles(ofScope: scope.rawValue).contains(rows.integer(2)) else {
                throw StorageError(.corrupt, "a scope has rows of another; restore the database from a backup")
            }
            tally.profiles = try rows.count(1)
            tally.profileRowLast = rows.integer(2)
            tally.commits = try rows.count(3)
            (tally.pathLast, tally.datasetLast) = (try rows.count(6), try rows.count(7))
            if let instant = rows.optionalInteger(4) {
                let mark = AdmissionMark(
                    instant: Timestamp(milliseconds: instant),
                    sequence: AdmissionSequence(rawValue: try rows.count(5))
                )
                guard mark.instant.isPlausible, mark.sequence.isPlausible else {
                    throw StorageError(.corrupt, "a scope has a mark that was never made; restore a backup")
                }
                tally.admission = mark
            }
            scopes[scope] = tally
        }
    }

    private mutating func readSuppressions(_ connection: Connection) throws(StorageError) {
        let rows = try connection.prepare("SELECT 1 FROM suppression WHERE scope = ?1 LIMIT 1")
        for scope in scopes.keys {
            rows.bind(1, scope.rawValue)
            scopes[scope]?.hasSuppressions = try rows.next()
            rows.reset()
        }
    }

    private mutating func readNamespaces(_ connection: Connection) throws(StorageError) {
        let rows = try connection.prepare("SELECT number, symbol FROM namespace")
        while try rows.next() { namespaces[ByteKey(try rows.text(1))] = rows.integer(0) }
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
            SELECT number, id, scope, \(Statement.counterColumns),
                (SELECT max(hour) FROM dataflow_hour WHERE dataflow = number),
                (SELECT max(hour) FROM dataflow_audience_hour WHERE dataflow = number)
            FROM dataflow
            """
        )
        while try rows.next() {
            guard RowSpace.dataflowNumbers.contains(rows.integer(0)) else {
                throw StorageError(.corrupt, "a dataflow's number is out of its range; restore from a backup")
            }
            var tally = DataflowTally(number: rows.integer(0), scope: Scope(rawValue: rows.integer(2)))
            tally.counters = try rows.counters(from: 3)
            tally.hour = rows.optionalInteger(12)
            if let hour = tally.hour, rows.optionalInteger(13) == hour { tally.audienceHour = hour }
            tally.pendingRows = pending[tally.number] ?? 0
            let range = RowSpace.outbox(ofDataflow: tally.number)
            last.bind(1, range.lowerBound)
            last.bind(2, range.upperBound)
            if try last.next() { tally.rowLast = last.integer(0) }
            last.reset()
            tally.skipRowsGivenOut()
            dataflows[Dataflow.ID(uuid: try rows.uuid(1))] = tally
        }
    }
}

extension Tallies {
    /// Transactions that the database has taken since it was made.
    var commits: Int64 { scopes.values.reduce(0) { $0 + $1.commits } }

    /// Counts a transaction and notes how far admission has come with it; a mark never goes back.
    mutating func countCommit(of scope: Scope, _ mark: AdmissionMark?) {
        var tally = scopes[scope] ?? ScopeTally(scope)
        tally.commits += 1
        if let mark {
            tally.admission = AdmissionMark(
                instant: max(mark.instant, tally.admission?.instant ?? mark.instant),
                sequence: max(mark.sequence, tally.admission?.sequence ?? mark.sequence)
            )
        }
        tally.isChanged = true
        scopes[scope] = tally
    }

    /// Refuses a plan whose new paths or datasets do not follow the last ones.
    func checkFollowing(_ plan: CommitPlan) throws(StorageError) {
        var path = scopes[plan.scope]?.pathLast ?? 0
        for write in plan.paths { try Self.check(Int64(write.id.rawValue), follows: &path, "path") }
        var dataset = scopes[plan.scope]?.datasetLast ?? 0
        for write in plan.datasets { try Self.check(Int64(write.id), follows: &dataset, "dataset") }
    }

    /// Notes the numbers that a plan gives to paths and datasets.
    mutating func noteNumbers(of plan: CommitPlan) {
        guard !plan.paths.isEmpty || !plan.datasets.isEmpty else { return }
        var tally = scopes[plan.scope] ?? ScopeTally(plan.scope)
        if let path = plan.paths.last { tally.pathLast = Int64(path.id.rawValue) }
        if let dataset = plan.datasets.last { tally.datasetLast = Int64(dataset.id) }
        scopes[plan.scope] = tally
    }

    private static func check(
        _ number: Int64,
        follows last: inout Int64,
        _ what: String
    ) throws(StorageError) {
        guard number == last + 1 else {
            throw StorageError(.conflict, "\(what) \(number) does not follow the last one, \(last); load again")
        }
        last = number
    }

    /// The row of one more profile.
    ///
    /// - Throws: `full` when the scope has given out all of its rows.
    mutating func nextProfileRow(in scope: Scope) throws(StorageError) -> Int64 {
        var tally = scopes[scope] ?? ScopeTally(scope)
        guard tally.profileRowLast < RowSpace.profiles(ofScope: scope.rawValue).upperBound else {
            throw StorageError(.full, "scope \(scope.rawValue) has given out all its profile rows; use another sandbox")
        }
        tally.profileRowLast += 1
        tally.profiles += 1
        tally.isChanged = true
        scopes[scope] = tally
        return tally.profileRowLast
    }

    /// The row of one more record of a dataflow, which gets its number with the first one.
    ///
    /// - Throws: `full` when the dataflow has given out all of its rows.
    mutating func nextRow(of dataflow: Dataflow.ID, _ scope: Scope) throws(StorageError) -> Int64 {
        try register(dataflow, scope)
        // Copies of integers; the dictionary is touched twice and never copied.
        guard let row = dataflows[dataflow]?.takeRow() else {
            throw StorageError(.full, "dataflow \(dataflow.uuid) has given out all its rows; make a new dataflow")
        }
        return row
    }

    /// Gives a dataflow that was never seen before its number.
    mutating func register(_ dataflow: Dataflow.ID, _ scope: Scope) throws(StorageError) {
        guard dataflows[dataflow] == nil else { return }
        let number = (dataflows.values.lazy.map(\.number).max() ?? 0) + 1
        guard RowSpace.dataflowNumbers.contains(number) else {
            throw StorageError(.full, "the store has given out all numbers of dataflows; use another data directory")
        }
        dataflows[dataflow] = DataflowTally(number: number, scope: scope)
        dataflows[dataflow]?.isChanged = true
    }
}

extension Tallies.DataflowTally {
    /// Rows that have left the outbox are never given out again: whoever noted one means what was before it.
    fileprivate mutating func skipRowsGivenOut() {
        let range = RowSpace.outbox(ofDataflow: number)
        let rows = max(0, counters.triggered - counters.suppressedDisabled)
        let (last, isOver) = range.lowerBound.addingReportingOverflow(rows)
        rowLast = max(rowLast, isOver ? range.upperBound : min(last, range.upperBound))
    }

    /// The row of one more record, or nil when the dataflow has given out all of its rows.
    mutating func takeRow() -> Int64? {
        guard rowLast < RowSpace.outbox(ofDataflow: number).upperBound else { return nil }
        rowLast += 1
        pendingRows += 1
        return rowLast
    }
}
