import ActivationCore

@testable import ActivationEngine
@testable import ActivationServer

/// An engine of tests: it has nothing and does nothing, apart from what the one that conforms to it says itself.
protocol QuietEngine: ServerEngine {}

extension QuietEngine {
    var isAccepting: Bool { true }
    func removal(ofDataset id: String) -> DatasetRemoval? { nil }
    func ingest(_ messages: [Message]) async throws(EngineError) -> [DecisionResult] { [] }
    func update(
        _ catalog: CatalogDefinition,
        storing store: @escaping @Sendable () async throws(StorageError) -> Int64?
    ) async throws(EngineError) {}
    func open(with catalog: CatalogDefinition, version: Int64?) async throws(EngineError) -> [CatalogError] { [] }
    func followCatalog(_ newest: @escaping @Sendable () async throws(StorageError) -> VersionedCatalog) {}
    func unlink(_ one: Identity, from other: Identity) async throws(EngineError) -> IdentityChange { .unknown }
    func remove(_ identity: Identity) async throws(EngineError) -> IdentityChange { .unknown }
    func delete(
        _ identity: Identity,
        onReturn: DecisionOptions.ReturnRule?,
        expecting expected: Profile.ID?
    ) async throws(EngineError) -> IdentityChange { .unknown }
    func readmit(_ identity: Identity) async throws(EngineError) -> IdentityChange { .unknown }
    func suppression(of identity: Identity) async throws(EngineError) -> Suppression? { nil }
    func suppressions(after last: IdentityDigest?, limit: Int) async throws(EngineError) -> [Suppression] { [] }
    func disclosure(
        of identity: Identity,
        from place: Disclosure.Place,
        within bounds: Disclosure.Bounds
    ) async throws(EngineError) -> Disclosure? { nil }
    func erasures(limit: Int) async throws(EngineError) -> [Erasure] { [] }
    func erasure(of profile: Profile.ID) async throws(EngineError) -> (Erasure, [Delivery])? { nil }
    func relayState(_ dataflow: Dataflow.ID) -> RelayState { .running }
    func noteRefusedWrite(_ error: StorageError) {}
    func relayNotice(_ dataflow: Dataflow.ID) -> String? { nil }
    func health() async -> Engine.Health { Engine.Health(isAccepting: true) }
    func check(_ expression: PQLExpression, for id: Audience.ID?) throws(PQLError) -> PQLMentions { PQLMentions() }
    func isKnownPath(_ keys: [String]) -> Bool { false }
    func profile(
        _ identity: Identity,
        mergePolicy: MergePolicy.ID?
    ) async throws(EngineError) -> ProfileSnapshot? { nil }
    func record(
        of identity: Identity,
        mergePolicy: MergePolicy.ID?
    ) async throws(EngineError) -> ProfileRecord? { nil }
    func identities(of profile: Profile.ID) async throws(EngineError) -> [Identity]? { nil }
    func explain(
        _ identity: Identity,
        _ expression: PQLExpression,
        mergePolicy: MergePolicy.ID?
    ) async throws(EngineError) -> ProfileExplanation? { nil }
    func explain(
        _ identity: Identity,
        inExternal audience: Audience.ID
    ) async throws(EngineError) -> ProfileExplanation? { nil }
    func uploadProgress() async throws(EngineError) -> [UUIDBytes: CommitPlan.UploadProgress] { [:] }
    func forgetUploads(_ uploads: [UUIDBytes]) async throws(EngineError) {}
    func explainExports(
        of identity: Identity,
        by dataflow: Dataflow.ID
    ) async throws(EngineError) -> ExportExplanation? { nil }
    func events(_ identity: Identity, limit: Int) async throws(EngineError) -> [ProfileEvent]? { nil }
    func books(_ dataflow: Dataflow.ID) async throws(EngineError) -> Engine.DataflowBooks {
        throw EngineError(.storage, "this engine has no books")
    }
    func booksAudit() async throws(EngineError) -> BooksAudit {
        BooksAudit(at: instant, duration: .zero, books: [:])
    }
    func countAudienceBooks(_ dataflow: Dataflow.ID) async throws(EngineError) -> CountedAudienceBooks {
        CountedAudienceBooks()
    }
    var lastBooksAudit: BooksAudit? { nil }
    var deliveryFigures: [Dataflow.ID: DeliveryFigures] { [:] }
    var instant: Timestamp { Timestamp(milliseconds: 0) }
    func deadLetters(
        _ dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> [DeadLetter] { [] }
    func deadLetterCauses(_ dataflow: Dataflow.ID) async throws(EngineError) -> [DeadLetterCause] { [] }
    func deadLetterCounts() async throws(EngineError) -> [Dataflow.ID: Int64] { [:] }
    func release(_ release: DeadLetterRelease) async throws(EngineError) -> DeadLetterRelease.Outcome {
        DeadLetterRelease.Outcome()
    }
    func replay(
        _ dataflow: Dataflow.ID,
        since instant: Timestamp,
        after place: ReplayRequest.Place?,
        limit: Int
    ) async throws(EngineError) -> ReplayRequest.Place? { nil }
    func memberCount(_ audience: Audience.ID) async throws(EngineError) -> Int { 0 }
    func memberCounts(of audiences: [Audience.ID]) async throws(EngineError) -> [Audience.ID: Int] { [:] }
    func memberCounts() async throws(EngineError) -> [Audience.ID: Int] { [:] }
    func memberHours(of audience: Audience.ID) async throws(EngineError) -> [MemberHour] { [] }
    func memberChanges(since instant: Timestamp) async throws(EngineError) -> [Audience.ID: MemberCounters] { [:] }
    func rehearsal(of question: ProfileQuestion, as audience: Audience.ID) throws(EngineError) -> AudienceRehearsal {
        throw EngineError(.storage, "this engine rehearses nothing")
    }
    func effect(
        of rehearsal: inout AudienceRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect { RehearsedEffect() }
    func rehearsal(
        of proposed: Dataflow,
        sending added: Set<Audience.ID>,
        unmapping unmapped: [Dataflow.MappedAudience],
        asking consent: AudienceDefinition?
    ) throws(EngineError) -> DataflowRehearsal {
        throw EngineError(.storage, "this engine rehearses nothing")
    }
    func effect(
        of rehearsal: inout DataflowRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect { RehearsedEffect() }
    func dryRun(of dataflow: Dataflow, for identity: Identity) async throws(EngineError) -> ProfileDryRun? { nil }
    func evaluate(_ audiences: [Audience.ID]) async throws(EngineError) -> EvaluationPass.ID {
        throw EngineError(.storage, "this engine evaluates nothing")
    }
    var evaluationPasses: [EvaluationPass] { [] }
    func evaluationPass(_ id: EvaluationPass.ID) -> EvaluationPass? { nil }
    func cancelEvaluation(_ id: EvaluationPass.ID) async throws(EngineError) -> EvaluationPass? { nil }
    var backfillRuns: [Backfill.ID: BackfillRun] { [:] }
    var backfillRecordsPerSecond: Int { 1_000 }
    func resumeProgress(_ dataflow: Dataflow.ID) -> ResumeProgress? { nil }
    func books(of dataflows: [Dataflow.ID]) async throws(EngineError) -> [Dataflow.ID: Engine.DataflowBooks] {
        throw EngineError(.storage, "this engine has no books")
    }
    func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(EngineError) -> [Dataflow.ID: [BookedHour]] { [:] }
    func bookedHours(_ dataflow: Dataflow.ID) async throws(EngineError) -> [BookedHour] { [] }

    func evaluationProgress(_ audience: Audience.ID) -> EvaluationProgress? { nil }
    func evaluationPlan(_ audience: Audience.ID) -> EvaluationPlan? { nil }
    func restartRelay(_ dataflow: Dataflow.ID) async {}
    func lastRow(_ dataflow: Dataflow.ID) async throws(StorageError) -> Int64 { 0 }
    func boundRelay(_ dataflow: Dataflow.ID, through row: Int64) {}
    func dropMarks(_ dataflow: Dataflow.ID) async throws(StorageError) {}
    func watch(_ dataflow: Dataflow.ID) -> AsyncStream<WatchedRecord> { AsyncStream { $0.finish() } }
    func retire(_ dataflow: Dataflow.ID, whenDone finish: @escaping @Sendable () async throws -> Void) {}

    func profiles(
        matching question: ProfileQuestion,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> ProfileMatches { ProfileMatches(lastRow: nil, read: 0, matches: []) }
    func pathSample(after row: Int64, limit: Int) async throws(EngineError) -> PathSample {
        PathSample(profiles: 0, paths: [])
    }
    func profileRows() async throws(EngineError) -> ClosedRange<Int64>? { nil }
    func profileCount() async throws(EngineError) -> Int { 0 }
}
