import ActivationCore
import ActivationEngine
import CommitLog

/// Taking plans.
extension LoggedDatabase {
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
        try RowSpace.check(plan.scope)
        try check(plan)
        var draft = tallies
        let logged = try number(plan, &draft)
        draft.takeBooks(of: plan)
        draft.countCommit(of: plan.scope, plan.admission)
        return try stage(.plan(logged), draft)
    }

    func stage(_ change: LoggedChange, _ draft: Tallies) throws(StorageError) -> Staged {
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
        // One look at the database for everything: each by itself would be locked and unlocked, and a place is good for as long
        // as the state is seen that names it.
        try reads.read { () throws(StorageError) in
            var written = Set<Profile.ID>(minimumCapacity: plan.profiles.count)
            for write in plan.profiles {
                guard written.insert(write.profile.id).inserted, try isAsExpected(write, in: plan.scope) else {
                    throw .notAtRevision(write.profile.id, write.expectedRevision)
                }
            }
            if !plan.events.isEmpty { try checkEvents(of: plan) }
        }
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
        if let isKnown = read.holds(profile.id, at: write.expectedRevision, in: profile.row) { return isKnown }
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
}

extension Tallies {
    /// Forgets what is entered of audiences: the database has the books, this only what is asked for again and again.
    fileprivate mutating func forgetEntered() {
        for (dataflow, tally) in dataflows where !tally.entered.isEmpty {
            dataflows[dataflow]?.entered = AudienceBooks()
        }
    }
}
