import ActivationCore
import ActivationEngine
import StorageCommon

extension WriterDatabase {
    /// See ``Storage/commit(_:)``.
    @discardableResult
    func commit(_ plan: CommitPlan) throws(StorageError) -> [Dataflow.ID: [Int64]] {
        if plan.isEmpty && plan.admission == nil { return [:] }
        var claimed: [Dataflow.ID: [Int64]] = [:]
        try write(in: plan.scope, admission: plan.admission, at: plan.admission?.instant) {
            tallies throws(StorageError) in
            var rows: ProfileRows = [:]
            try evictEvents(plan, &rows)
            try insertPaths(plan, &tallies)
            try insertDatasets(plan)
            try performWithdrawals(plan, &tallies, &claimed)
            try writeProfiles(plan, &tallies, &rows)
            try writeEvents(plan, &rows)
            try performMerges(plan, &tallies, &rows)
            try performDeletions(plan, &tallies, &claimed)
            try writeIdentities(plan, &tallies, &rows)
            try writeSuppressions(plan, &tallies)
            try addMembers(plan, &tallies)
            try advanceBackfills(plan)
            try advanceUploads(plan)
            try writeMarks(plan, &tallies)
            try appendOutbox(plan, &tallies)
        }
        for merge in plan.merges { rekeyClaims(of: merge.absorbed.id, to: merge.survivor, in: plan.scope) }
        for deletion in plan.deletions where deletion.profile.id != deletion.survivor {
            rekeyClaims(of: deletion.profile.id, to: deletion.survivor, in: plan.scope)
        }
        return claimed
    }

    // MARK: Dictionaries

    func insertPaths(_ plan: CommitPlan, _ tallies: inout Tallies) throws(StorageError) {
        try tallies.checkFollowing(plan)
        let insertPath = statements.insertPath
        for path in plan.paths {
            insertPath.bind(1, plan.scope.rawValue)
            insertPath.bind(2, Int64(path.id.rawValue))
            insertPath.bind(3, Int64(path.parent.rawValue))
            insertPath.bind(4, path.name)
            try insertPath.run()
        }
        tallies.noteNumbers(of: plan)
    }

    func insertDatasets(_ plan: CommitPlan) throws(StorageError) {
        let insertDataset = statements.insertDataset
        for dataset in plan.datasets {
            insertDataset.bind(1, plan.scope.rawValue)
            insertDataset.bind(2, Int64(dataset.id))
            insertDataset.bind(3, bytesOf: dataset.name)
            try insertDataset.run()
        }
    }

    // MARK: Profiles

    /// Rows of profiles that the plan names, as far as they are known by now.
    typealias ProfileRows = [Profile.ID: Int64]

    private func writeProfiles(
        _ plan: CommitPlan,
        _ tallies: inout Tallies,
        _ rows: inout ProfileRows
    ) throws(StorageError) {
        let needsRows = !(plan.identities.isEmpty && plan.events.isEmpty && plan.merges.isEmpty)
        if needsRows { rows.reserveCapacity(plan.profiles.count) }
        // In the order in which they lie in the file: neighbours share pages.
        let order = plan.profiles.indices.sorted { plan.profiles[$0].profile.row < plan.profiles[$1].profile.row }
        for index in order {
            let write = plan.profiles[index]
            var row = write.profile.row
            if row == 0 {
                row = try insert(write, plan.scope, &tallies)
            } else {
                try update(write, in: plan.scope)
            }
            if needsRows { rows[write.profile.id] = row }
        }
    }

    private func insert(
        _ write: CommitPlan.ProfileWrite,
        _ scope: Scope,
        _ tallies: inout Tallies
    ) throws(StorageError) -> Int64 {
        guard write.expectedRevision == 0 else { throw .notAtRevision(write.profile.id, write.expectedRevision) }
        let row = try tallies.nextProfileRow(in: scope)
        let insertProfile = statements.insertProfile
        insertProfile.bind(1, row)
        insertProfile.bind(2, scope.rawValue)
        insertProfile.bind(3, write.profile.id.uuid)
        insertProfile.bind(4, write.profile.revision)
        insertProfile.bind(5, write.profile.value)
        insertProfile.bind(6, write.profile.due?.milliseconds)
        try insertProfile.run()
        return row
    }

    private func row(
        of profile: Profile.ID,
        _ scope: Scope,
        _ rows: inout ProfileRows
    ) throws(StorageError) -> Int64 {
        if let row = rows[profile] { return row }
        guard let row = try reads.row(of: profile, in: scope) else {
            throw StorageError(.conflict, "profile \(profile.uuid) is not stored; load again")
        }
        rows[profile] = row
        return row
    }

    private func performMerges(
        _ plan: CommitPlan,
        _ tallies: inout Tallies,
        _ rows: inout ProfileRows
    ) throws(StorageError) {
        for merge in plan.merges {
            let absorbed = merge.absorbed
            let survivor = try row(of: merge.survivor, plan.scope, &rows)
            try delete(absorbed)
            rows[absorbed.id] = nil
            tallies.scopes[plan.scope]?.profiles -= 1
            tallies.scopes[plan.scope]?.isChanged = true

            statements.moveEvents.bind(1, absorbed.row)
            statements.moveEvents.bind(2, survivor)
            try statements.moveEvents.run()
            // What did not move is an event that the survivor has too.
            statements.deleteEvents.bind(1, absorbed.row)
            try statements.deleteEvents.run()

            statements.rekeyOutbox.bind(1, absorbed.id.uuid)
            statements.rekeyOutbox.bind(2, merge.survivor.uuid)
            statements.rekeyOutbox.bind(3, plan.scope.rawValue)
            try statements.rekeyOutbox.run()
            if tallies.hasDeadLetters {
                statements.rekeyDeadLetters.bind(1, absorbed.id.uuid)
                statements.rekeyDeadLetters.bind(2, merge.survivor.uuid)
                statements.rekeyDeadLetters.bind(3, plan.scope.rawValue)
                try statements.rekeyDeadLetters.run()
            }
            try handOnDeliveries(of: absorbed.id, to: merge.survivor, in: plan.scope)
        }
    }

    private func rekeyClaims(of profile: Profile.ID, to survivor: Profile.ID, in scope: Scope) {
        for dataflow in ledgers.keys where tallies.dataflows[dataflow]?.scope == scope {
            ledgers[dataflow]?.rekey(profile, to: survivor)
        }
    }

    // MARK: Identities and events

    private func writeIdentities(
        _ plan: CommitPlan,
        _ tallies: inout Tallies,
        _ rows: inout ProfileRows
    ) throws(StorageError) {
        for write in plan.identities {
            var owner: Int64 = 0
            if let profile = write.profile { owner = try row(of: profile, plan.scope, &rows) }
            try put(write.identity, of: owner, plan.scope, &tallies)
        }
    }

    /// Gives an identity to the profile in a row; 0 = to nobody.
    func put(_ identity: Identity, of row: Int64, _ scope: Scope, _ tallies: inout Tallies) throws(StorageError) {
        let statement = row == 0 ? statements.deleteIdentity : statements.writeIdentity
        statement.bind(1, scope.rawValue)
        statement.bind(2, try number(ofNamespace: identity.namespace, &tallies))
        statement.bind(3, bytesOf: identity.value)
        if row != 0 { statement.bind(4, row) }
        try statement.run()
    }

    func number(ofNamespace symbol: String, _ tallies: inout Tallies) throws(StorageError) -> Int64 {
        let key = ByteKey(symbol)
        if let number = tallies.namespaces[key] { return number }
        let number = (tallies.namespaces.values.max() ?? 0) + 1
        statements.insertNamespace.bind(1, number)
        statements.insertNamespace.bind(2, bytesOf: symbol)
        try statements.insertNamespace.run()
        tallies.namespaces[key] = number
        return number
    }

    private func writeEvents(_ plan: CommitPlan, _ rows: inout ProfileRows) throws(StorageError) {
        for event in plan.events { try insert(event, of: try row(of: event.profile, plan.scope, &rows)) }
    }

    /// Enters an event of the profile in a row.
    func insert(_ event: CommitPlan.EventWrite, of row: Int64) throws(StorageError) {
        let insertEvent = statements.insertEvent
        insertEvent.bind(1, row)
        insertEvent.bind(2, bytesOf: event.id)
        insertEvent.bind(3, event.timestamp.milliseconds)
        insertEvent.bind(4, Int64(event.dataset))
        insertEvent.bind(5, event.body)
        try insertEvent.run()
    }

    private func evictEvents(_ plan: CommitPlan, _ rows: inout ProfileRows) throws(StorageError) {
        let deleteEvent = statements.deleteEvent
        for eviction in plan.evictions {
            deleteEvent.bind(1, try row(of: eviction.profile, plan.scope, &rows))
            deleteEvent.bind(2, bytesOf: eviction.id)
            try deleteEvent.run()
            guard connection.changes == 1 else {
                throw StorageError(
                    .conflict,
                    "profile \(eviction.profile.uuid) does not hold an event that was to leave; load again"
                )
            }
        }
    }

    func advanceBackfills(_ plan: CommitPlan) throws(StorageError) {
        for (backfill, progress) in plan.backfills {
            statements.advanceBackfill.bind(1, plan.scope.rawValue)
            statements.advanceBackfill.bind(2, backfill.uuid)
            statements.advanceBackfill.bind(3, progress.row)
            statements.advanceBackfill.bind(4, progress.records)
            statements.advanceBackfill.bind(5, progress.orderedAt?.milliseconds)
            try statements.advanceBackfill.run()
        }
    }

    func advanceUploads(_ plan: CommitPlan) throws(StorageError) {
        for (upload, progress) in plan.uploads {
            statements.advanceUpload.bind(1, plan.scope.rawValue)
            statements.advanceUpload.bind(2, upload)
            statements.advanceUpload.bind(3, progress.line)
            statements.advanceUpload.bind(4, progress.accepted)
            statements.advanceUpload.bind(5, progress.made)
            try statements.advanceUpload.run()
        }
    }

    /// See ``Storage/forgetUploads(_:scope:)``.
    func forgetUploads(_ uploads: [UUIDBytes], scope: Scope) throws(StorageError) {
        guard !uploads.isEmpty else { return }
        try write(in: scope) { _ throws(StorageError) in
            for upload in uploads {
                statements.forgetUpload.bind(1, scope.rawValue)
                statements.forgetUpload.bind(2, upload)
                try statements.forgetUpload.run()
            }
        }
    }

    /// See ``Storage/forgetBackfills(_:scope:)``.
    func forgetBackfills(_ backfills: [Backfill.ID], scope: Scope) throws(StorageError) {
        guard !backfills.isEmpty else { return }
        try write(in: scope) { _ throws(StorageError) in
            for backfill in backfills {
                statements.forgetBackfill.bind(1, scope.rawValue)
                statements.forgetBackfill.bind(2, backfill.uuid)
                try statements.forgetBackfill.run()
            }
        }
    }

    // MARK: Outbox

    private func appendOutbox(_ plan: CommitPlan, _ tallies: inout Tallies) throws(StorageError) {
        for record in plan.outbox {
            try insert(record, try tallies.nextRow(of: record.dataflow, plan.scope))
        }
        for (dataflow, counters) in plan.counters {
            try tallies.register(dataflow, plan.scope)
            tallies.dataflows[dataflow]?.counters += counters
            tallies.dataflows[dataflow]?.isChanged = true
        }
        for (dataflow, books) in plan.audienceBooks {
            try tallies.register(dataflow, plan.scope)
            tallies.dataflows[dataflow]?.entered += books
            tallies.dataflows[dataflow]?.isChanged = true
        }
    }

    /// Enters a record in a row.
    func insert(_ record: OutboxRow, _ row: Int64) throws(StorageError) {
        let insertOutbox = statements.insertOutbox
        insertOutbox.bind(1, row)
        insertOutbox.bind(2, record.profile.uuid)
        insertOutbox.bind(3, record.mergePolicy.uuid)
        insertOutbox.bind(4, record.revision)
        insertOutbox.bind(5, Int64(record.reasons.rawValue))
        insertOutbox.bind(6, record.admittedAt.milliseconds)
        insertOutbox.bind(7, bytesOf: record.partitionKey)
        insertOutbox.bind(8, record.payload)
        insertOutbox.bind(9, Int64(record.lane.rawValue))
        insertOutbox.bind(10, audiences: record.audiences)
        try insertOutbox.run()
    }

}

extension StorageError {
    /// A profile was to be changed that is not there as it was expected.
    static func notAtRevision(_ profile: Profile.ID, _ revision: Int64) -> StorageError {
        StorageError(.conflict, "profile \(profile.uuid) is not stored at revision \(revision); load again")
    }
}
