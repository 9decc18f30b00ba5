import ActivationCore
import ActivationEngine
import Synchronization
import TestSupport

/// An ``InMemoryStorage`` that fails, dies and lets others read wherever the engine awaits it, as a script says.
final class SimulatedStorage: Storage {
    /// A call of the pipeline that can be interfered with.
    enum Call: CaseIterable {
        case load
        case loadEvents
        case commit
    }

    /// What goes wrong at a call.
    enum Fault {
        /// It fails and nothing is done.
        case refusal(StorageError)
        /// It is done and fails all the same, and so does everything after it: the process dies.
        case deathAfter
        /// It is not done, and everything after it fails.
        case deathBefore
    }

    private struct State {
        var faults: [Call: Fault] = [:]
        var isDead = false
        var commits = 0
        var brokenRules: [String] = []
        var onAwait: (@Sendable () async -> Void)?
    }

    /// Set while a reader reads, as nobody reads while it does.
    @TaskLocal private static var isReading = false

    let inner: InMemoryStorage
    private let state = Mutex(State())

    init(_ inner: InMemoryStorage) {
        self.inner = inner
    }

    /// What goes wrong from now on, each fault once, and who reads meanwhile.
    func prepare(_ faults: [Call: Fault], onAwait: (@Sendable () async -> Void)?) {
        state.withLock { state in
            state.faults = faults
            state.onAwait = onAwait
            state.commits = 0
        }
    }

    /// Commits that were performed since the last preparation.
    var commits: Int { state.withLock { $0.commits } }

    /// Whether the process died; then nothing works any more.
    var isDead: Bool { state.withLock { $0.isDead } }

    /// Faults that did not happen yet.
    var faultsLeft: Int { state.withLock { $0.faults.count } }

    /// Rules of a plan that a plan broke.
    var brokenRules: [String] { state.withLock { $0.brokenRules } }

    private func perform<Value: Sendable>(
        _ call: Call,
        _ body: () async throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        if Self.isReading { return try await body() }
        await read()
        let fault = state.withLock { state -> Fault? in
            if state.isDead { return .refusal(StorageError(.closed, "the process is dead")) }
            let fault = state.faults.removeValue(forKey: call)
            switch fault {
            case .deathAfter, .deathBefore: state.isDead = true
            case .refusal, nil: break
            }
            return fault
        }
        switch fault {
        case .refusal(let error): throw error
        case .deathBefore: throw StorageError(.closed, "the process dies")
        case .deathAfter:
            _ = try await body()
            throw StorageError(.closed, "the process dies")
        case nil: break
        }
        let value = try await body()
        await read()
        return value
    }

    private func read() async {
        guard let onAwait = state.withLock({ $0.onAwait }) else { return }
        await Self.$isReading.withValue(true) { await onAwait() }
    }

    func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries {
        try await inner.dictionaries(scope: scope)
    }

    func admission(scope: Scope) async throws(StorageError) -> AdmissionMark? {
        try await inner.admission(scope: scope)
    }

    func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState {
        try await perform(.load) { () async throws(StorageError) in try await inner.load(request) }
    }

    func loadEvents(_ request: EventRequest) async throws(StorageError) -> [LoadedEvents] {
        try await perform(.loadEvents) { () async throws(StorageError) in try await inner.loadEvents(request) }
    }

    func commit(_ plan: CommitPlan) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        let broken = plan.check()
        let claimed = try await perform(.commit) { () async throws(StorageError) in
            let claimed = try await inner.commit(plan)
            state.withLock { $0.commits += 1 }
            return claimed
        }
        if !broken.isEmpty { state.withLock { $0.brokenRules += broken } }
        return claimed
    }

    func checkWritable() async throws(StorageError) { try await inner.checkWritable() }

    func profileRows(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [ProfileRow] {
        try await inner.profileRows(scope: scope, after: row, limit: limit)
    }

    func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile] {
        try await inner.profiles(scope: scope, after: row, limit: limit)
    }

    func dueProfiles(scope: Scope, limit: Int) async throws(StorageError) -> [DueProfile] {
        try await inner.dueProfiles(scope: scope, limit: limit)
    }

    func profileCount(scope: Scope) async throws(StorageError) -> Int { try await inner.profileCount(scope: scope) }

    func memberCount(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> Int64 {
        try await inner.memberCount(of: audience, scope: scope)
    }

    func memberCounts(
        of audiences: [Audience.ID],
        scope: Scope
    ) async throws(StorageError) -> [Audience.ID: Int64] {
        try await inner.memberCounts(of: audiences, scope: scope)
    }

    func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64] {
        try await inner.memberCounts(scope: scope)
    }

    func memberHours(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> [MemberHour] {
        try await inner.memberHours(of: audience, scope: scope)
    }

    func memberChanges(since hour: Int64, scope: Scope) async throws(StorageError) -> [Audience.ID: MemberCounters] {
        try await inner.memberChanges(since: hour, scope: scope)
    }

    func backfillProgress(
        scope: Scope
    ) async throws(StorageError) -> [Backfill.ID: CommitPlan.BackfillProgress] {
        try await inner.backfillProgress(scope: scope)
    }

    func forgetBackfills(_ backfills: [Backfill.ID], scope: Scope) async throws(StorageError) {
        try await inner.forgetBackfills(backfills, scope: scope)
    }

    func uploadProgress(scope: Scope) async throws(StorageError) -> [UUIDBytes: CommitPlan.UploadProgress] {
        try await inner.uploadProgress(scope: scope)
    }

    func forgetUploads(_ uploads: [UUIDBytes], scope: Scope) async throws(StorageError) {
        try await inner.forgetUploads(uploads, scope: scope)
    }

    func claim(_ request: ClaimRequest) async throws(StorageError) -> [OutboxRow] { try await inner.claim(request) }

    func lastRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64 {
        try await inner.lastRow(dataflow: dataflow)
    }

    func marks(
        dataflow: Dataflow.ID,
        after last: ResumeMark.Key?,
        limit: Int
    ) async throws(StorageError) -> [ResumeMark] {
        try await inner.marks(dataflow: dataflow, after: last, limit: limit)
    }

    func markCount(dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        try await inner.markCount(dataflow: dataflow)
    }

    func existingMarks(_ keys: [ResumeMark.Key]) async throws(StorageError) -> Set<ResumeMark.Key> {
        try await inner.existingMarks(keys)
    }

    func dropSomeMarks(of dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        try await inner.dropSomeMarks(of: dataflow)
    }

    func firstRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64? {
        try await inner.firstRow(dataflow: dataflow)
    }

    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError) {
        try await inner.settle(dataflow: dataflow, settlements)
    }

    func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError) {
        try await inner.releaseClaims(dataflow: dataflow)
    }

    func discardSome(of dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        try await inner.discardSome(of: dataflow)
    }

    func books(dataflow: Dataflow.ID) async throws(StorageError) -> StoredBooks {
        try await inner.books(dataflow: dataflow)
    }

    func books(of dataflows: [Dataflow.ID]) async throws(StorageError) -> [Dataflow.ID: StoredBooks] {
        try await inner.books(of: dataflows)
    }

    func countBooks(scope: Scope) async throws(StorageError) -> [Dataflow.ID: CountedBooks] {
        try await inner.countBooks(scope: scope)
    }

    func countAudienceBooks(dataflow: Dataflow.ID) async throws(StorageError) -> CountedAudienceBooks {
        try await inner.countAudienceBooks(dataflow: dataflow)
    }

    func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(StorageError) -> [Dataflow.ID: [BookedHour]] {
        try await inner.bookedHours(of: dataflows, since: instant)
    }

    func bookedHours(dataflow: Dataflow.ID) async throws(StorageError) -> [BookedHour] {
        try await inner.bookedHours(dataflow: dataflow)
    }

    func deadLetterCauses(dataflow: Dataflow.ID) async throws(StorageError) -> [DeadLetterCause] {
        try await inner.deadLetterCauses(dataflow: dataflow)
    }

    func deadLetterRows(
        dataflow: Dataflow.ID,
        code: String,
        parkedBefore instant: Timestamp,
        limit: Int
    ) async throws(StorageError) -> [Int64] {
        try await inner.deadLetterRows(dataflow: dataflow, code: code, parkedBefore: instant, limit: limit)
    }

    func deadLetterCounts(scope: Scope) async throws(StorageError) -> [Dataflow.ID: Int64] {
        try await inner.deadLetterCounts(scope: scope)
    }

    func release(_ release: DeadLetterRelease) async throws(StorageError) -> DeadLetterRelease.Outcome {
        try await inner.release(release)
    }

    func replay(_ request: ReplayRequest) async throws(StorageError) -> ReplayRequest.Place? {
        try await inner.replay(request)
    }

    func deadLetters(
        dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) async throws(StorageError) -> [DeadLetter] {
        try await inner.deadLetters(dataflow: dataflow, code: code, after: row, limit: limit)
    }

    func waitingRecords(_ request: RecordsRequest) async throws(StorageError) -> [OutboxRow] {
        try await inner.waitingRecords(request)
    }

    func deadLetters(_ request: RecordsRequest) async throws(StorageError) -> [DeadLetter] {
        try await inner.deadLetters(request)
    }

    func marks(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> [ResumeMark] {
        try await inner.marks(of: profile, scope: scope)
    }

    func deliveries(
        of profile: Profile.ID,
        scope: Scope,
        after last: (instant: Timestamp, row: Int64),
        limit: Int
    ) async throws(StorageError) -> [Delivery] {
        try await inner.deliveries(of: profile, scope: scope, after: last, limit: limit)
    }

    func erasures(scope: Scope, limit: Int) async throws(StorageError) -> [Erasure] {
        try await inner.erasures(scope: scope, limit: limit)
    }

    func erasure(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> Erasure? {
        try await inner.erasure(of: profile, scope: scope)
    }

    func suppressions(
        of digests: [IdentityDigest],
        scope: Scope
    ) async throws(StorageError) -> [Suppression] {
        try await perform(.load) { () async throws(StorageError) in
            try await inner.suppressions(of: digests, scope: scope)
        }
    }

    func suppressions(
        scope: Scope,
        after last: IdentityDigest?,
        limit: Int
    ) async throws(StorageError) -> [Suppression] {
        try await inner.suppressions(scope: scope, after: last, limit: limit)
    }
}
