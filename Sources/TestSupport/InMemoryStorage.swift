public import ActivationCore
public import ActivationEngine
import Synchronization

/// The storage port without a disk: what engine tests run on, and what other storages are compared with.
///
/// Written for plainness: a commit works on a copy of everything and swaps it in, a claim looks at every waiting row. What it is
/// asked for can be looked at with ``AskedWork``.
public final class InMemoryStorage: Storage, SharedConfiguration, AlertStore {
    private let state = NotedState()
    private let faults = Mutex(Faults())
    private let lookedUp = Mutex(0)
    let batches = OpenBatches()
    private let scanWatch = Mutex<(@Sendable ([ProfileRow]) async -> Void)?>(nil)

    private struct Faults {
        var nextWrite: StorageError?
        var everyWrite: StorageError?
    }

    /// Profiles have rows after this one: where each scope has rows of its own, they do not begin at 1.
    public static let rowsBefore: Int64 = 1 << 32

    /// Creates an empty storage.
    public init() {}

    /// Makes the next commit, settlement or configuration change fail with this error, and write nothing.
    public func failNextWrite(with error: StorageError) {
        faults.withLock { $0.nextWrite = error }
    }

    /// Makes every write fail with this error, and write nothing; nil = succeed again.
    public func failWrites(with error: StorageError?) {
        faults.withLock { $0.everyWrite = error }
    }

    /// Has somebody see what every ``profileRows(scope:after:limit:)`` has read, before it returns.
    public func watchScans(_ watch: @escaping @Sendable ([ProfileRow]) async -> Void) {
        scanWatch.withLock { $0 = watch }
    }

    /// How many identities were looked up in the suppression list so far.
    public var suppressionsLookedUp: Int { lookedUp.withLock { $0 } }

    /// Forgets what a process forgets when it dies: every claim, and every batch under way.
    public func crash() {
        batches.dropAll()
        state.withLock { $0.forgetClaims() }
    }

    /// Forgets what a machine forgets when its power goes: every claim and batch under way, and of what is staged and not durable all but the first
    /// commits.
    public func losePower(keeping commits: Int = 0) {
        batches.dropAll()
        state.withLock { state in
            state.loseStaged(keeping: commits)
            state.forgetClaims()
        }
    }

    /// Commits that are staged and not durable.
    public var stagedCommits: Int { state.withLock { $0.stagedCommits } }

    /// How many paths and datasets of a scope would survive power loss now.
    public func surviving(scope: Scope) -> (paths: Int, datasets: Int) {
        state.withLock { state in
            let stored = state.surviving.scopes[scope]
            return (stored?.paths.count ?? 0, stored?.datasets.count ?? 0)
        }
    }

    /// See ``Storage/dictionaries(scope:)``.
    public func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries {
        state.withLock { state in
            let stored = state.scopes[scope] ?? InMemoryState.ScopeState()
            return StoredDictionaries(paths: stored.paths, datasets: stored.datasets)
        }
    }

    /// See ``Storage/admission(scope:)``.
    public func admission(scope: Scope) async throws(StorageError) -> AdmissionMark? {
        state.withLock { $0.scopes[scope]?.admission }
    }

    /// See ``Storage/load(_:)``.
    public func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState {
        try read { state throws(StorageError) in try state.load(request) }
    }

    /// See ``Storage/loadEvents(_:)``.
    public func loadEvents(_ request: EventRequest) async throws(StorageError) -> [LoadedEvents] {
        try read { state throws(StorageError) in try state.loadEvents(request) }
    }

    /// See ``Storage/checkWritable()``.
    public func checkWritable() async throws(StorageError) {
        if let error = faults.withLock(\.everyWrite) { throw error }
    }

    /// See ``Storage/commit(_:)``.
    @discardableResult
    public func commit(_ plan: CommitPlan) async throws(StorageError) -> [Dataflow.ID: [Int64]] {
        try write { state throws(StorageError) in try state.performClaimed(plan) }
    }

    /// See ``Storage/stage(_:)``; any other write makes durable what is staged.
    public func stage(_ plan: CommitPlan) async throws(StorageError) -> StagedCommit {
        let (claimed, number) = try write(isStaged: true) { state throws(StorageError) in try state.stage(plan) }
        return StagedCommit(claimed: claimed) { [self] _ throws(StorageError) in
            state.withLock { $0.harden(through: number) }
        }
    }

    /// See ``Storage/profileRows(scope:after:limit:)``.
    public func profileRows(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [ProfileRow] {
        let rows = try await profiles(scope: scope, after: row, limit: limit).map { ProfileRow(row: $0.row, id: $0.id) }
        await scanWatch.withLock { $0 }?(rows)
        return rows
    }

    /// See ``Storage/profiles(scope:after:limit:)``.
    public func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile] {
        state.withLock { state in
            let stored = state.scopes[scope]?.profiles ?? [:]
            return stored.values.filter { $0.row > row }.sorted { $0.row < $1.row }.prefix(limit).map { $0 }
        }
    }

    /// See ``Storage/dueProfiles(scope:limit:)``.
    public func dueProfiles(scope: Scope, limit: Int) async throws(StorageError) -> [DueProfile] {
        state.withLock { state in
            (state.scopes[scope]?.profiles.values ?? [:].values)
                .compactMap { profile in profile.due.map { (profile.row, DueProfile(id: profile.id, due: $0)) } }
                .sorted { ($0.1.due, $0.0) < ($1.1.due, $1.0) }
                .prefix(limit).map(\.1)
        }
    }

    /// See ``Storage/profileCount(scope:)``.
    public func profileCount(scope: Scope) async throws(StorageError) -> Int {
        state.withLock { $0.scopes[scope]?.profiles.count ?? 0 }
    }

    /// See ``Storage/memberCount(of:scope:)``.
    public func memberCount(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> Int64 {
        state.withLock { $0.scopes[scope]?.members[audience]?.members ?? 0 }
    }

    /// See ``Storage/memberCounts(of:scope:)``.
    public func memberCounts(
        of audiences: [Audience.ID],
        scope: Scope
    ) async throws(StorageError) -> [Audience.ID: Int64] {
        try await memberCounts(scope: scope).filter { audiences.contains($0.key) }
    }

    /// See ``Storage/memberCounts(scope:)``.
    public func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64] {
        state.withLock { $0.scopes[scope]?.members.mapValues(\.members) ?? [:] }
    }

    /// Who entered every audience and who exited, since it began.
    public func memberCounters(scope: Scope) -> [Audience.ID: MemberCounters] {
        state.withLock { $0.scopes[scope]?.members ?? [:] }
    }

    /// See ``Storage/memberHours(of:scope:)``.
    public func memberHours(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> [MemberHour] {
        state.withLock { state in
            let stored = state.scopes[scope]
            return MemberHour.hours(
                from: stored?.memberOpenings[audience] ?? [],
                to: stored?.members[audience] ?? MemberCounters()
            )
        }
    }

    /// See ``Storage/memberChanges(since:scope:)``.
    public func memberChanges(
        since hour: Int64,
        scope: Scope
    ) async throws(StorageError) -> [Audience.ID: MemberCounters] {
        state.withLock { state in
            let stored = state.scopes[scope]
            return (stored?.memberOpenings ?? [:]).compactMapValues { openings in
                openings.first { $0.number >= hour }
            }.reduce(into: [:]) { changes, opening in
                changes[opening.key] = stored?.members[opening.key]?.since(opening.value.counters)
            }
        }
    }

    /// See ``Storage/backfillProgress(scope:)``.
    public func backfillProgress(
        scope: Scope
    ) async throws(StorageError) -> [Backfill.ID: CommitPlan.BackfillProgress] {
        state.withLock { $0.scopes[scope]?.backfills ?? [:] }
    }

    /// See ``Storage/forgetBackfills(_:scope:)``.
    public func forgetBackfills(_ backfills: [Backfill.ID], scope: Scope) async throws(StorageError) {
        try write { state throws(StorageError) in
            for backfill in backfills { state.scopes[scope]?.backfills[backfill] = nil }
        }
    }

    /// See ``Storage/uploadProgress(scope:)``.
    public func uploadProgress(
        scope: Scope
    ) async throws(StorageError) -> [UUIDBytes: CommitPlan.UploadProgress] {
        state.withLock { $0.scopes[scope]?.uploads ?? [:] }
    }

    /// See ``Storage/forgetUploads(_:scope:)``.
    public func forgetUploads(_ uploads: [UUIDBytes], scope: Scope) async throws(StorageError) {
        try write { state throws(StorageError) in
            for upload in uploads { state.scopes[scope]?.uploads[upload] = nil }
        }
    }

    /// See ``Storage/claim(_:)``.
    public func claim(_ request: ClaimRequest) async throws(StorageError) -> [OutboxRow] {
        state.withLock { $0.claim(request) }
    }

    /// A dataflow's waiting rows, in their order.
    public func waiting(in dataflow: Dataflow.ID) -> [OutboxRow] {
        state.withLock { $0.dataflows[dataflow]?.pending ?? [] }
    }

    /// See ``Storage/lastRow(dataflow:)``.
    public func lastRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64 {
        state.withLock { $0.dataflows[dataflow]?.pending.last?.row ?? 0 }
    }

    /// See ``Storage/firstRow(dataflow:)``.
    public func firstRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64? {
        state.withLock { $0.dataflows[dataflow]?.pending.first?.row }
    }

    /// See ``Storage/settle(dataflow:_:)``.
    public func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError) {
        try write { state throws(StorageError) in state.dataflows[dataflow]?.settle(settlements) }
    }

    /// See ``Storage/releaseClaims(dataflow:)``.
    public func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError) {
        state.withLock { $0.dataflows[dataflow]?.claims = [:] }
    }

    /// See ``Storage/marks(dataflow:after:limit:)``.
    public func marks(
        dataflow: Dataflow.ID,
        after last: ResumeMark.Key?,
        limit: Int
    ) async throws(StorageError) -> [ResumeMark] {
        state.withLock { state in
            (state.dataflows[dataflow]?.marks ?? [:]).map { ResumeMark(key: $0.key, reasons: $0.value) }
                .filter { mark in last.map { $0.comesBefore(mark.key) } ?? true }
                .sorted { $0.key.comesBefore($1.key) }
                .prefix(limit).map { $0 }
        }
    }

    /// See ``Storage/markCount(dataflow:)``.
    public func markCount(dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        state.withLock { $0.dataflows[dataflow]?.marks.count ?? 0 }
    }

    /// See ``Storage/existingMarks(_:)``.
    public func existingMarks(_ keys: [ResumeMark.Key]) async throws(StorageError) -> Set<ResumeMark.Key> {
        state.withLock { state in Set(keys.filter { state.dataflows[$0.dataflow]?.marks[$0] != nil }) }
    }

    /// See ``Storage/dropSomeMarks(of:)``.
    public func dropSomeMarks(of dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        var dropped = 0
        try write { state throws(StorageError) in
            dropped = state.dataflows[dataflow]?.marks.count ?? 0
            state.dataflows[dataflow]?.marks = [:]
        }
        return dropped
    }

    /// See ``Storage/discardSome(of:)``.
    public func discardSome(of dataflow: Dataflow.ID) async throws(StorageError) -> Int {
        var dropped = 0
        try write { state throws(StorageError) in
            dropped = state.dataflows[dataflow]?.pending.count ?? 0
            state.dataflows[dataflow]?.discard()
            state.dataflows[dataflow]?.marks = [:]
            if dropped == 0 { state.dataflows[dataflow]?.openings = [] }
        }
        return dropped
    }

    /// See ``Storage/books(dataflow:)``.
    public func books(dataflow: Dataflow.ID) async throws(StorageError) -> StoredBooks {
        state.withLock { state in
            guard let stored = state.dataflows[dataflow] else { return StoredBooks() }
            return StoredBooks(
                counters: stored.counters,
                pendingRows: Int64(stored.pending.count),
                oldestPendingAt: stored.pending.first?.admittedAt
            )
        }
    }

    /// See ``Storage/books(of:)``.
    public func books(of dataflows: [Dataflow.ID]) async throws(StorageError) -> [Dataflow.ID: StoredBooks] {
        var books: [Dataflow.ID: StoredBooks] = [:]
        for dataflow in dataflows { books[dataflow] = try await self.books(dataflow: dataflow) }
        return books
    }

    /// See ``Storage/countBooks(scope:)``.
    public func countBooks(scope: Scope) async throws(StorageError) -> [Dataflow.ID: CountedBooks] {
        state.withLock { state in
            state.dataflows.filter { $0.value.scope == scope }.mapValues { stored in
                CountedBooks(
                    counters: stored.counters,
                    waiting: Int64(stored.pending.count),
                    deadLetters: Int64(stored.deadLetters.count)
                )
            }
        }
    }

    /// See ``Storage/countAudienceBooks(dataflow:)``.
    public func countAudienceBooks(dataflow: Dataflow.ID) async throws(StorageError) -> CountedAudienceBooks {
        state.withLock { state in
            guard let stored = state.dataflows[dataflow] else { return CountedAudienceBooks() }
            var counted = CountedAudienceBooks(books: stored.books.audiences)
            for row in stored.pending { counted.countWaiting(row.audiences) }
            for letter in stored.deadLetters { counted.countDeadLetter(letter.record.audiences) }
            return counted
        }
    }

    /// See ``Storage/bookedHours(of:since:)``.
    public func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(StorageError) -> [Dataflow.ID: [BookedHour]] {
        let first = BookedHour.number(of: instant)
        var hours: [Dataflow.ID: [BookedHour]] = [:]
        for dataflow in dataflows {
            let all = try await bookedHours(dataflow: dataflow)
            hours[dataflow] = all.filter { BookedHour.number(of: $0.start) >= first }
                .map { BookedHour(start: $0.start, counters: $0.counters) }
        }
        return hours
    }

    /// See ``Storage/bookedHours(dataflow:)``.
    public func bookedHours(dataflow: Dataflow.ID) async throws(StorageError) -> [BookedHour] {
        state.withLock { $0.dataflows[dataflow]?.hours ?? [] }
    }

    /// See ``Storage/deadLetters(dataflow:code:after:limit:)``.
    public func deadLetters(
        dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) async throws(StorageError) -> [DeadLetter] {
        state.withLock { state in
            let letters = (state.dataflows[dataflow]?.deadLetters ?? []).filter { letter in
                letter.record.row > row && code.map { $0 == letter.code } ?? true
            }
            return Array(letters.sorted { $0.record.row < $1.record.row }.prefix(limit))
        }
    }

    /// See ``Storage/deadLetterCauses(dataflow:)``.
    public func deadLetterCauses(dataflow: Dataflow.ID) async throws(StorageError) -> [DeadLetterCause] {
        state.withLock { state in
            Dictionary(grouping: state.dataflows[dataflow]?.deadLetters ?? [], by: \.code).map { code, letters in
                let instants = letters.map(\.parkedAt).sorted()
                return DeadLetterCause(
                    code: code,
                    count: letters.count,
                    firstParkedAt: instants[0],
                    lastParkedAt: instants[instants.count - 1]
                )
            }.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
        }
    }

    /// See ``Storage/deadLetterRows(dataflow:code:parkedBefore:limit:)``.
    public func deadLetterRows(
        dataflow: Dataflow.ID,
        code: String,
        parkedBefore instant: Timestamp,
        limit: Int
    ) async throws(StorageError) -> [Int64] {
        state.withLock { state in
            let old = (state.dataflows[dataflow]?.deadLetters ?? []).filter { letter in
                letter.code.hasSameBytes(as: code) && letter.parkedAt < instant
            }
            let sorted = old.sorted { ($0.parkedAt, $0.record.row) < ($1.parkedAt, $1.record.row) }
            return sorted.prefix(max(limit, 0)).map(\.record.row)
        }
    }

    /// See ``Storage/deadLetterCounts(scope:)``.
    public func deadLetterCounts(scope: Scope) async throws(StorageError) -> [Dataflow.ID: Int64] {
        state.withLock { state in
            state.dataflows.filter { $0.value.scope == scope && !$0.value.deadLetters.isEmpty }
                .mapValues { Int64($0.deadLetters.count) }
        }
    }

    /// See ``Storage/release(_:)``.
    public func release(_ release: DeadLetterRelease) async throws(StorageError) -> DeadLetterRelease.Outcome {
        var outcome = DeadLetterRelease.Outcome()
        try write { state throws(StorageError) in outcome = state.release(release) }
        return outcome
    }

    /// See ``Storage/replay(_:)``.
    public func replay(_ request: ReplayRequest) async throws(StorageError) -> ReplayRequest.Place? {
        try write { state throws(StorageError) in state.replay(request) }
        return nil
    }

    /// See ``Storage/waitingRecords(_:)``.
    public func waitingRecords(_ request: RecordsRequest) async throws(StorageError) -> [OutboxRow] {
        state.withLock { state in
            let all = state.dataflows.values.filter { $0.scope == request.scope }.flatMap(\.pending)
                .filter { $0.profile == request.profile && $0.row > request.after }
            return Self.page(all.sorted { $0.row < $1.row }, request) { $0.payload.count }
        }
    }

    /// See ``Storage/deadLetters(_:)``.
    public func deadLetters(_ request: RecordsRequest) async throws(StorageError) -> [DeadLetter] {
        state.withLock { state in
            let all = state.dataflows.values.filter { $0.scope == request.scope }.flatMap(\.deadLetters)
                .filter { $0.record.profile == request.profile && $0.record.row > request.after }
            return Self.page(all.sorted { $0.record.row < $1.record.row }, request) { $0.record.payload.count }
        }
    }

    private static func page<Record>(
        _ records: [Record],
        _ request: RecordsRequest,
        bytes: (Record) -> Int
    ) -> [Record] {
        var taken = 0
        return Array(
            records.prefix(request.limit).prefix { record in
                defer { taken += bytes(record) }
                return taken < request.bytesMax
            }
        )
    }

    /// See ``Storage/marks(of:scope:)``.
    public func marks(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> [ResumeMark] {
        state.withLock { state in
            state.dataflows.values.filter { $0.scope == scope }.flatMap(\.marks)
                .filter { $0.key.profile == profile }
                .map { ResumeMark(key: $0.key, reasons: $0.value) }
                .sorted {
                    ($0.key.dataflow.uuid, $0.key.mergePolicy.uuid) < ($1.key.dataflow.uuid, $1.key.mergePolicy.uuid)
                }
        }
    }

    /// See ``Storage/deliveries(of:scope:after:limit:)``.
    public func deliveries(
        of profile: Profile.ID,
        scope: Scope,
        after last: (instant: Timestamp, row: Int64),
        limit: Int
    ) async throws(StorageError) -> [Delivery] {
        state.withLock { state in
            state.dataflows.values.filter { $0.scope == scope }.flatMap { $0.deliveries[profile] ?? [] }
                .filter { ($0.deliveredAt, $0.row) > last }
                .sorted { ($0.deliveredAt, $0.row) < ($1.deliveredAt, $1.row) }
                .prefix(limit).map { $0 }
        }
    }

    /// See ``Storage/erasures(scope:limit:)``.
    public func erasures(scope: Scope, limit: Int) async throws(StorageError) -> [Erasure] {
        state.withLock { Array(($0.scopes[scope]?.erasures ?? []).reversed().prefix(limit)) }
    }

    /// See ``Storage/erasure(of:scope:)``.
    public func erasure(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> Erasure? {
        state.withLock { $0.scopes[scope]?.erasures.first { $0.profile == profile } }
    }

    /// See ``Storage/suppressions(of:scope:)``.
    public func suppressions(
        of digests: [IdentityDigest],
        scope: Scope
    ) async throws(StorageError) -> [Suppression] {
        lookedUp.withLock { $0 += digests.count }
        return state.withLock { state in digests.compactMap { state.scopes[scope]?.suppressions[$0] } }
    }

    /// See ``Storage/suppressions(scope:after:limit:)``.
    public func suppressions(
        scope: Scope,
        after last: IdentityDigest?,
        limit: Int
    ) async throws(StorageError) -> [Suppression] {
        state.withLock { state in
            (state.scopes[scope]?.suppressions ?? [:]).values
                .filter { suppression in last.map { $0 < suppression.digest } ?? true }
                .sorted { $0.digest < $1.digest }
                .prefix(limit).map { $0 }
        }
    }

    /// See ``ControlStore/objects(kind:scope:)``.
    public func objects(kind: String, scope: Scope) async throws(StorageError) -> [ControlObject] {
        state.withLock { state in
            (state.scopes[scope]?.objects.values.filter { $0.kind.hasSameBytes(as: kind) } ?? [])
                .sorted { ($0.createdAt, ByteKey($0.id)) < ($1.createdAt, ByteKey($1.id)) }
        }
    }

    /// See ``ControlStore/object(kind:id:scope:)``.
    public func object(kind: String, id: String, scope: Scope) async throws(StorageError) -> ControlObject? {
        state.withLock { $0.scopes[scope]?.objects[InMemoryState.ObjectKey(kind: kind, id: id)] }
    }

    /// See ``ControlStore/apply(_:history:scope:)``.
    public func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope
    ) async throws(StorageError) {
        try write { state throws(StorageError) in
            try state.apply(changes, scope: scope)
            state.enter(history, scope: scope)
        }
    }

    /// See ``SharedConfiguration/configurationVersion(scope:)``.
    public func configurationVersion(scope: Scope) async throws(StorageError) -> ConfigurationVersion {
        state.withLock { $0.configurationVersion(scope: scope) }
    }

    /// See ``SharedConfiguration/apply(_:history:scope:after:raisesCatalog:)``.
    public func apply(
        _ changes: [ControlChange],
        history: [ConfigurationChange],
        scope: Scope,
        after version: ConfigurationVersion,
        raisesCatalog: Bool
    ) async throws(StorageError) -> ConfigurationVersion {
        try write { state throws(StorageError) in
            let raised = try state.raise(version, scope: scope, raisesCatalog: raisesCatalog)
            try state.apply(changes, scope: scope)
            state.enter(history, scope: scope)
            return raised
        }
    }

    /// See ``ControlStore/historyStart(at:)``.
    public func historyStart(at instant: Timestamp) async throws(StorageError) -> Int64 {
        state.withLock { $0.historyStart(at: instant) }
    }

    /// See ``ControlStore/history(_:)``.
    public func history(
        _ request: ConfigurationChangesRequest
    ) async throws(StorageError) -> [ConfigurationChange] {
        state.withLock { $0.history(request) }
    }

    /// See ``AlertStore/alertStandings(scope:)``.
    public func alertStandings(scope: Scope) async throws(StorageError) -> [AlertStanding] {
        state.withLock { $0.alerts[scope]?.standings ?? [] }
    }

    /// See ``AlertStore/apply(_:scope:)``.
    public func apply(_ change: AlertChange, scope: Scope) async throws(StorageError) {
        try write { state throws(StorageError) in state.alerts[scope, default: InMemoryAlerts()].perform(change) }
    }

    /// See ``AlertStore/alertEntries(about:before:limit:scope:)``.
    public func alertEntries(
        about subject: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertEntry] {
        state.withLock { state in
            (state.alerts[scope]?.entries ?? []).reversed().filter { entry in
                entry.sequence < sequence ?? .max && subject.map { entry.subject.hasSameBytes(as: $0) } ?? true
            }.prefix(limit).map { $0 }
        }
    }

    /// See ``AlertStore/alertDeliveries(by:before:limit:scope:)``.
    public func alertDeliveries(
        by channel: String?,
        before sequence: Int64?,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery] {
        state.withLock { state in
            (state.alerts[scope]?.deliveries ?? []).reversed().filter { delivery in
                delivery.sequence < sequence ?? .max && channel.map { delivery.channel.hasSameBytes(as: $0) } ?? true
            }.prefix(limit).map { $0 }
        }
    }

    /// See ``AlertStore/dueAlertDeliveries(at:limit:scope:)``.
    public func dueAlertDeliveries(
        at instant: Timestamp,
        limit: Int,
        scope: Scope
    ) async throws(StorageError) -> [AlertDelivery] {
        state.withLock { state in
            let due = (state.alerts[scope]?.deliveries ?? []).filter { $0.due.map { $0 <= instant } ?? false }
            return Dictionary(grouping: due) { ByteKey($0.channel) }.values.flatMap { $0.prefix(limit) }
                .sorted { $0.sequence < $1.sequence }
        }
    }

    private func read<Answer: Sendable>(
        _ work: (InMemoryState) throws(StorageError) -> Answer
    ) throws(StorageError) -> Answer {
        let result = state.withLock { state -> Result<Answer, StorageError> in
            do throws(StorageError) {
                return .success(try work(state))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Runs a change on a copy and keeps the copy only when it succeeded.
    private func write<Result: Sendable>(
        isStaged: Bool = false,
        _ change: (inout InMemoryState) throws(StorageError) -> Result
    ) throws(StorageError) -> Result {
        let fault = faults.withLock { faults in
            defer { faults.nextWrite = nil }
            return faults.everyWrite ?? faults.nextWrite
        }
        if let fault { throw fault }
        let result = state.withLock { state -> Swift.Result<Result, StorageError> in
            var draft = state
            do throws(StorageError) {
                let result = try change(&draft)
                if !isStaged { draft.hardenEverything() }
                state = draft
                return .success(result)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

/// The state, and a note of who asked for it.
private struct NotedState: ~Copyable {
    private let state = Mutex(InMemoryState())

    borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ question: String = #function,
        _ body: (inout sending InMemoryState) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        AskedWork.note(question)
        return try state.withLock(body)
    }
}
