#if PostgreSQL
public import ActivationCore
public import ActivationEngine

extension PostgresStorage: SharedStorage {

    /// See ``SharedStorage/lastRows(of:)``.
    public func lastRows(of dataflows: [Dataflow.ID]) async throws(StorageError) -> [Dataflow.ID: Int64] {
        try await read { database throws(StorageError) in try database.lastRows(of: dataflows) }
    }

    /// See ``Storage/dictionaries(scope:)``.
    public func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries {
        try await read { database throws(StorageError) in try database.dictionaries(scope: scope) }
    }

    /// See ``Storage/admission(scope:)``.
    public func admission(scope: Scope) async throws(StorageError) -> AdmissionMark? {
        try await read { database throws(StorageError) in try database.admission(scope: scope) }
    }

    /// See ``Storage/load(_:)``.
    public func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState {
        try await read { database throws(StorageError) in try database.load(request) }
    }

    /// See ``Storage/loadEvents(_:)``.
    public func loadEvents(_ request: EventRequest) async throws(StorageError) -> [LoadedEvents] {
        try await read { database throws(StorageError) in try database.loadEvents(request) }
    }

    /// See ``Storage/checkWritable()``.
    public func checkWritable() async throws(StorageError) {
        try await keep { database throws(StorageError) in try database.checkWritable(in: .production) }
    }

    // MARK: Batches

    /// See ``Storage/begin(_:)``.
    public func begin(_ request: LoadRequest) async throws(StorageError) -> (state: LoadedState, batch: BatchID) {
        try await writers.begin(request)
    }

    /// See ``Storage/loadEvents(_:in:)``.
    public func loadEvents(
        _ request: EventRequest,
        in batch: BatchID
    ) async throws(StorageError) -> [LoadedEvents] {
        try await writers.work(on: batch) { database throws(StorageError) in
            try database.loadEvents(request, in: batch)
        }
    }

    /// See ``Storage/existingMarks(_:in:)``.
    public func existingMarks(
        _ keys: [ResumeMark.Key],
        in batch: BatchID
    ) async throws(StorageError) -> Set<ResumeMark.Key> {
        try await writers.work(on: batch) { database throws(StorageError) in
            try database.existingMarks(keys, in: batch)
        }
    }

    /// See ``Storage/suppressions(of:scope:in:)``.
    public func suppressions(
        of digests: [IdentityDigest],
        scope: Scope,
        in batch: BatchID
    ) async throws(StorageError) -> [Suppression] {
        try await writers.work(on: batch) { database throws(StorageError) in
            try database.suppressions(of: digests, scope: scope, in: batch)
        }
    }

    /// See ``Storage/commit(_:in:)``.
    @discardableResult
    public func commit(
        _ plan: CommitPlan,
        in batch: BatchID
    ) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        try await writers.end(batch) { database throws(StorageError) in try database.commit(plan, in: batch) }
    }

    /// See ``Storage/stage(_:in:)``; a commit is durable at once.
    public func stage(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> StagedCommit {
        StagedCommit(claimed: try await commit(plan, in: batch))
    }

    /// See ``Storage/abandon(_:)``.
    public func abandon(_ batch: BatchID) async {
        // A storage that is closed has ended it.
        try? await writers.end(batch) { database throws(StorageError) in database.abandon(batch) }
    }

    /// See ``Storage/commit(_:)``.
    @discardableResult
    public func commit(_ plan: CommitPlan) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        try await writers.alone { database throws(StorageError) in try database.commit(plan) }
    }

    // MARK: Lists and counters

    /// See ``Storage/profileRows(scope:after:limit:)``.
    public func profileRows(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [ProfileRow] {
        try await read { database throws(StorageError) in
            try database.profileRows(scope: scope, after: row, limit: limit)
        }
    }

    /// See ``Storage/profiles(scope:after:limit:)``.
    public func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile] {
        try await read { database throws(StorageError) in
            try database.profiles(scope: scope, after: row, limit: limit)
        }
    }

    /// See ``Storage/dueProfiles(scope:limit:)``.
    public func dueProfiles(scope: Scope, limit: Int) async throws(StorageError) -> [DueProfile] {
        try await read { database throws(StorageError) in try database.dueProfiles(scope: scope, limit: limit) }
    }

    /// See ``Storage/profileCount(scope:)``.
    public func profileCount(scope: Scope) async throws(StorageError) -> Int {
        try await read { database throws(StorageError) in
            Int(try database.memberCounts(of: [.all], scope: scope)[.all] ?? 0)
        }
    }

    /// See ``Storage/memberCount(of:scope:)``.
    public func memberCount(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> Int64 {
        try await read { database throws(StorageError) in
            try database.memberCounts(of: [audience], scope: scope)[audience] ?? 0
        }
    }

    /// See ``Storage/memberCounts(of:scope:)``.
    public func memberCounts(
        of audiences: [Audience.ID],
        scope: Scope
    ) async throws(StorageError) -> [Audience.ID: Int64] {
        try await read { database throws(StorageError) in try database.memberCounts(of: audiences, scope: scope) }
    }

    /// See ``Storage/memberCounts(scope:)``.
    public func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64] {
        try await read { database throws(StorageError) in
            try database.memberCounts(of: nil, scope: scope).filter { $0.key != .all }
        }
    }

    /// See ``Storage/memberHours(of:scope:)``.
    public func memberHours(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> [MemberHour] {
        try await read { database throws(StorageError) in try database.memberHours(of: audience, scope: scope) }
    }

    /// See ``Storage/memberChanges(since:scope:)``.
    public func memberChanges(
        since hour: Int64,
        scope: Scope
    ) async throws(StorageError) -> [Audience.ID: MemberCounters] {
        try await read { database throws(StorageError) in try database.memberChanges(since: hour, scope: scope) }
    }

    /// See ``Storage/backfillProgress(scope:)``.
    public func backfillProgress(
        scope: Scope
    ) async throws(StorageError) -> [Backfill.ID: CommitPlan.BackfillProgress] {
        try await read { database throws(StorageError) in try database.backfillProgress(scope: scope) }
    }

    /// See ``Storage/forgetBackfills(_:scope:)``.
    public func forgetBackfills(_ backfills: [Backfill.ID], scope: Scope) async throws(StorageError) {
        try await keep { database throws(StorageError) in try database.forgetBackfills(backfills, scope: scope) }
    }

    /// See ``Storage/uploadProgress(scope:)``.
    public func uploadProgress(
        scope: Scope
    ) async throws(StorageError) -> [UUIDBytes: CommitPlan.UploadProgress] {
        try await read { database throws(StorageError) in try database.uploadProgress(scope: scope) }
    }

    /// See ``Storage/forgetUploads(_:scope:)``.
    public func forgetUploads(_ uploads: [UUIDBytes], scope: Scope) async throws(StorageError) {
        try await keep { database throws(StorageError) in try database.forgetUploads(uploads, scope: scope) }
    }

    // MARK: Outbox

    /// See ``Storage/claim(_:)``.
    public func claim(_ request: ClaimRequest) async throws(StorageError) -> [OutboxRow] {
        // In steps, so that settlements get their turn in between.
        while true {
            let step = try await keep { database throws(StorageError) in try database.claimStep(request) }
            if step.isLast || !step.rows.isEmpty { return step.rows }
        }
    }

    /// See ``Storage/lastRow(dataflow:)``.
    public func lastRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64 {
        try await read { database throws(StorageError) in try database.lastRow(dataflow: dataflow) }
    }

    /// See ``Storage/firstRow(dataflow:)``.
    public func firstRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64? {
        try await read { database throws(StorageError) in try database.firstRow(dataflow: dataflow) }
    }

    /// See ``Storage/settle(dataflow:_:)``.
    public func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError) {
        try await keep { database throws(StorageError) in try database.settle(dataflow: dataflow, settlements) }
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    public func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError) {
        try await keep { database throws(StorageError) in try database.releaseClaims(dataflow: dataflow) }
    }

    /// See ``Storage/marks(dataflow:after:limit:)``.
    public func marks(
        dataflow: Dataflow.ID,
        after last: ResumeMark.Key?,
        limit: Int
    ) async throws(StorageError) -> [ResumeMark] {
        try await read { database throws(StorageError) in
            try database.marks(dataflow: dataflow, after: last, limit: limit)
        }
    }

    /// See ``Storage/markCount(dataflow:)``.
    public func markCount(dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        try await read { database throws(StorageError) in try database.markCount(dataflow: dataflow) }
    }

    /// See ``Storage/existingMarks(_:)``.
    public func existingMarks(_ keys: [ResumeMark.Key]) async throws(StorageError) -> Set<ResumeMark.Key> {
        try await read { database throws(StorageError) in try database.existingMarks(keys) }
    }

    /// See ``Storage/dropSomeMarks(of:)``.
    public func dropSomeMarks(of dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        try await keep { database throws(StorageError) in try database.dropSomeMarks(of: dataflow) }
    }

    /// See ``Storage/discardSome(of:)``.
    public func discardSome(of dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        try await keep { database throws(StorageError) in try database.discardSome(of: dataflow) }
    }

    /// See ``Storage/books(dataflow:)``.
    public func books(dataflow: Dataflow.ID) async throws(StorageError) -> StoredBooks {
        try await read { database throws(StorageError) in
            try database.books(of: [dataflow])[dataflow] ?? StoredBooks()
        }
    }

    /// See ``Storage/books(of:)``.
    public func books(of dataflows: [Dataflow.ID]) async throws(StorageError) -> [Dataflow.ID: StoredBooks] {
        try await read { database throws(StorageError) in try database.books(of: dataflows) }
    }

    /// See ``Storage/countBooks(scope:)``.
    public func countBooks(scope: Scope) async throws(StorageError) -> [Dataflow.ID: CountedBooks] {
        try await audit { database throws(StorageError) in try database.countBooks(scope: scope) }
    }

    /// See ``Storage/countAudienceBooks(dataflow:)``.
    public func countAudienceBooks(dataflow: Dataflow.ID) async throws(StorageError) -> CountedAudienceBooks {
        try await audit { database throws(StorageError) in try database.countAudienceBooks(dataflow: dataflow) }
    }

    /// See ``Storage/bookedHours(dataflow:)``.
    public func bookedHours(dataflow: Dataflow.ID) async throws(StorageError) -> [BookedHour] {
        try await read { database throws(StorageError) in try database.bookedHours(dataflow: dataflow) }
    }

    /// See ``Storage/bookedHours(of:since:)``.
    public func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(StorageError) -> [Dataflow.ID: [BookedHour]] {
        try await read { database throws(StorageError) in
            try database.bookedHours(of: dataflows, from: BookedHour.number(of: instant))
        }
    }

    // MARK: Dead letters and deliveries

    /// See ``Storage/deadLetters(dataflow:code:after:limit:)``.
    public func deadLetters(
        dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) async throws(StorageError) -> [DeadLetter] {
        try await read { database throws(StorageError) in
            try database.deadLetters(dataflow: dataflow, code: code, after: row, limit: limit)
        }
    }

    /// See ``Storage/deadLetterCauses(dataflow:)``.
    public func deadLetterCauses(dataflow: Dataflow.ID) async throws(StorageError) -> [DeadLetterCause] {
        try await read { database throws(StorageError) in try database.deadLetterCauses(dataflow: dataflow) }
    }

    /// See ``Storage/deadLetterRows(dataflow:code:parkedBefore:limit:)``.
    public func deadLetterRows(
        dataflow: Dataflow.ID,
        code: String,
        parkedBefore instant: Timestamp,
        limit: Int
    ) async throws(StorageError) -> [Int64] {
        try await read { database throws(StorageError) in
            try database.deadLetterRows(dataflow: dataflow, code: code, parkedBefore: instant, limit: limit)
        }
    }

    /// See ``Storage/deadLetterCounts(scope:)``.
    public func deadLetterCounts(scope: Scope) async throws(StorageError) -> [Dataflow.ID: Int64] {
        try await read { database throws(StorageError) in try database.deadLetterCounts(scope: scope) }
    }

    /// See ``Storage/release(_:)``.
    public func release(_ release: DeadLetterRelease) async throws(StorageError) -> DeadLetterRelease.Outcome {
        try await keep { database throws(StorageError) in try database.release(release) }
    }

    /// See ``Storage/replay(_:)``.
    public func replay(_ request: ReplayRequest) async throws(StorageError) -> ReplayRequest.Place? {
        try await keep { database throws(StorageError) in try database.replay(request) }
    }

    /// See ``Storage/waitingRecords(_:)``.
    public func waitingRecords(_ request: RecordsRequest) async throws(StorageError) -> [OutboxRow] {
        try await read { database throws(StorageError) in try database.waitingRecords(request) }
    }

    /// See ``Storage/deadLetters(_:)``.
    public func deadLetters(_ request: RecordsRequest) async throws(StorageError) -> [DeadLetter] {
        try await read { database throws(StorageError) in try database.deadLetters(request) }
    }

    /// See ``Storage/marks(of:scope:)``.
    public func marks(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> [ResumeMark] {
        try await read { database throws(StorageError) in try database.marks(of: profile, scope: scope) }
    }

    /// See ``Storage/deliveries(of:scope:after:limit:)``.
    public func deliveries(
        of profile: Profile.ID,
        scope: Scope,
        after last: (instant: Timestamp, row: Int64),
        limit: Int
    ) async throws(StorageError) -> [Delivery] {
        try await read { database throws(StorageError) in
            try database.deliveries(of: profile, scope: scope, after: last, limit: limit)
        }
    }

    // MARK: Erasures

    /// See ``Storage/erasures(scope:limit:)``.
    public func erasures(scope: Scope, limit: Int) async throws(StorageError) -> [Erasure] {
        try await read { database throws(StorageError) in try database.erasures(scope: scope, limit: limit) }
    }

    /// See ``Storage/erasure(of:scope:)``.
    public func erasure(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> Erasure? {
        try await read { database throws(StorageError) in try database.erasure(of: profile, scope: scope) }
    }

    /// See ``Storage/suppressions(of:scope:)``.
    public func suppressions(
        of digests: [IdentityDigest],
        scope: Scope
    ) async throws(StorageError) -> [Suppression] {
        try await read { database throws(StorageError) in try database.suppressions(of: digests, scope: scope) }
    }

    /// See ``Storage/suppressions(scope:after:limit:)``.
    public func suppressions(
        scope: Scope,
        after last: IdentityDigest?,
        limit: Int
    ) async throws(StorageError) -> [Suppression] {
        try await read { database throws(StorageError) in
            try database.suppressions(scope: scope, after: last, limit: limit)
        }
    }
}
#endif
