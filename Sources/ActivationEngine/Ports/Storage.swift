public import ActivationCore

/// The data plane's durable state; implementations pass one conformance suite.
///
/// Values in, values out: no transaction crosses this line. Every change but that of `stage` survives power loss when the
/// call returns (I1).
public protocol Storage: Sendable {
    /// The path and dataset dictionaries of a scope.
    func dictionaries(scope: Scope) async throws(StorageError) -> StoredDictionaries

    /// How far admission had come at the last commit of the scope; nil when there was none.
    func admission(scope: Scope) async throws(StorageError) -> AdmissionMark?

    /// Begins a batch: reads the profiles that it needs, as of one instant, and keeps them as they are until it ends.
    ///
    /// Batches about different profiles may overlap; one about a profile that another holds waits for that one's end and then
    /// sees what came of it. Whoever begins a batch ends it, and asks for nothing in it at the same time as for something else. A
    /// storage ends one by itself when its time is over, so that somebody who pauses keeps nobody waiting; then everything in it
    /// throws `expired`, as it does in a batch that has ended.
    ///
    /// - Throws: `tooLarge` when more than `bytesMax` would have to be read; `conflict` when others changed meanwhile what was to be
    ///   read. Nothing is under way then.
    func begin(_ request: LoadRequest) async throws(StorageError) -> (state: LoadedState, batch: BatchID)

    /// Profiles as of one instant; for questions, of which nothing is committed.
    ///
    /// - Throws: `tooLarge` when more than `bytesMax` would have to be read.
    func load(_ request: LoadRequest) async throws(StorageError) -> LoadedState

    /// Events of stored profiles, one answer per item.
    ///
    /// - Throws: `tooLarge` when more than `bytesMax` would have to be read.
    func loadEvents(_ request: EventRequest) async throws(StorageError) -> [LoadedEvents]

    /// Events of profiles that a batch holds, one answer per item; they stay as they are until it ends.
    ///
    /// The batch is under way afterwards, also when this throws.
    ///
    /// - Throws: `tooLarge` when more than `bytesMax` would have to be read; `expired` when the batch has ended.
    func loadEvents(_ request: EventRequest, in batch: BatchID) async throws(StorageError) -> [LoadedEvents]

    /// Performs a plan for which nothing was loaded in one durable transaction, or nothing of it.
    ///
    /// - Returns: Rows that it took out of the outbox although they are claimed: their records are in somebody's hands.
    /// - Throws: `conflict` when a revision, path or dataset differs from what the plan expected; `full` when the disk
    ///   is; nothing is written then.
    @discardableResult
    func commit(_ plan: CommitPlan) async throws(StorageError) -> [Dataflow.ID: [Int64]]

    /// Performs a plan that was decided upon what a batch loaded, in one durable transaction, or nothing of it, and ends the batch,
    /// whatever comes of it.
    ///
    /// - Returns: Rows that it took out of the outbox although they are claimed.
    /// - Throws: What ``commit(_:)`` throws; also `conflict` when another writer was faster with something that no batch holds,
    ///   `expired` when the batch has ended, `catalogChanged`, `fenced`, `unavailable`. Nothing is written then.
    @discardableResult
    func commit(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> [Dataflow.ID: [Int64]]

    /// Performs a plan for which nothing was loaded in one transaction, or nothing of it, and returns before it survives power loss; when it does,
    /// ``StagedCommit/durable()`` tells.
    ///
    /// What is read of the storage shows the change as soon as this returns, so that the next plan can be decided upon it.
    /// Only rows of the outbox are not given before they are durable: what has left cannot be taken back. Plans become durable
    /// in the order in which they were staged or committed, so that power loss takes a suffix of them and nothing else.
    ///
    /// Once `durable()` of a plan has failed, this and every other write throws `writeLost` until the storage is opened
    /// again.
    ///
    /// - Throws: What ``commit(_:)`` throws; nothing is done then.
    func stage(_ plan: CommitPlan) async throws(StorageError) -> StagedCommit

    /// Performs a plan that was decided upon what a batch loaded, as ``stage(_:)`` does, and ends the batch, whatever comes of it.
    ///
    /// - Throws: What ``commit(_:in:)`` throws; nothing is done then.
    func stage(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> StagedCommit

    /// Ends a batch of which nothing is kept; one that has ended stays as it is.
    ///
    /// It tells of no failure: a storage that cannot be reached lets go of the batch when its time is over.
    func abandon(_ batch: BatchID) async

    /// Writes and takes back something small, to find out whether commits work again.
    func checkWritable() async throws(StorageError)

    /// Which profiles stand after a row, in row order, at most `limit`; for background evaluation, which loads them next.
    func profileRows(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [ProfileRow]

    /// Stored profiles in row order after a row, at most `limit`; for questions about all of them.
    func profiles(scope: Scope, after row: Int64, limit: Int) async throws(StorageError) -> [StoredProfile]

    /// The profiles that are due first, by instant and row, at most `limit`; also those whose instant is still to come.
    func dueProfiles(scope: Scope, limit: Int) async throws(StorageError) -> [DueProfile]

    /// How many profiles a scope holds.
    func profileCount(scope: Scope) async throws(StorageError) -> Int

    /// The realized members of one audience; 0 when it never had one.
    func memberCount(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> Int64

    /// The realized members of some audiences; without those that never had one.
    func memberCounts(of audiences: [Audience.ID], scope: Scope) async throws(StorageError) -> [Audience.ID: Int64]

    /// The realized members of every audience that ever had one, kept up by ``CommitPlan/memberCounters``.
    func memberCounts(scope: Scope) async throws(StorageError) -> [Audience.ID: Int64]

    /// The hours in which anything was counted of an audience's members, oldest first, as far back as they are kept.
    ///
    /// What a commit counts belongs to the hour that admission has reached with it; hours are kept for
    /// ``BookedHour/keptHours`` before the last one of any audience of the scope.
    func memberHours(of audience: Audience.ID, scope: Scope) async throws(StorageError) -> [MemberHour]

    /// Who entered and who exited from the beginning of an hour (its number counted from 1970) until now, for every
    /// audience of which anything was counted in that time.
    func memberChanges(since hour: Int64, scope: Scope) async throws(StorageError) -> [Audience.ID: MemberCounters]

    /// How far the backfills of a scope have come, as far as profiles had their turn.
    func backfillProgress(scope: Scope) async throws(StorageError) -> [Backfill.ID: CommitPlan.BackfillProgress]

    /// Forgets how far backfills have come; those that are not known are left out.
    func forgetBackfills(_ backfills: [Backfill.ID], scope: Scope) async throws(StorageError)

    /// How far the uploads of a scope have come, as far as their rows were decided.
    func uploadProgress(scope: Scope) async throws(StorageError) -> [UUIDBytes: CommitPlan.UploadProgress]

    /// Forgets how far uploads have come; those that are not known are left out.
    func forgetUploads(_ uploads: [UUIDBytes], scope: Scope) async throws(StorageError)

    /// Claims the oldest unclaimed rows of a dataflow, in order; a claim lasts until it is settled or released.
    ///
    /// - Returns: The rows; empty when none may be claimed now.
    /// - Throws: When the storage cannot be read.
    func claim(_ request: ClaimRequest) async throws(StorageError) -> [OutboxRow]

    /// The highest outbox row of a dataflow that waits now; 0 when none does.
    ///
    /// Rows that are committed later have higher ones, after a restart too and when none waits any more.
    func lastRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64

    /// The lowest outbox row of a dataflow that waits now, claimed or not; nil when none does.
    func firstRow(dataflow: Dataflow.ID) async throws(StorageError) -> Int64?

    /// Makes settled rows leave the outbox and enters them in the books, durably, in one transaction.
    func settle(dataflow: Dataflow.ID, _ settlements: [OutboxSettlement]) async throws(StorageError)

    /// Gives up every claim of a dataflow: its rows may be claimed again, in the same order.
    func releaseClaims(dataflow: Dataflow.ID) async throws(StorageError)

    /// What a disabled dataflow left undone, by profile and merge policy after a mark, at most `limit`.
    func marks(
        dataflow: Dataflow.ID,
        after last: ResumeMark.Key?,
        limit: Int
    ) async throws(StorageError) -> [ResumeMark]

    /// How much a disabled dataflow left undone.
    func markCount(dataflow: Dataflow.ID) async throws(StorageError) -> Int

    /// Those of some marks that are still there.
    func existingMarks(_ keys: [ResumeMark.Key]) async throws(StorageError) -> Set<ResumeMark.Key>

    /// Those of some marks of profiles that a batch holds that are still there.
    ///
    /// - Throws: `expired` when the batch has ended.
    func existingMarks(
        _ keys: [ResumeMark.Key],
        in batch: BatchID
    ) async throws(StorageError) -> Set<ResumeMark.Key>

    /// Forgets some of what a disabled dataflow left undone.
    ///
    /// - Returns: How much; 0 when none is left.
    func dropSomeMarks(of dataflow: Dataflow.ID) async throws(StorageError) -> Int

    /// Drops some of a deleted dataflow's pending rows and counts them as suppressed (BEHAVIOUR 3.10), then its marks and
    /// the hours of its books.
    ///
    /// - Returns: How many; 0 when none is left.
    func discardSome(of dataflow: Dataflow.ID) async throws(StorageError) -> Int

    /// A dataflow's books, the rows that really wait in its outbox, and when the oldest of them was admitted.
    func books(dataflow: Dataflow.ID) async throws(StorageError) -> StoredBooks

    /// The books of some dataflows, as ``books(dataflow:)`` tells of each.
    func books(of dataflows: [Dataflow.ID]) async throws(StorageError) -> [Dataflow.ID: StoredBooks]

    /// The books of all dataflows of a scope, deleted ones too, beside the rows that there are, counted one by one; all as of
    /// one point of the store's history.
    ///
    /// Takes as long as there are rows, and holds up nothing else.
    ///
    /// - Throws: `closed` when the caller's task was cancelled meanwhile.
    func countBooks(scope: Scope) async throws(StorageError) -> [Dataflow.ID: CountedBooks]

    /// A dataflow's books by audience, beside the rows that there are, counted one by one, as of one point of the store's
    /// history.
    ///
    /// Takes as long as the dataflow has rows, and holds up nothing else.
    ///
    /// - Throws: `closed` when the caller's task was cancelled meanwhile.
    func countAudienceBooks(dataflow: Dataflow.ID) async throws(StorageError) -> CountedAudienceBooks

    /// The hours in which anything was entered in a dataflow's books, oldest first, as far back as they are kept.
    ///
    /// Entries of a commit belong to the hour of its admission, entries of a settlement to that of its last outcome; an
    /// hour that has been followed by another gets no more. So it is with ``CommitPlan/audienceBooks`` and with what becomes of
    /// records that tell of audiences, whenever that is.
    func bookedHours(dataflow: Dataflow.ID) async throws(StorageError) -> [BookedHour]

    /// The hours of some dataflows, as ``bookedHours(dataflow:)`` tells of each, without their audiences, from the one that an
    /// instant lies in.
    func bookedHours(
        of dataflows: [Dataflow.ID],
        since instant: Timestamp
    ) async throws(StorageError) -> [Dataflow.ID: [BookedHour]]

    /// A dataflow's dead letters of rows after one (0 = all), in the order of their rows; only those with a code, if one is
    /// given.
    func deadLetters(
        dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) async throws(StorageError) -> [DeadLetter]

    /// A dataflow's dead letters by their codes, the most frequent first.
    func deadLetterCauses(dataflow: Dataflow.ID) async throws(StorageError) -> [DeadLetterCause]

    /// The rows of a dataflow's dead letters with a code that were parked before an instant, those that were parked first first, at
    /// most `limit`; costs as much as there are of them.
    func deadLetterRows(
        dataflow: Dataflow.ID,
        code: String,
        parkedBefore instant: Timestamp,
        limit: Int
    ) async throws(StorageError) -> [Int64]

    /// How many dead letters dataflows have, deleted ones too; without those that have none.
    func deadLetterCounts(scope: Scope) async throws(StorageError) -> [Dataflow.ID: Int64]

    /// Lets dead letters go: gives a mark, a record, or nothing in their place, and enters it in the books, durably, in one
    /// transaction.
    ///
    /// - Throws: `full` when a dataflow has given out all its rows; nothing is done then.
    func release(_ release: DeadLetterRelease) async throws(StorageError) -> DeadLetterRelease.Outcome

    /// Leaves a mark of everybody of whom something was delivered, as far as the ledger tells.
    ///
    /// - Returns: The place that was looked at last; nil when there is nothing behind it.
    func replay(_ request: ReplayRequest) async throws(StorageError) -> ReplayRequest.Place?

    /// Records of a profile that wait, by row, claimed or not.
    func waitingRecords(_ request: RecordsRequest) async throws(StorageError) -> [OutboxRow]

    /// Dead letters of a profile, by row.
    func deadLetters(_ request: RecordsRequest) async throws(StorageError) -> [DeadLetter]

    /// What disabled dataflows left undone of a profile.
    func marks(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> [ResumeMark]

    /// What destinations have acknowledged of a profile, or of one that it absorbed, as far back as the ledger goes; by
    /// instant and row, after one of them, at most `limit`.
    func deliveries(
        of profile: Profile.ID,
        scope: Scope,
        after last: (instant: Timestamp, row: Int64),
        limit: Int
    ) async throws(StorageError) -> [Delivery]

    /// The profiles that were deleted, the last one first, at most `limit`.
    func erasures(scope: Scope, limit: Int) async throws(StorageError) -> [Erasure]

    /// That a profile was deleted; nil when it was not.
    func erasure(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> Erasure?

    /// The entries of the suppression list for some digests, as far as there are any.
    func suppressions(of digests: [IdentityDigest], scope: Scope) async throws(StorageError) -> [Suppression]

    /// The entries of the suppression list for some digests of identities that a batch asked for, as far as there are any.
    ///
    /// - Throws: `expired` when the batch has ended.
    func suppressions(
        of digests: [IdentityDigest],
        scope: Scope,
        in batch: BatchID
    ) async throws(StorageError) -> [Suppression]

    /// The suppression list in the order of its digests, after one of them, at most `limit`.
    func suppressions(
        scope: Scope,
        after last: IdentityDigest?,
        limit: Int
    ) async throws(StorageError) -> [Suppression]
}

extension Storage {
    /// Commits at once, where a storage cannot do it in two steps.
    public func stage(_ plan: CommitPlan) async throws(StorageError) -> StagedCommit {
        StagedCommit(claimed: try await commit(plan))
    }

    /// Commits at once, where a storage cannot do it in two steps.
    public func stage(_ plan: CommitPlan, in batch: BatchID) async throws(StorageError) -> StagedCommit {
        StagedCommit(claimed: try await commit(plan, in: batch))
    }

    /// Drops all of a deleted dataflow's pending rows, in steps so that commits get their turn in between.
    @inline(never)
    public func discardOutbox(dataflow: Dataflow.ID) async throws(StorageError) {
        var dropped = 1
        while dropped > 0 { dropped = try await discardSome(of: dataflow) }
    }

    /// A dataflow's first dead letters.
    @inline(never)
    public func deadLetters(dataflow: Dataflow.ID, limit: Int) async throws(StorageError) -> [DeadLetter] {
        try await deadLetters(dataflow: dataflow, code: nil, after: 0, limit: limit)
    }

    /// All that destinations have acknowledged of a profile, as far back as the ledger goes.
    @inline(never)
    public func deliveries(of profile: Profile.ID, scope: Scope) async throws(StorageError) -> [Delivery] {
        var all: [Delivery] = []
        while true {
            let last = all.last.map { ($0.deliveredAt, $0.row) } ?? (Timestamp(milliseconds: .min), 0)
            let some = try await deliveries(of: profile, scope: scope, after: last, limit: 10_000)
            if some.isEmpty { return all }
            all += some
        }
    }

    /// Forgets all that a disabled dataflow left undone, in steps so that commits get their turn in between.
    @inline(never)
    public func dropMarks(of dataflow: Dataflow.ID) async throws(StorageError) {
        var dropped = 1
        while dropped > 0 { dropped = try await dropSomeMarks(of: dataflow) }
    }
}
