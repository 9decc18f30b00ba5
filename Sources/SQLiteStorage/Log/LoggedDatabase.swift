import ActivationCore
import ActivationEngine
import CommitLog

/// The database with a commit log in front, on its actor's thread.
///
/// What the log has taken is acknowledged, seen by everything that is read here, and performed in the database later, much of it
/// at once. Two generations of changes are kept in memory, the newest one and the one that is being performed; what is asked for is
/// looked up in both and then in the database. Whatever is rare is not logged: everything is performed in the database first,
/// and then that is done there too (``exclusively(_:)``).
final class LoggedDatabase {
    private let writer: SharedWriter
    private let reads: StoreReads
    private let log: CommitLog
    private let options: CommitLogOptions
    /// The books with everything that was staged.
    private var tallies: Tallies
    /// Claims of every dataflow that was ever claimed from.
    private var ledgers: [Dataflow.ID: ClaimLedger] = [:]
    /// What was staged since the other generation was closed.
    private var newest = Generation()
    /// What is being performed in the database.
    private var performing: Generation?
    /// Profiles that were read of late, so that a commit need not read them again.
    private var read: [Int64: ReadProfile] = [:]
    private var readBefore: [Int64: ReadProfile] = [:]
    /// Memory of an entry that was written, for the next one.
    private var spare: [UInt8] = []
    /// Whether something that was given up may stand in the log's files.
    private var needsWipe = true

    /// What a profile's row held when it was read.
    private struct ReadProfile {
        var id: Profile.ID
        var revision: Int64
    }

    /// Bytes of memory that are kept for the next entry.
    private static let spareMax = 16 << 20
    /// Profiles that are remembered as read before the older half is forgotten.
    private static let readMax = 16_384

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

    // MARK: Reading

    /// See ``Storage/load(_:)``.
    func load(_ request: LoadRequest) throws(StorageError) -> LoadedState {
        if read.count > Self.readMax { (readBefore, read) = (read, [:]) }
        return try reads.read { () throws(StorageError) in
            var rows: [Int64] = []
            rows.reserveCapacity(request.identities.count + request.profiles.count)
            for identity in request.identities { rows.append(try row(of: identity, in: request.scope)) }
            for profile in request.profiles { rows.append(try row(of: profile, in: request.scope) ?? 0) }
            var loaded = tallies.emptyState(of: request.scope)
            let slots = try StoreReads.loadProfiles(
                rows,
                bytesMax: request.bytesMax ?? .max,
                by: profile(in:),
                into: &loaded.profiles
            )
            loaded.identityProfiles = Array(slots.prefix(request.identities.count))
            return loaded
        }
    }

    private func row(of identity: Identity, in scope: Scope) throws(StorageError) -> Int64 {
        if let row = newest.identities[scope]?[identity] ?? performing?.identities[scope]?[identity] { return row }
        return try reads.row(of: identity, in: scope, tallies)
    }

    private func row(of profile: Profile.ID, in scope: Scope) throws(StorageError) -> Int64? {
        let id = Generation.ScopedID(scope: scope, id: profile)
        if let row = newest.newRows[id] ?? performing?.newRows[id] { return row }
        return try reads.row(of: profile, in: scope)
    }

    private func profile(in row: Int64) throws(StorageError) -> StoredProfile? {
        if let written = newest.profiles[row] ?? performing?.profiles[row] { return written.profile }
        guard let profile = try reads.profile(in: row) else { return nil }
        read[row] = ReadProfile(id: profile.id, revision: profile.revision)
        return profile
    }

    /// See ``Storage/loadEvents(_:)``.
    func loadEvents(_ request: EventRequest) throws(StorageError) -> [LoadedEvents] {
        let isPending = request.items.contains { $0.wantsEvents && hasPendingEvents($0.row) }
        // Rare: where a rule needs events themselves, of a profile that got one just now.
        if isPending { try exclusively { _ throws(StorageError) in } }
        var answers = try reads.loadEvents(request)
        for (index, item) in request.items.enumerated() where hasPendingEvents(item.row) {
            for (place, id) in item.ids.enumerated() where holds(item.row, id) { answers[index].known[place] = true }
        }
        return answers
    }

    private func hasPendingEvents(_ row: Int64) -> Bool {
        newest.events[row] != nil || performing?.events[row] != nil
    }

    private func holds(_ row: Int64, _ event: String) -> Bool {
        let key = ByteKey(event)
        return newest.events[row]?.contains(key) == true || performing?.events[row]?.contains(key) == true
    }

    /// See ``Storage/suppressions(of:scope:)``.
    func suppressions(of digests: [IdentityDigest], scope: Scope) throws(StorageError) -> [Suppression] {
        // They are never logged.
        try reads.suppressions(of: digests, scope: scope)
    }

    /// See ``Storage/existingMarks(_:)``.
    func existingMarks(_ keys: [ResumeMark.Key]) throws(StorageError) -> Set<ResumeMark.Key> {
        // They are never logged.
        try reads.existingMarks(keys, tallies)
    }

    /// See ``Storage/admission(scope:)``.
    func admission(scope: Scope) -> AdmissionMark? { tallies.scopes[scope]?.admission }

    /// See ``Storage/profileCount(scope:)``.
    func profileCount(scope: Scope) -> Int { Int(tallies.scopes[scope]?.profiles ?? 0) }

    /// See ``Storage/deadLetterCounts(scope:)``.
    func deadLetterCounts(scope: Scope) -> [Dataflow.ID: Int64] { tallies.deadLetterCounts(scope: scope) }

    // MARK: Committing

    /// A plan that was taken.
    struct Staged: Sendable {
        /// See ``Storage/commit(_:)``.
        var claimed: [Dataflow.ID: [Int64]] = [:]
        /// The entry of the log with which it is durable; nil = it is already.
        var entry: UInt64?
        /// Whether ``CommitLog/flush()`` has to be called for it.
        var needsFlush = false
        /// How many transactions are acknowledged with it.
        var commits: Int64 = 0
    }

    /// Takes a plan: from now on it is seen by what is read here.
    func stage(_ plan: CommitPlan) throws(StorageError) -> Staged {
        if plan.isEmpty && plan.admission == nil { return Staged() }
        guard plan.isLoggable else {
            if !plan.deletions.isEmpty { needsWipe = true }
            return Staged(claimed: try exclusively { (database) throws(StorageError) in try database.commit(plan) })
        }
        guard RowSpace.scopeNumbers.contains(plan.scope.rawValue) else {
            throw StorageError(.conflict, "there is no scope \(plan.scope.rawValue)")
        }
        try check(plan)
        var draft = tallies
        let logged = try number(plan, &draft)
        draft.takeBooks(of: plan)
        draft.countCommit(of: plan.scope, plan.admission)
        return try stage(.plan(logged), draft)
    }

    private func stage(_ change: LoggedChange, _ draft: Tallies) throws(StorageError) -> Staged {
        // A buffer of a few megabytes is worth keeping: the system would clear every page of a new one.
        var writer = EntryWriter(reusing: exchange(&spare, with: []))
        let kind = change.write(to: &writer)
        defer { if writer.bytes.capacity <= Self.spareMax { spare = writer.bytes } }
        let (number, isFirst) = try log.stage(kind, writer.bytes)
        tallies = draft
        tallies.forgetEntered()
        try newest.add(change, number: number, bytes: writer.bytes.count)
        return Staged(entry: number, needsFlush: isFirst, commits: tallies.commits)
    }

    /// Refuses a plan that was decided upon something else than is there.
    private func check(_ plan: CommitPlan) throws(StorageError) {
        try tallies.checkFollowing(plan)
        var written = Set<Profile.ID>(minimumCapacity: plan.profiles.count)
        for write in plan.profiles {
            guard written.insert(write.profile.id).inserted, try isAsExpected(write, in: plan.scope) else {
                throw StorageError(
                    .conflict,
                    "profile \(write.profile.id.uuid) is not stored at revision \(write.expectedRevision); load again"
                )
            }
        }
        if !plan.events.isEmpty { try checkEvents(of: plan) }
    }

    private func checkEvents(of plan: CommitPlan) throws(StorageError) {
        let rows = Dictionary(plan.profiles.map { ($0.profile.id, $0.profile.row) }) { first, _ in first }
        var planned: [Profile.ID: Set<ByteKey>] = [:]
        for event in plan.events {
            let row = rows[event.profile] ?? 0
            let isNew = planned[event.profile, default: []].insert(ByteKey(event.id)).inserted
            guard isNew, !holds(row, event.id), try !isStored(event.id, of: row) else {
                throw StorageError(
                    .conflict,
                    "profile \(event.profile.uuid) holds an event that was to be added; load again"
                )
            }
        }
    }

    private func isStored(_ event: String, of row: Int64) throws(StorageError) -> Bool {
        if row == 0 { return false }
        return try reads.holds(row, event)
    }

    private func isAsExpected(_ write: CommitPlan.ProfileWrite, in scope: Scope) throws(StorageError) -> Bool {
        let profile = write.profile
        guard profile.row != 0 else {
            if write.expectedRevision != 0 { return false }
            return try row(of: profile.id, in: scope) == nil
        }
        guard RowSpace.profiles(ofScope: scope.rawValue).contains(profile.row) else { return false }
        if let written = newest.profiles[profile.row] ?? performing?.profiles[profile.row] {
            return written.profile.id == profile.id && written.profile.revision == write.expectedRevision
        }
        if let known = read[profile.row] ?? readBefore[profile.row] {
            return known.id == profile.id && known.revision == write.expectedRevision
        }
        guard let stored = try reads.profile(in: profile.row) else { return false }
        return stored.id == profile.id && stored.revision == write.expectedRevision
    }

    /// Gives everything new its row.
    private func number(_ plan: CommitPlan, _ draft: inout Tallies) throws(StorageError) -> LoggedPlan {
        var logged = LoggedPlan(plan: plan)
        for index in plan.profiles.indices where plan.profiles[index].profile.row == 0 {
            logged.plan.profiles[index].profile.row = try draft.nextProfileRow(in: plan.scope)
        }
        let known = draft.dataflows.count
        for index in plan.outbox.indices {
            logged.plan.outbox[index].row = try draft.nextRow(of: plan.outbox[index].dataflow, plan.scope)
        }
        for dataflow in plan.counters.keys { try draft.register(dataflow, plan.scope) }
        for dataflow in plan.audienceBooks.keys { try draft.register(dataflow, plan.scope) }
        draft.noteNumbers(of: plan)
        if draft.dataflows.count > known {
            for (dataflow, tally) in draft.dataflows where tallies.dataflows[dataflow] == nil {
                logged.registered.append(LoggedPlan.Registration(dataflow: dataflow, number: tally.number))
            }
        }
        return logged
    }

    // MARK: The outbox

    /// See ``Storage/claim(_:)``; nothing claimed and not the last step = more rows have to be looked at.
    func claimStep(_ request: ClaimRequest) throws(StorageError) -> WriterDatabase.ClaimStep {
        guard let tally = tallies.dataflows[request.dataflow], tally.pendingRows > 0, request.limit > 0 else {
            return WriterDatabase.ClaimStep(isLast: true)
        }
        let range = RowSpace.outbox(ofDataflow: tally.number)
        var ledger = ledgers.removeValue(forKey: request.dataflow) ?? ClaimLedger(before: range.lowerBound)
        defer { ledgers[request.dataflow] = ledger }
        var claim = Claim(
            request,
            in: range,
            from: waitingRows(of: request.dataflow),
            scannedRowsMax: WriterDatabase.scannedRowsMax
        )
        try reads.read { () throws(StorageError) in try claim.run(&ledger) }
        return WriterDatabase.ClaimStep(rows: claim.rows, isLast: claim.isExhausted)
    }

    private func waitingRows(of dataflow: Dataflow.ID) -> LoggedRows {
        LoggedRows(
            stored: StoredRows(reads: reads, dataflow: dataflow),
            generations: [performing, newest].compactMap { generation in generation?.outbox[dataflow] },
            left: [performing, newest].compactMap { generation in generation?.left[dataflow] },
            durable: log.durable
        )
    }

    /// See ``Storage/settle(dataflow:_:)``.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) throws(StorageError) -> Staged {
        guard !settlements.isEmpty, let tally = tallies.dataflows[dataflow] else { return Staged() }
        guard let change = try delivered(settlements, of: dataflow, RowSpace.outbox(ofDataflow: tally.number)) else {
            try exclusively { (database) throws(StorageError) in try database.settle(dataflow: dataflow, settlements) }
            return Staged()
        }
        var staged = Staged()
        if !change.deliveries.isEmpty {
            var draft = tallies
            let settled = change.settled
            draft.dataflows[dataflow]?.leave(settled.counters, settled.audiences)
            draft.countCommit(of: tally.scope, nil)
            staged = try stage(.settlement(change), draft)
        }
        if var ledger = ledgers.removeValue(forKey: dataflow) {
            ledger.settle(settlements.lazy.map(\.row))
            ledgers[dataflow] = ledger
        }
        return staged
    }

    /// What the log notes of settlements; nil when they are not all of records that waited and were delivered.
    private func delivered(
        _ settlements: [OutboxSettlement],
        of dataflow: Dataflow.ID,
        _ range: ClosedRange<Int64>
    ) throws(StorageError) -> LoggedSettlement? {
        let waiting = waitingRows(of: dataflow)
        var change = LoggedSettlement(dataflow: dataflow, at: nil, deliveries: [])
        change.deliveries.reserveCapacity(settlements.count)
        var rows = Set<Int64>(minimumCapacity: settlements.count)
        for settlement in settlements where range.contains(settlement.row) {
            guard case .delivered = settlement.outcome, rows.insert(settlement.row).inserted,
                let record = try waiting.leaving(settlement.row)
            else { return nil }
            change.deliveries.append(
                LoggedSettlement.Delivery(
                    row: settlement.row,
                    profile: record.profile,
                    revision: record.revision,
                    receipt: settlement.receipt,
                    audiences: record.audiences
                )
            )
        }
        change.at = settlements.lazy.compactMap(\.at).max()
        return change
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    func releaseClaims(dataflow: Dataflow.ID) {
        ledgers[dataflow] = nil
    }

    /// See ``Storage/lastRow(dataflow:)``.
    func lastRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64 {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return 0 }
        return try waitingRows(of: dataflow).last(in: RowSpace.outbox(ofDataflow: tally.number)) ?? 0
    }

    /// See ``Storage/firstRow(dataflow:)``.
    func firstRow(dataflow: Dataflow.ID) throws(StorageError) -> Int64? {
        guard let tally = tallies.dataflows[dataflow], tally.pendingRows > 0 else { return nil }
        return try oldest(of: dataflow, tally)?.row
    }

    /// See ``Storage/books(dataflow:)``.
    func books(dataflow: Dataflow.ID) throws(StorageError) -> StoredBooks {
        guard let tally = tallies.dataflows[dataflow] else { return StoredBooks() }
        return StoredBooks(
            counters: tally.counters,
            pendingRows: tally.pendingRows,
            oldestPendingAt: tally.pendingRows > 0 ? try oldest(of: dataflow, tally)?.admittedAt : nil
        )
    }

    private func oldest(of dataflow: Dataflow.ID, _ tally: Tallies.DataflowTally) throws(StorageError) -> OutboxRow? {
        try waitingRows(of: dataflow).first(in: RowSpace.outbox(ofDataflow: tally.number))
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
        (read, readBefore) = ([:], [:])
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
        (read, readBefore) = ([:], [:])
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

extension Tallies {
    /// Forgets what is entered of audiences: the database has the books, this only what is asked for again and again.
    fileprivate mutating func forgetEntered() {
        for (dataflow, tally) in dataflows where !tally.entered.isEmpty {
            dataflows[dataflow]?.entered = AudienceBooks()
        }
    }
}
