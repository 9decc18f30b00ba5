import ActivationCore
import ActivationEngine
import Synchronization
import TestSupport

/// An ``InMemoryStorage`` that fails, dies, takes its time to make things durable and lets others read wherever the engine awaits
/// it, as a script says.
///
/// What is staged becomes durable while the engine makes one of its next calls, chosen by a seed, and not by another task's leave:
/// so a history is the same each time.
final class SimulatedStorage: Storage {
    /// A call of the pipeline that can be interfered with.
    enum Call: CaseIterable {
        case load
        case loadEvents
        case stage
        /// What is staged becomes durable.
        case durability
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

    /// Something that others do to a batch under way.
    enum Interruption {
        /// Its time is over: everything in it is refused.
        case expiry
        /// What it was begun with is not as it was loaded: this call is refused, and the batch ends if it was the last.
        case refusal(StorageError)
    }

    /// Where a batch under way can be interrupted.
    enum Moment {
        /// It was begun, and this was loaded.
        case begun(LoadRequest)
        /// This is to be staged in it.
        case staging(CommitPlan)
    }

    /// What happens while some batches are worked off.
    struct Script {
        /// What goes wrong, each once, and after how many calls that went well.
        var faults: [Call: (fault: Fault, after: Int)] = [:]
        /// Chooses how long what is staged takes to become durable; nil = no time.
        var delays: SeededGenerator?
        /// Who reads wherever the storage is awaited.
        var onAwait: (@Sendable () async -> Void)?
        /// What others do to batches; nil = nothing.
        var interrupts: (@Sendable (Moment) -> Interruption?)?
        /// Changes what is loaded.
        var alters: (@Sendable (inout LoadedState) -> Void)?
    }

    /// A plan that was staged.
    private struct Staged {
        /// The batch that it is of.
        var batch: Int
        var commit: StagedCommit
        /// So many calls later it is durable.
        var delay: Int
    }

    private struct State {
        var script = Script()
        /// Why nothing works any more.
        var failure: StorageError?
        var isDead = false
        var batch = 0
        /// All plans of the script that were staged.
        var staged: [Staged] = []
        /// So many of them survive power loss.
        var durable = 0
        /// So many of them the engine is told that of.
        var told = 0
        /// Commits that are under way at most, each time something was staged.
        var underWayMost = 0
        var waiting: [(place: Int, continuation: CheckedContinuation<StorageError?, Never>)] = []
        var isHeld = false
        /// What was staged waits for room, and nothing more is.
        var isFull = false
        /// How often somebody was told that what was staged waits for room.
        var refusals = 0
        var brokenRules: [String] = []
        /// How often a batch was begun, and how often one was interrupted.
        var beginnings = 0
        var interruptions = 0
        /// Batches that the engine has ended itself.
        var ended: Set<BatchID> = []
    }

    /// Set while a reader reads, as nobody reads while it does.
    @TaskLocal private static var isReading = false
    /// The calls that may go by until something is durable, at most.
    private static let delayMost = 12

    let inner: InMemoryStorage
    private let stagedMax: Int
    private let state = Mutex(State())

    /// Creates a storage.
    ///
    /// - Parameters:
    ///   - inner: What it is made of.
    ///   - stagedMax: So many commits the engine may have under way.
    init(_ inner: InMemoryStorage, stagedMax: Int = EngineOptions().stagedBatchesMax) {
        self.inner = inner
        self.stagedMax = stagedMax
    }

    /// What happens from now on.
    func prepare(_ script: Script) {
        state.withLock { state in
            state.script = script
            state.batch = 0
            state.staged = []
            state.durable = 0
            state.told = 0
            state.underWayMost = 0
            state.beginnings = 0
            state.interruptions = 0
        }
    }

    /// The next batch is taken up, or none will come; then everything becomes durable at once, and so it does for a batch that
    /// waits for it.
    func take(batch: Int?, isWaitedFor: Bool) async {
        state.withLock { state in
            if let batch { state.batch = batch }
            if isWaitedFor { state.script.delays = nil }
        }
        await harden(all: batch == nil || isWaitedFor)
    }

    /// Keeps everything from becoming durable until it is released.
    func hold() { state.withLock { $0.isHeld = true } }

    /// Keeps everything from becoming durable for want of room until it is released.
    func fill() {
        state.withLock { state in
            state.isHeld = true
            state.isFull = true
        }
    }

    /// How often somebody was told that what was staged waits for room.
    var refusals: Int { state.withLock { $0.refusals } }

    /// Lets go what was held.
    func release() async {
        state.withLock { state in
            state.isHeld = false
            state.isFull = false
        }
        await harden(all: true)
    }

    /// Plans that were staged since the last preparation.
    var stagedPlans: Int { state.withLock { $0.staged.count } }

    /// The last batch of which anything was staged; -1 when there is none.
    var stagedThrough: Int { state.withLock { $0.staged.last?.batch ?? -1 } }

    /// The most commits that were staged and not durable at one time.
    var underWayMost: Int { state.withLock { $0.underWayMost } }

    /// How often a batch was begun since the last preparation.
    var beginnings: Int { state.withLock { $0.beginnings } }

    /// How often others came between since the last preparation.
    var interruptions: Int { state.withLock { $0.interruptions } }

    /// Whether a batch's answer may be given: everything that was staged with it and before it is durable.
    func isDurable(batch: Int) -> Bool {
        state.withLock { state in !state.staged.dropFirst(state.durable).contains { $0.batch <= batch } }
    }

    /// Takes what power loss takes: some of the last plans that are not durable.
    ///
    /// - Returns: The last batch of which anything is left; -1 when there is none.
    func losePower(_ choice: inout SeededGenerator) -> Int {
        state.withLock { state in
            let kept = choice.number(0..<state.staged.count - state.durable + 1)
            inner.losePower(keeping: kept)
            return state.staged.prefix(state.durable + kept).last?.batch ?? -1
        }
    }

    /// Whether the process died; then nothing works any more.
    var isDead: Bool { state.withLock { $0.isDead } }

    /// Whether nothing works any more until the storage is opened again.
    var isLost: Bool { state.withLock { $0.failure != nil } }

    /// Faults that did not happen yet.
    var faultsLeft: Int { state.withLock { $0.script.faults.count } }

    /// Rules of a plan that a plan broke.
    var brokenRules: [String] { state.withLock { $0.brokenRules } }

    private func perform<Value: Sendable>(
        _ call: Call,
        _ body: () async throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        if Self.isReading { return try await body() }
        await read()
        await harden()
        switch try state.withLock({ state throws(StorageError) in try Self.nextFault(call, &state) }) {
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

    private static func nextFault(_ call: Call, _ state: inout State) throws(StorageError) -> Fault? {
        if let failure = state.failure { throw failure }
        guard let next = state.script.faults[call] else { return nil }
        guard next.after == 0 else {
            state.script.faults[call]?.after -= 1
            return nil
        }
        state.script.faults[call] = nil
        switch next.fault {
        case .deathAfter, .deathBefore:
            state.isDead = true
            state.failure = StorageError(.closed, "the process is dead")
        case .refusal(let error):
            if error.code == .writeLost || call == .durability { state.failure = error }
        }
        return next.fault
    }

    /// Makes durable what has waited long enough, in order.
    private func harden(all: Bool = false) async {
        state.withLock { state in
            for index in state.staged.indices.dropFirst(state.durable) { state.staged[index].delay -= 1 }
        }
        while let commit = state.withLock({ state in nextDurable(&state, all: all) }) {
            // What is there in memory cannot fail.
            try? await commit.durable()
        }
        let answered = state.withLock { state in
            let answered = state.waiting.filter { $0.place < state.told || state.failure != nil }
            state.waiting.removeAll { $0.place < state.told || state.failure != nil }
            return answered.map { ($0.continuation, $0.place < state.told ? nil : state.failure) }
        }
        for (continuation, failure) in answered { continuation.resume(returning: failure) }
    }

    private func nextDurable(_ state: inout State, all: Bool) -> StagedCommit? {
        guard state.durable < state.staged.count, state.failure == nil, !state.isHeld else { return nil }
        let next = state.staged[state.durable]
        guard all || next.delay < 0 || state.staged.count - state.durable >= stagedMax else { return nil }
        switch try? Self.nextFault(.durability, &state) {
        case .refusal, .deathBefore: return nil
        case .deathAfter: break
        case nil: state.told += 1
        }
        state.durable += 1
        return next.commit
    }

    /// Returns why a plan is not durable, when that is known; nil when it is.
    private func failure(ofPlanAt place: Int) async -> StorageError? {
        await withCheckedContinuation { continuation in
            let known = state.withLock { state -> StorageError?? in
                if place < state.told { return .some(nil) }
                if let failure = state.failure { return failure }
                state.waiting.append((place, continuation))
                return nil
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    private func read() async {
        guard let onAwait = state.withLock({ $0.script.onAwait }) else { return }
        await Self.$isReading.withValue(true) { await onAwait() }
    }

    func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries {
        try await inner.dictionaries(scope: scope)
    }

    func admission(scope: Scope) async throws(StorageError) -> AdmissionMark? {
        try await inner.admission(scope: scope)
    }

    func begin(_ request: LoadRequest) async throws(StorageError) -> (state: LoadedState, batch: BatchID) {
        var (loaded, batch) = try await perform(.load) { () async throws(StorageError) in
            try await inner.begin(request)
        }
        state.withLock { $0.beginnings += 1 }
        switch interruption(at: .begun(request)) {
        case .expiry: inner.expire(batch)
        case .refusal(let error):
            await inner.abandon(batch)
            throw error
        case nil: break
        }
        state.withLock { $0.script.alters }?(&loaded)
        return (loaded, batch)
    }

    func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState {
        try await perform(.load) { () async throws(StorageError) in try await inner.load(request) }
    }

    func loadEvents(_ request: EventRequest) async throws(StorageError) -> [LoadedEvents] {
        try await perform(.loadEvents) { () async throws(StorageError) in try await inner.loadEvents(request) }
    }

    func loadEvents(
        _ request: EventRequest,
        in batch: BatchID
    ) async throws(StorageError) -> [LoadedEvents] {
        try await perform(.loadEvents) { () async throws(StorageError) in
            try await inner.loadEvents(request, in: batch)
        }
    }

    func commit(_ plan: CommitPlan) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        note(plan)
        return try await inner.commit(plan)
    }

    func commit(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        note(plan)
        noteEnd(of: batch)
        return try await inner.commit(plan, in: batch)
    }

    func stage(_ plan: CommitPlan) async throws(StorageError) -> StagedCommit {
        try await stage(plan) { () async throws(StorageError) in try await inner.stage(plan) }
    }

    func stage(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> StagedCommit {
        noteEnd(of: batch)
        do throws(StorageError) {
            switch interruption(at: .staging(plan)) {
            case .expiry: inner.expire(batch)
            case .refusal(let error): throw error
            case nil: break
            }
            return try await stage(plan) { () async throws(StorageError) in try await inner.stage(plan, in: batch) }
        } catch {
            // Also what never came to the storage ends the batch.
            await inner.abandon(batch)
            throw error
        }
    }

    func abandon(_ batch: BatchID) async {
        noteEnd(of: batch)
        await inner.abandon(batch)
    }

    private func interruption(at moment: Moment) -> Interruption? {
        guard let interruption = state.withLock({ $0.script.interrupts })?(moment) else { return nil }
        state.withLock { $0.interruptions += 1 }
        return interruption
    }

    private func noteEnd(of batch: BatchID) {
        state.withLock { state in
            if !state.ended.insert(batch).inserted { state.brokenRules.append("a batch was ended twice") }
        }
    }

    private func stage(
        _ plan: CommitPlan,
        _ perform: () async throws(StorageError) -> StagedCommit
    ) async throws(StorageError) -> StagedCommit {
        note(plan)
        let refused = state.withLock { $0.isFull && $0.staged.count > $0.durable }
        if refused { throw Self.noRoom }
        let (commit, place) = try await self.perform(.stage) { () async throws(StorageError) in
            let commit = try await perform()
            return (commit, state.withLock { note(commit, &$0) })
        }
        await harden()
        return StagedCommit(claimed: commit.claimed) { [self] onRefusal async throws(StorageError) in
            if state.withLock({ $0.isFull }) {
                onRefusal(Self.noRoom)
                state.withLock { $0.refusals += 1 }
            }
            await read()
            if let failure = await failure(ofPlanAt: place) { throw failure }
        }
    }

    private static let noRoom = StorageError(.full, "there is no room")

    private func note(_ plan: CommitPlan) {
        let broken = plan.check()
        if !broken.isEmpty { state.withLock { $0.brokenRules += broken } }
    }

    private func note(_ commit: StagedCommit, _ state: inout State) -> Int {
        let delay = state.script.delays?.number(0..<Self.delayMost) ?? 0
        state.staged.append(Staged(batch: state.batch, commit: commit, delay: delay))
        state.underWayMost = max(state.underWayMost, state.staged.count - state.durable)
        return state.staged.count - 1
    }

    func checkWritable() async throws(StorageError) {
        if state.withLock({ $0.isFull }) { throw Self.noRoom }
        try await inner.checkWritable()
    }

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

    func existingMarks(
        _ keys: [ResumeMark.Key],
        in batch: BatchID
    ) async throws(StorageError) -> Set<ResumeMark.Key> {
        try await inner.existingMarks(keys, in: batch)
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
        of digests: [IdentityDigest],
        scope: Scope,
        in batch: BatchID
    ) async throws(StorageError) -> [Suppression] {
        try await perform(.load) { () async throws(StorageError) in
            try await inner.suppressions(of: digests, scope: scope, in: batch)
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
