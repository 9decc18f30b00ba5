#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

/// A plan as statements, in the order in which it is performed.
///
/// What has to be known before the statements can be made is asked for first; most plans need nothing.
struct PlanWriting {
    // Also used by the preparation (PlanWriting+Preparation.swift).
    let plan: CommitPlan
    private let hasMarks: Bool
    /// Rows of the profiles that the batch holds; nil = it is none, and holds nobody.
    private let held: [Int64]?
    let shared: SharedState
    let lane: Int16 = 0
    var change: Change
    /// Rows that left the outbox although they are in somebody's hands, once they are known.
    var claimed: [Dataflow.ID: [Int64]] = [:]
    /// Dataflows that got their numbers with this plan.
    var registered: [Dataflow.ID: SharedState.NumberedDataflow] = [:]
    var numbers: [Dataflow.ID: Int32] = [:]
    var rows: [Profile.ID: Int64] = [:]
    var isLaneRaised = false

    init(_ plan: CommitPlan, hasMarks: Bool, held: [Int64]?, _ shared: SharedState) throws(StorageError) {
        (self.plan, self.hasMarks, self.held, self.shared) = (plan, hasMarks, held, shared)
        change = try Change(in: plan.scope, admission: plan.admission, at: plan.admission?.instant)
        rows.reserveCapacity(plan.profiles.count)
        for write in plan.profiles where write.profile.row != 0 { rows[write.profile.id] = write.profile.row }
        for merge in plan.merges { rows[merge.absorbed.id] = merge.absorbed.row }
        for deletion in plan.deletions where deletion.profile.row != 0 {
            rows[deletion.profile.id] = deletion.profile.row
        }
    }

    /// Whether it takes records away from somebody.
    var takesRecords: Bool { !plan.deletions.isEmpty || !plan.withdrawals.isEmpty }

    /// Profiles that are gone, each with the one that has what was theirs.
    var heirs: [(absorbed: Profile.ID, survivor: Profile.ID)] {
        (plan.merges.map { ($0.absorbed.id, $0.survivor) }
            + plan.deletions.lazy.filter { $0.profile.row != 0 }.map { ($0.profile.id, $0.survivor) })
            .filter { $0.0 != $0.1 }
    }

    /// Makes all other statements.
    mutating func write() throws(StorageError) {
        // Also for marks, and for who enters or exits an audience, which may be mapped at this moment: they too are wholly before a change
        // of the configuration, and seen by whoever begins after it, or refused.
        let isAsked = plan.catalogVersion != nil && !(plan.marks.isEmpty && plan.memberCounters.isEmpty)
        if !isLaneRaised, rowCount > 0 || isAsked {
            change.add(PostgresStatements.raiseLane, .int2(lane), .int8(rowCount), .int8(0))
        }
        try evictEvents()
        insertDictionaries()
        updateProfiles()
        try insertProfiles()
        try insertEvents()
        try performMerges()
        performDeletions()
        try writeIdentities()
        writeSuppressions()
        addMembers()
        advance()
        try writeMarks()
        try appendOutbox()
        if let version = plan.catalogVersion {
            // Behind the lane, which whoever changes the catalog holds: with records the plan is before or after that as a whole.
            change.add(PostgresStatements.checkCatalog, .int4(change.scopeNumber), .int8(version))
        }
    }

    private func row(of profile: Profile.ID) throws(StorageError) -> Int64 {
        guard let row = rows[profile] else {
            throw StorageError(.conflict, "profile \(profile.uuid) is not stored; load again")
        }
        return row
    }

    private mutating func insertDictionaries() {
        if let first = plan.paths.first {
            change.add(
                PostgresStatements.insertPaths,
                .int4(change.scopeNumber),
                .int4s(plan.paths.map { Int32(bitPattern: $0.id.rawValue) }),
                .int4s(plan.paths.map { Int32(bitPattern: $0.parent.rawValue) }),
                .byteses(plan.paths.map(\.name)),
                .int4(Int32(bitPattern: first.id.rawValue))
            )
        }
        if let first = plan.datasets.first {
            change.add(
                PostgresStatements.insertDatasets,
                .int4(change.scopeNumber),
                .int4s(plan.datasets.map { Int32($0.id) }),
                .texts(plan.datasets.map(\.name)),
                .int4(Int32(first.id))
            )
        }
    }

    private mutating func updateProfiles() {
        let writes = plan.profiles.filter { $0.profile.row != 0 }.sorted { $0.profile.row < $1.profile.row }
        guard !writes.isEmpty else { return }
        change.add(
            PostgresStatements.updateProfiles,
            .int4(change.scopeNumber),
            .int8s(writes.map(\.profile.row)),
            .uuids(writes.map(\.profile.id.uuid)),
            .int8s(writes.map(\.expectedRevision)),
            .int8s(writes.map(\.profile.revision)),
            .int8sOrNull(writes.map(\.profile.due?.milliseconds)),
            .byteses(writes.map(\.profile.value)),
            .int8(Int64(writes.count))
        )
    }

    private mutating func insertProfiles() throws(StorageError) {
        let writes = plan.profiles.filter { $0.profile.row == 0 }
        guard !writes.isEmpty else { return }
        var places: [Int64] = []
        for write in writes {
            guard write.expectedRevision == 0 else {
                throw StorageError(
                    .conflict,
                    "profile \(write.profile.id.uuid) is new and was expected to be stored"
                )
            }
            places.append(try row(of: write.profile.id))
        }
        change.add(
            PostgresStatements.insertProfiles,
            .int4(change.scopeNumber),
            .int8s(places),
            .uuids(writes.map(\.profile.id.uuid)),
            .int8s(writes.map(\.profile.revision)),
            .int8sOrNull(writes.map(\.profile.due?.milliseconds)),
            .byteses(writes.map(\.profile.value))
        )
        change.tallies[.all, default: MemberCounters()].entered += Int64(writes.count)
    }

    private mutating func evictEvents() throws(StorageError) {
        guard !plan.evictions.isEmpty else { return }
        var places: [Int64] = []
        for eviction in plan.evictions { places.append(try row(of: eviction.profile)) }
        change.add(
            PostgresStatements.evictEvents,
            .int8s(places),
            .texts(plan.evictions.map(\.id)),
            .int8(Int64(places.count))
        )
    }

    private mutating func insertEvents() throws(StorageError) {
        guard !plan.events.isEmpty else { return }
        var places: [Int64] = []
        for event in plan.events { places.append(try row(of: event.profile)) }
        change.add(
            PostgresStatements.insertEvents,
            .int8s(places),
            .texts(plan.events.map(\.id)),
            .int8s(plan.events.map(\.timestamp.milliseconds)),
            .int4s(plan.events.map { Int32($0.dataset) }),
            .byteses(plan.events.map(\.body))
        )
    }

    private mutating func delete(_ profile: StoredProfile) {
        change.add(
            PostgresStatements.deleteProfile,
            .int4(change.scopeNumber),
            .int8(profile.row),
            .uuid(profile.id.uuid),
            .int8(profile.revision)
        )
        change.tallies[.all, default: MemberCounters()].exited += 1
    }

    private mutating func performMerges() throws(StorageError) {
        for merge in plan.merges {
            let (absorbed, survivor) = (merge.absorbed, try row(of: merge.survivor))
            delete(absorbed)
            change.add(PostgresStatements.moveEvents, .int8(absorbed.row), .int8(survivor))
            change.add(PostgresStatements.deleteEvents, .int8(absorbed.row))
            for statement in [PostgresStatements.rekeyOutbox, PostgresStatements.rekeyDeadLetters] {
                change.add(
                    statement,
                    .int2(lane),
                    .uuid(absorbed.id.uuid),
                    .uuid(merge.survivor.uuid),
                    .int4(change.scopeNumber)
                )
            }
        }
        let heirs = heirs
        guard !heirs.isEmpty else { return }
        change.add(
            PostgresStatements.noteRekeyed,
            .int2(lane),
            .int8s(heirs.indices.map { rowCount - 1 - Int64($0) }),
            .uuids(heirs.map(\.absorbed.uuid)),
            .uuids(heirs.map(\.survivor.uuid))
        )
        let now = shared.withKnown { $0.admitted.values.max() }
        change.add(
            PostgresStatements.addHeirs,
            .int4(change.scopeNumber),
            .uuids(heirs.map(\.absorbed.uuid)),
            .uuids(heirs.map(\.survivor.uuid)),
            .int8((plan.admission?.instant ?? now).map(WriterDatabase.day) ?? 0)
        )
    }

    private mutating func performDeletions() {
        for deletion in plan.deletions where deletion.profile.row != 0 {
            delete(deletion.profile)
            change.add(PostgresStatements.deleteEvents, .int8(deletion.profile.row))
        }
        // Of one that the same plan made there is nothing, and yet somebody was told that it is deleted.
        let noted = plan.deletions.filter { $0.profile.row != 0 || $0.profile.id == $0.survivor }
        guard !noted.isEmpty else { return }
        change.add(
            PostgresStatements.noteErasures,
            .int4(change.scopeNumber),
            .int2(lane),
            .uuids(noted.map(\.profile.id.uuid)),
            .int8s(noted.map(\.profile.revision)),
            .int8s(noted.map(\.deletedAt.milliseconds)),
            .int8s(noted.indices.map { Int64(plan.outbox.count + noted.count - 1 - $0) })
        )
        change.add(
            PostgresStatements.dropMarksOf,
            .uuids(noted.map(\.profile.id.uuid)),
            .int4(change.scopeNumber)
        )
    }

    private mutating func writeIdentities() throws(StorageError) {
        // In the order of their keys, so that two writers never wait for each other.
        let writes = plan.identities
            .map { (shard: ProfilePlaces.shard(of: $0.identity, in: change.scopeNumber), write: $0) }
            .sorted {
                ($0.shard, $0.write.identity.namespace, $0.write.identity.value) < (
                    $1.shard, $1.write.identity.namespace, $1.write.identity.value
                )
            }
        let gone = Set(plan.merges.map(\.absorbed.id) + plan.deletions.map(\.profile.id))
        var taken = IdentityColumns()
        var given = IdentityColumns()
        var owners: [Int64] = []
        for (_, write) in writes {
            if let profile = write.profile {
                guard !gone.contains(profile) else {
                    throw StorageError(
                        .conflict,
                        "profile \(profile.uuid) goes with the plan that gives it an identity"
                    )
                }
                given.append(write.identity, in: change.scopeNumber)
                owners.append(try row(of: profile))
            } else {
                taken.append(write.identity, in: change.scopeNumber)
            }
        }
        let scope = PostgresValue.int4(change.scopeNumber)
        if !taken.shards.isEmpty {
            change.calls.append(PostgresCall(PostgresStatements.deleteIdentities, [scope] + taken.parameters))
        }
        guard !owners.isEmpty else { return }
        change.calls.append(
            PostgresCall(
                PostgresStatements.writeIdentities,
                [scope] + given.parameters
                    + [.int8s(owners), held.map { .int8s($0) } ?? .null, .int8(Int64(owners.count))]
            )
        )
    }

    private mutating func writeSuppressions() {
        let scope = PostgresValue.int4(change.scopeNumber)
        if !plan.readmissions.isEmpty {
            change.add(PostgresStatements.dropSuppressions, scope, .byteses(plan.readmissions.map(\.bytes)))
        }
        guard !plan.suppressions.isEmpty else { return }
        change.add(
            PostgresStatements.enterSuppressions,
            scope,
            .byteses(plan.suppressions.map(\.digest.bytes)),
            .texts(plan.suppressions.map(\.namespace)),
            .uuids(plan.suppressions.map(\.profile.uuid)),
            .int8s(plan.suppressions.map(\.suppressedAt.milliseconds))
        )
    }

    private mutating func addMembers() {
        for (audience, counters) in plan.memberCounters {
            change.tallies[audience, default: MemberCounters()].entered += counters.entered
            change.tallies[audience, default: MemberCounters()].exited += counters.exited
        }
    }

    private mutating func advance() {
        let scope = PostgresValue.int4(change.scopeNumber)
        if !plan.backfills.isEmpty {
            let backfills = plan.backfills.sorted { $0.key.uuid < $1.key.uuid }
            change.add(
                PostgresStatements.advanceBackfills,
                scope,
                .uuids(backfills.map(\.key.uuid)),
                .int8s(backfills.map(\.value.row)),
                .int8s(backfills.map(\.value.records)),
                .int8sOrNull(backfills.map(\.value.orderedAt?.milliseconds))
            )
        }
        if !plan.uploads.isEmpty {
            let uploads = plan.uploads.sorted { $0.key < $1.key }
            change.add(
                PostgresStatements.advanceUploads,
                scope,
                .uuids(uploads.map(\.key)),
                .int8s(uploads.map(\.value.line)),
                .int8s(uploads.map(\.value.accepted)),
                .int8s(uploads.map(\.value.made))
            )
        }
    }

    private mutating func writeMarks() throws(StorageError) {
        // Those who are here no more leave no marks, though one may have come since anybody looked.
        let hasMarks = hasMarks || !plan.merges.isEmpty
        if hasMarks {
            settleMarks(Array(plan.marksSettledBeforeMerges))
            for merge in plan.merges {
                change.add(
                    PostgresStatements.rekeyMarks,
                    .uuid(merge.absorbed.id.uuid),
                    .uuid(merge.survivor.uuid),
                    .int4(change.scopeNumber)
                )
                change.add(
                    PostgresStatements.dropMarksOf,
                    .uuids([merge.absorbed.id.uuid]),
                    .int4(change.scopeNumber)
                )
            }
        }
        if !plan.marks.isEmpty {
            let marks = plan.marks.compactMap { key, reasons in
                numbers[key.dataflow].map { (number: $0, key: key, reasons: reasons) }
            }.sorted { ($0.number, $0.key.profile.uuid) < ($1.number, $1.key.profile.uuid) }
            change.add(
                PostgresStatements.enterMarks,
                .int4s(marks.map(\.number)),
                .uuids(marks.map(\.key.profile.uuid)),
                .uuids(marks.map(\.key.mergePolicy.uuid)),
                .int4s(marks.map { Int32($0.reasons.rawValue) })
            )
        }
        if hasMarks || !plan.marks.isEmpty { settleMarks(plan.settledMarks) }
    }

    private mutating func settleMarks(_ keys: [ResumeMark.Key]) {
        let marks = keys.compactMap { key in numbers[key.dataflow].map { (number: $0, key: key) } }
        guard !marks.isEmpty else { return }
        change.add(
            PostgresStatements.settleMarks,
            .int4s(marks.map(\.number)),
            .uuids(marks.map(\.key.profile.uuid)),
            .uuids(marks.map(\.key.mergePolicy.uuid))
        )
    }

    private mutating func appendOutbox() throws(StorageError) {
        let records = plan.outbox
        if !records.isEmpty {
            var flows: [Int32] = []
            for record in records { flows.append(numbers[record.dataflow] ?? 0) }
            change.add(
                PostgresStatements.insertOutbox,
                .int2(lane),
                .int4s(flows),
                .int8s(records.indices.map { Int64(records.count - 1 - $0) }),
                .uuids(records.map(\.profile.uuid)),
                .uuids(records.map(\.mergePolicy.uuid)),
                .int8s(records.map(\.revision)),
                .int4s(records.map { Int32($0.reasons.rawValue) }),
                .int8s(records.map(\.admittedAt.milliseconds)),
                .texts(records.lazy.map(\.partitionKey)),
                .byteses(records.map(\.payload)),
                .int2s(records.map { Int16($0.lane.rawValue) }),
                .bytesesOrNull(records.map { $0.audiences.isEmpty ? nil : AudienceList.bytes(of: $0.audiences) })
            )
            for flow in flows { change.entries[flow, default: Change.Entry()].rows += 1 }
        }
        for (dataflow, counters) in plan.counters {
            guard let number = numbers[dataflow] else { continue }
            change.entries[number, default: Change.Entry()].counters += counters
        }
        for (dataflow, books) in plan.audienceBooks {
            guard let number = numbers[dataflow] else { continue }
            change.entries[number, default: Change.Entry()].audiences += books
        }
    }
}
#endif
