public import ActivationCore
public import ActivationEngine

/// What the HTTP API asks of the running engine; the engine of the product is one, tests have their own.
public protocol ServerEngine: Sendable {
    /// Decides and stores messages; returns when they are durable, with one result per message in order (I1).
    func ingest(_ messages: [Message]) async throws(EngineError) -> [DecisionResult]

    /// Makes a configuration the one that decides, between two batches: compiles it, has it stored, then decides by it.
    func update(
        _ catalog: CatalogDefinition,
        storing store: @escaping @Sendable () async throws(StorageError) -> Int64?
    ) async throws(EngineError)

    /// Makes a stored configuration the one that decides, leaving out what cannot be used.
    ///
    /// - Returns: What was left out, and why.
    func open(with catalog: CatalogDefinition, version: Int64?) async throws(EngineError) -> [CatalogError]

    /// Has the stored configuration asked for where a decision meets one that another node has changed.
    func followCatalog(_ newest: @escaping @Sendable () async throws(StorageError) -> VersionedCatalog)

    /// Compiles an expression against the present catalog.
    ///
    /// - Returns: What it names; paths that no profile has had yet are marked (BEHAVIOUR 5.3).
    func check(_ expression: PQLExpression, for id: Audience.ID?) throws(PQLError) -> PQLMentions

    /// Whether any profile, audience or mapping has ever named a path.
    func isKnownPath(_ keys: [String]) -> Bool

    /// The view that a merge policy (nil = the default) gives of the profile that has an identity, or nil.
    func profile(_ identity: Identity, mergePolicy: MergePolicy.ID?) async throws(EngineError) -> ProfileSnapshot?

    /// The newest events of the profile that has an identity, oldest of them first; nil when nobody has it.
    func events(_ identity: Identity, limit: Int) async throws(EngineError) -> [ProfileEvent]?

    /// What is stored of the profile that has an identity, each fact with its origin, as a merge policy (nil = the default)
    /// sees it; nil when nobody has it.
    func record(of identity: Identity, mergePolicy: MergePolicy.ID?) async throws(EngineError) -> ProfileRecord?

    /// The identities of a profile; nil when there is no such profile.
    func identities(of profile: Profile.ID) async throws(EngineError) -> [Identity]?

    /// What each condition of an expression says of the profile that has an identity; nil when nobody has it.
    func explain(
        _ identity: Identity,
        _ expression: PQLExpression,
        mergePolicy: MergePolicy.ID?
    ) async throws(EngineError) -> ProfileExplanation?

    /// Why the profile that has an identity is in an external audience, or is not; nil when nobody has it.
    func explain(
        _ identity: Identity,
        inExternal audience: Audience.ID
    ) async throws(EngineError) -> ProfileExplanation?

    /// How far uploads have come, as far as their rows were decided.
    func uploadProgress() async throws(EngineError) -> [UUIDBytes: CommitPlan.UploadProgress]

    /// Forgets how far uploads have come.
    func forgetUploads(_ uploads: [UUIDBytes]) async throws(EngineError)

    /// What became of the last changes of the profile that has an identity at a dataflow; nil when nobody has it.
    func explainExports(
        of identity: Identity,
        by dataflow: Dataflow.ID
    ) async throws(EngineError) -> ExportExplanation?

    /// Takes away the link between two identities (BEHAVIOUR 3.12).
    func unlink(_ one: Identity, from other: Identity) async throws(EngineError) -> IdentityChange

    /// Takes an identity out of its profile (BEHAVIOUR 3.12).
    func remove(_ identity: Identity) async throws(EngineError) -> IdentityChange

    /// Deletes the profile that has an identity, or nothing when it is another one than expected; a rule says what happens
    /// when it comes again (BEHAVIOUR 3.11).
    func delete(
        _ identity: Identity,
        onReturn: DecisionOptions.ReturnRule?,
        expecting expected: Profile.ID?
    ) async throws(EngineError) -> IdentityChange

    /// Lets a suppressed identity come again (BEHAVIOUR 3.11).
    func readmit(_ identity: Identity) async throws(EngineError) -> IdentityChange

    /// The entry of the suppression list that an identity has; nil when it has none.
    func suppression(of identity: Identity) async throws(EngineError) -> Suppression?

    /// The suppression list in the order of its digests, after one of them, at most `limit`.
    func suppressions(after last: IdentityDigest?, limit: Int) async throws(EngineError) -> [Suppression]

    /// A part of all that is known about a person; nil when nobody has the identity and it is not suppressed.
    func disclosure(
        of identity: Identity,
        from place: Disclosure.Place,
        within bounds: Disclosure.Bounds
    ) async throws(EngineError) -> Disclosure?

    /// The profiles that were deleted, the last one first.
    func erasures(limit: Int) async throws(EngineError) -> [Erasure]

    /// That a profile was deleted, and what was sent of it; nil when it was not.
    func erasure(of profile: Profile.ID) async throws(EngineError) -> (Erasure, [Delivery])?

    /// How far the visit to all profiles is that takes out what a dataset has stated which has ended; nil = it has not begun.
    func removal(ofDataset id: String) -> DatasetRemoval?

    /// How many profiles there are.
    func profileCount() async throws(EngineError) -> Int

    /// Asks stored profiles in row order, after a row, at most `limit` of them.
    func profiles(
        matching question: ProfileQuestion,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> ProfileMatches

    /// Prepares to tell what would happen if an audience became what a question asks.
    func rehearsal(of question: ProfileQuestion, as audience: Audience.ID) throws(EngineError) -> AudienceRehearsal

    /// Tells what would happen to stored profiles in row order, after a row, at most `limit` of them.
    func effect(
        of rehearsal: inout AudienceRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect

    /// Prepares to tell what a dataflow would send at once if it became another (BEHAVIOUR 3.19).
    func rehearsal(
        of proposed: Dataflow,
        sending added: Set<Audience.ID>,
        unmapping unmapped: [Dataflow.MappedAudience],
        asking consent: AudienceDefinition?
    ) throws(EngineError) -> DataflowRehearsal

    /// Tells what it would send of stored profiles in row order, after a row, at most `limit` of them.
    func effect(
        of rehearsal: inout DataflowRehearsal,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> RehearsedEffect

    /// What a dataflow would send now of the profile that has an identity; nil when nobody has it.
    func dryRun(of dataflow: Dataflow, for identity: Identity) async throws(EngineError) -> ProfileDryRun?

    /// Which paths some profiles have, after a row; no value of them.
    func pathSample(after row: Int64, limit: Int) async throws(EngineError) -> PathSample

    /// The rows of the first and of the last stored profile; nil when there is none.
    func profileRows() async throws(EngineError) -> ClosedRange<Int64>?

    /// The records of a dataflow as they are settled from now on, until its reader stops or the engine does.
    func watch(_ dataflow: Dataflow.ID) -> AsyncStream<WatchedRecord>

    /// A dataflow's books and what its relay is doing.
    func books(_ dataflow: Dataflow.ID) async throws(EngineError) -> Engine.DataflowBooks

    /// The books of some dataflows.
    func books(of dataflows: [Dataflow.ID]) async throws(EngineError) -> [Dataflow.ID: Engine.DataflowBooks]

    /// The books of all dataflows beside the rows that were counted for them, as of now or a little while ago.
    func booksAudit() async throws(EngineError) -> BooksAudit

    /// A dataflow's books by audience beside the rows that were counted for them.
    func countAudienceBooks(_ dataflow: Dataflow.ID) async throws(EngineError) -> CountedAudienceBooks

    /// The last audit of the books; nil before the first.
    var lastBooksAudit: BooksAudit? { get }

    /// The hours of some dataflows from the one that an instant lies in, oldest first.
    func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(EngineError) -> [Dataflow.ID: [BookedHour]]

    /// The hours in which anything was entered in a dataflow's books, oldest first, with what of it was entered of audiences.
    func bookedHours(_ dataflow: Dataflow.ID) async throws(EngineError) -> [BookedHour]

    /// The instant at which a message would be admitted now: the clock's, or that of the last message while the clock is behind it.
    var instant: Timestamp { get }

    /// What a dataflow's relay is doing.
    func relayState(_ dataflow: Dataflow.ID) -> RelayState

    /// What is other than was wanted although a dataflow's records leave, in words for people; nil = nothing.
    func relayNotice(_ dataflow: Dataflow.ID) -> String?

    /// How the records of dataflows leave.
    var deliveryFigures: [Dataflow.ID: DeliveryFigures] { get }

    /// A dataflow's dead letters, oldest first; only those with a code, if one is given.
    func deadLetters(
        _ dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) async throws(EngineError) -> [DeadLetter]

    /// A dataflow's dead letters by their codes, the most frequent first.
    func deadLetterCauses(_ dataflow: Dataflow.ID) async throws(EngineError) -> [DeadLetterCause]

    /// How many dead letters dataflows have, deleted ones too; without those that have none.
    func deadLetterCounts() async throws(EngineError) -> [Dataflow.ID: Int64]

    /// Lets dead letters go, durably when this returns.
    func release(_ release: DeadLetterRelease) async throws(EngineError) -> DeadLetterRelease.Outcome

    /// Sends the present state of everybody of whom something was delivered since an instant, step by step.
    func replay(
        _ dataflow: Dataflow.ID,
        since instant: Timestamp,
        after place: ReplayRequest.Place?,
        limit: Int
    ) async throws(EngineError) -> ReplayRequest.Place?

    /// How many profiles are realized members of an audience.
    func memberCount(_ audience: Audience.ID) async throws(EngineError) -> Int

    /// How many profiles are realized members of some audiences, without those that never had one.
    func memberCounts(of audiences: [Audience.ID]) async throws(EngineError) -> [Audience.ID: Int]

    /// How many profiles are realized members of every audience that ever had one.
    func memberCounts() async throws(EngineError) -> [Audience.ID: Int]

    /// The hours in which anybody entered or exited an audience, oldest first.
    func memberHours(of audience: Audience.ID) async throws(EngineError) -> [MemberHour]

    /// Who entered and who exited since the beginning of the hour that an instant lies in, by audience.
    func memberChanges(since instant: Timestamp) async throws(EngineError) -> [Audience.ID: MemberCounters]

    /// Evaluates audiences over all stored profiles once more, behind the call.
    func evaluate(_ audiences: [Audience.ID]) async throws(EngineError) -> EvaluationPass.ID

    /// The evaluations that were asked for, oldest first, as far as they are kept.
    var evaluationPasses: [EvaluationPass] { get }

    /// How an evaluation that was asked for stands; nil when none has this id.
    func evaluationPass(_ id: EvaluationPass.ID) -> EvaluationPass?

    /// Ends an evaluation that was asked for; nil when none has this id.
    func cancelEvaluation(_ id: EvaluationPass.ID) async throws(EngineError) -> EvaluationPass?

    /// How far the evaluation of a new or changed audience over all profiles has come; nil when it is not in use.
    func evaluationProgress(_ audience: Audience.ID) -> EvaluationProgress?

    /// How an audience is evaluated, and what that costs; nil when it is not in use.
    func evaluationPlan(_ audience: Audience.ID) -> EvaluationPlan?

    /// How the backfills stand that have begun, by id.
    var backfillRuns: [Backfill.ID: BackfillRun] { get }

    /// Records that one backfill makes a second, at most.
    var backfillRecordsPerSecond: Int { get }

    /// Opens the destination of a dataflow anew, after its parameters or credentials changed or a person resumed it.
    func restartRelay(_ dataflow: Dataflow.ID) async

    /// The last record of a dataflow that waits now; 0 when none does.
    func lastRow(_ dataflow: Dataflow.ID) async throws(StorageError) -> Int64

    /// Keeps records after a row from the destination that a dataflow has now; called while ``update(_:storing:)`` stores.
    func boundRelay(_ dataflow: Dataflow.ID, through row: Int64)

    /// How far a dataflow is in making up for what it left undone while it was disabled; nil when it is not at that.
    func resumeProgress(_ dataflow: Dataflow.ID) -> ResumeProgress?

    /// Forgets what was left undone while a dataflow was disabled.
    func dropMarks(_ dataflow: Dataflow.ID) async throws(StorageError)

    /// Lets go of a deleted dataflow, behind the call: its relay ends, what it still had to send is dropped and counted as
    /// suppressed (BEHAVIOUR 3.10), then `finish` is called, again after a pause when it throws.
    func retire(_ dataflow: Dataflow.ID, whenDone finish: @escaping @Sendable () async throws -> Void)

    /// Whether messages are taken now.
    var isAccepting: Bool { get }

    /// Notes that the store refused a write of somebody else's: it would refuse messages too.
    func noteRefusedWrite(_ error: StorageError)

    /// Whether the engine does its work, and what a person should know of it.
    func health() async -> Engine.Health
}

extension Engine: ServerEngine {}

extension ServerEngine {
    /// A row to begin at, anywhere in the store; 0 where there are so few profiles that all are read.
    func randomProfileRow(from few: Int) async throws(EngineError) -> Int64 {
        guard let rows = try await profileRows(), rows.upperBound - rows.lowerBound >= Int64(few) else { return 0 }
        return Int64.random(in: (rows.lowerBound - 1)..<rows.upperBound)
    }
}
