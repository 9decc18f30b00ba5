import ActivationCore
import Synchronization

@testable import ActivationEngine
@testable import ActivationServer

/// An engine that notes what the control plane tells it and answers what the test has set; catalogs it compiles for real.
final class RecordingEngine: QuietEngine {
    struct Bound: Equatable {
        var dataflow: Dataflow.ID
        var row: Int64
    }

    struct State {
        var catalogs: [CatalogDefinition] = []
        var paths = PathDictionary()
        var restarted: [Dataflow.ID] = []
        var bounds: [Bound] = []
        var dropped: [Dataflow.ID] = []
        var lastRow: Int64 = 0
        var discarded: [Dataflow.ID] = []
        var retiring: [(dataflow: Dataflow.ID, finish: @Sendable () async throws -> Void)] = []
        var members: [Audience.ID: Int] = [:]
        var backfillRuns: [Backfill.ID: BackfillRun] = [:]
        var hours: [Dataflow.ID: [BookedHour]] = [:]
        var resuming: [Dataflow.ID: ResumeProgress] = [:]
        var knownPaths: Set<[String]> = []
        var pathSample = PathSample(profiles: 0, paths: [])
        var dryRun: ProfileDryRun?
        var profiles = 0
        var matches = ProfileMatches(lastRow: nil, read: 0, matches: [])
        var relay = RelayState.running
        var notice: String?
        var counters = DataflowCounters()
        var pendingRows: Int64 = 0
        var countedBooks: [Dataflow.ID: CountedBooks] = [:]
        var countedAudiences: [Dataflow.ID: CountedAudienceBooks] = [:]
        var deliveryFigures: [Dataflow.ID: DeliveryFigures] = [:]
        var auditedAt = Timestamp(milliseconds: 1_700_000_000_000)
        var deadLetters: [DeadLetter] = []
        /// What became of dead letters, and since when was sent again.
        var releases: [DeadLetterRelease] = []
        var replays: [Timestamp] = []
        var oldestPendingAt: Timestamp?
        var health = Engine.Health(isAccepting: true)
        var failure: EngineError?
        /// Profiles that rehearsals find, and the records that each of them gets.
        var rehearsed: (profiles: Int, records: Int) = (0, 0)
    }

    let state = Mutex(State())

    var catalog: CatalogDefinition? { state.withLock { $0.catalogs.last } }
    var isAccepting: Bool { state.withLock { $0.health.isAccepting } }
    func health() async -> Engine.Health { state.withLock { $0.health } }
    func noteRefusedWrite(_ error: StorageError) { state.withLock { $0.health.writeFailure = EngineError(error) } }

    func pathSample(after row: Int64, limit: Int) async throws(EngineError) -> PathSample {
        try check()
        return state.withLock { $0.pathSample }
    }
    func profileCount() async throws(EngineError) -> Int { state.withLock { $0.profiles } }
    func profiles(
        matching question: ProfileQuestion,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> ProfileMatches { state.withLock { $0.matches } }
    func dryRun(of dataflow: Dataflow, for identity: Identity) async throws(EngineError) -> ProfileDryRun? {
        try check()
        return state.withLock { $0.dryRun }
    }

    func rehearsal(
        of proposed: Dataflow,
        sending added: Set<Audience.ID>,
        unmapping unmapped: [Dataflow.MappedAudience],
        asking consent: AudienceDefinition?
    ) throws(EngineError) -> DataflowRehearsal {
        try check()
        var (definition, paths) = state.withLock { ($0.catalogs.last, $0.paths) }
        definition?.dataflows = []
        guard let definition, let catalog = try? Catalog(compiling: definition, paths: &paths) else {
            throw EngineError(.invalidCatalog, "there is no catalog")
        }
        return DataflowRehearsal(
            proposed,
            sending: added,
            unmapping: unmapped,
            asking: consent,
            in: definition,
            compiled: catalog,
            scope: .production,
            options: DecisionOptions()
        )
    }
    func effect(
        of rehearsal: inout DataflowRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect {
        let rehearsed = state.withLock { $0.rehearsed }
        let found = max(min(rehearsed.profiles - Int(row), limit), 0)
        let records = found * rehearsed.records
        return RehearsedEffect(
            profiles: found,
            lastRow: found > 0 ? row + Int64(found) : nil,
            records: records > 0 ? [rehearsal.dataflow: records] : [:],
            bytes: records > 0 ? [rehearsal.dataflow: 300 * records] : [:],
            bytesMax: records > 0 ? [rehearsal.dataflow: 300] : [:]
        )
    }
    func profileRows() async throws(EngineError) -> ClosedRange<Int64>? {
        let last = Int64(state.withLock { $0.rehearsed.profiles })
        return last > 0 ? 1...last : nil
    }

    private func check() throws(EngineError) {
        if let failure = state.withLock({ $0.failure }) { throw failure }
    }

    func ingest(_ messages: [Message]) async throws(EngineError) -> [DecisionResult] { messages.map { _ in .accepted } }
    func update(
        _ catalog: CatalogDefinition,
        storing store: @escaping @Sendable () async throws(StorageError) -> Int64?
    ) async throws(EngineError) {
        try check()
        var paths = state.withLock { $0.paths }
        do throws(CatalogError) {
            _ = try Catalog(compiling: catalog, paths: &paths)
        } catch {
            throw EngineError(.invalidCatalog, error.message)
        }
        do throws(StorageError) {
            _ = try await store()
        } catch {
            throw EngineError(error)
        }
        let known = paths
        state.withLock { state in
            state.paths = known
            state.catalogs.append(catalog)
        }
    }
    func open(with catalog: CatalogDefinition, version: Int64?) async throws(EngineError) -> [CatalogError] {
        try check()
        return try state.withLock { state throws(EngineError) in
            var usable = catalog
            var leftOut: [CatalogError] = []
            do throws(CatalogError) {
                _ = try Catalog(compilingUsable: &usable, paths: &state.paths, leftOut: &leftOut)
            } catch {
                throw EngineError(.invalidCatalog, error.message)
            }
            state.catalogs.append(usable)
            return leftOut
        }
    }
    func relayState(_ dataflow: Dataflow.ID) -> RelayState { state.withLock { $0.relay } }
    func relayNotice(_ dataflow: Dataflow.ID) -> String? { state.withLock { $0.notice } }
    func isKnownPath(_ keys: [String]) -> Bool { state.withLock { $0.knownPaths.contains(keys) } }
    func books(_ dataflow: Dataflow.ID) async throws(EngineError) -> Engine.DataflowBooks {
        try check()
        return state.withLock {
            Engine.DataflowBooks(
                counters: $0.counters,
                pendingRows: $0.pendingRows,
                oldestPendingAt: $0.oldestPendingAt,
                state: $0.relay
            )
        }
    }
    func booksAudit() async throws(EngineError) -> BooksAudit {
        try check()
        return state.withLock { BooksAudit(at: $0.auditedAt, duration: .zero, books: $0.countedBooks) }
    }
    func countAudienceBooks(_ dataflow: Dataflow.ID) async throws(EngineError) -> CountedAudienceBooks {
        try check()
        return state.withLock { $0.countedAudiences[dataflow] ?? CountedAudienceBooks() }
    }
    var deliveryFigures: [Dataflow.ID: DeliveryFigures] { state.withLock { $0.deliveryFigures } }
    var lastBooksAudit: BooksAudit? {
        state.withLock { BooksAudit(at: $0.auditedAt, duration: .zero, books: $0.countedBooks) }
    }
    func deadLetters(
        _ dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> [DeadLetter] {
        state.withLock { state in
            let letters = state.deadLetters.filter { $0.record.row > row && (code ?? $0.code) == $0.code }
            return Array(letters.prefix(limit))
        }
    }
    func deadLetterCauses(_ dataflow: Dataflow.ID) async throws(EngineError) -> [DeadLetterCause] {
        state.withLock { state in
            Dictionary(grouping: state.deadLetters, by: \.code).map { code, letters in
                DeadLetterCause(
                    code: code,
                    count: letters.count,
                    firstParkedAt: letters.map(\.parkedAt).min() ?? Timestamp(milliseconds: 0),
                    lastParkedAt: letters.map(\.parkedAt).max() ?? Timestamp(milliseconds: 0)
                )
            }.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
        }
    }
    func deadLetterCounts() async throws(EngineError) -> [Dataflow.ID: Int64] {
        state.withLock { state in
            Dictionary(grouping: state.deadLetters, by: \.record.dataflow).mapValues { Int64($0.count) }
        }
    }
    func release(_ release: DeadLetterRelease) async throws(EngineError) -> DeadLetterRelease.Outcome {
        state.withLock { state in
            state.releases.append(release)
            let wanted = state.deadLetters.filter { letter in
                release.rows?.contains(letter.record.row) ?? true && release.code.map { $0 == letter.code } ?? true
            }
            state.deadLetters.removeAll { letter in wanted.contains { $0.record.row == letter.record.row } }
            return DeadLetterRelease.Outcome(released: wanted.count)
        }
    }
    func replay(
        _ dataflow: Dataflow.ID,
        since instant: Timestamp,
        after place: ReplayRequest.Place?,
        limit: Int
    ) async throws(EngineError) -> ReplayRequest.Place? {
        state.withLock { $0.replays.append(instant) }
        return nil
    }
    func memberCount(_ audience: Audience.ID) async throws(EngineError) -> Int {
        state.withLock { $0.members[audience] ?? 0 }
    }
    func memberCounts(of audiences: [Audience.ID]) async throws(EngineError) -> [Audience.ID: Int] {
        state.withLock { $0.members.filter { audiences.contains($0.key) } }
    }
    func memberCounts() async throws(EngineError) -> [Audience.ID: Int] { state.withLock { $0.members } }
    var backfillRuns: [Backfill.ID: BackfillRun] { state.withLock { $0.backfillRuns } }
    func resumeProgress(_ dataflow: Dataflow.ID) -> ResumeProgress? { state.withLock { $0.resuming[dataflow] } }
    func books(of dataflows: [Dataflow.ID]) async throws(EngineError) -> [Dataflow.ID: Engine.DataflowBooks] {
        var books: [Dataflow.ID: Engine.DataflowBooks] = [:]
        for dataflow in dataflows { books[dataflow] = try await self.books(dataflow) }
        return books
    }
    func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(EngineError) -> [Dataflow.ID: [BookedHour]] {
        let first = BookedHour.number(of: instant)
        return state.withLock { state in
            state.hours.filter { dataflows.contains($0.key) }
                .mapValues { $0.filter { BookedHour.number(of: $0.start) >= first } }
        }
    }
    func bookedHours(_ dataflow: Dataflow.ID) async throws(EngineError) -> [BookedHour] {
        state.withLock { $0.hours[dataflow] ?? [] }
    }

    func restartRelay(_ dataflow: Dataflow.ID) async { state.withLock { $0.restarted.append(dataflow) } }
    func lastRow(_ dataflow: Dataflow.ID) async throws(StorageError) -> Int64 { state.withLock { $0.lastRow } }
    func boundRelay(_ dataflow: Dataflow.ID, through row: Int64) {
        state.withLock { $0.bounds.append(Bound(dataflow: dataflow, row: row)) }
    }
    func dropMarks(_ dataflow: Dataflow.ID) async throws(StorageError) {
        state.withLock { $0.dropped.append(dataflow) }
    }
    func retire(_ dataflow: Dataflow.ID, whenDone finish: @escaping @Sendable () async throws -> Void) {
        state.withLock { $0.retiring.append((dataflow, finish)) }
    }

    /// Does what an engine does behind the calls.
    func finishRetirements() async throws {
        let retiring = state.withLock { state in
            defer { state.retiring = [] }
            return state.retiring
        }
        for (dataflow, finish) in retiring {
            state.withLock { $0.discarded.append(dataflow) }
            try await finish()
        }
    }
}
