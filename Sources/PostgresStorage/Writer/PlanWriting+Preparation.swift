#if PostgreSQL
import ActivationCore
import ActivationEngine

/// What has to be known before the statements of a plan can be made.
extension PlanWriting {
    /// Asks for what has to be known.
    mutating func prepare(
        isClaimed: (Dataflow.ID, Int64) -> Bool,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        try register(run)
        try raiseLane(run)
        try findProfiles(run)
        try deleteRecords(isClaimed: isClaimed, run)
    }

    private mutating func register(
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        var named = Set(plan.outbox.lazy.map(\.dataflow))
        named.formUnion(plan.counters.keys)
        named.formUnion(plan.audienceBooks.keys)
        named.formUnion(plan.marks.keys.lazy.map(\.dataflow))
        let optional = Set(plan.settledMarks.lazy.map(\.dataflow))
            .union(plan.marksSettledBeforeMerges.lazy.map(\.dataflow)).union(plan.withdrawals.lazy.map(\.dataflow))
        numbers = try shared.dataflows(named.union(optional), run).mapValues(\.number)
        for id in named.filter({ numbers[$0] == nil }).sorted(by: { $0.uuid < $1.uuid }) {
            let call = PostgresCall(PostgresStatements.registerDataflow, .uuid(id.uuid), .int4(change.scopeNumber))
            guard let number = try run([call]).first?.int4(0, 0) else { continue }
            numbers[id] = number
            registered[id] = SharedState.NumberedDataflow(number: number, scope: plan.scope)
        }
    }

    /// Rows that get numbers of the lane's: those of records, of erasures, and of whose records become another's.
    var rowCount: Int64 { Int64(plan.outbox.count + plan.deletions.count + heirs.count) }

    /// Raises the lane's numbers where those are needed at once, and holds what the plan takes from somebody: the lane, then
    /// records in their order, as everybody does.
    private mutating func raiseLane(
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        let new = plan.profiles.filter { $0.profile.row == 0 }
        let losers =
            plan.merges.map(\.absorbed.id.uuid) + plan.deletions.map(\.profile.id.uuid)
            + plan.withdrawals.map(\.profile.uuid)
        guard !new.isEmpty || !losers.isEmpty else { return }
        var calls = [
            PostgresCall(PostgresStatements.raiseLane, .int2(lane), .int8(rowCount), .int8(Int64(new.count)))
        ]
        if !losers.isEmpty {
            calls.append(PostgresCall(PostgresStatements.lockOutboxOf, .int2(lane), .uuids(losers)))
        }
        guard let last = try run(calls).first?.tally(0, 1) else { return }
        isLaneRaised = true
        try numberProfiles(new, through: last)
    }

    private mutating func numberProfiles(
        _ new: [CommitPlan.ProfileWrite],
        through last: Int64
    ) throws(StorageError) {
        var homes: [Profile.ID: Int16] = [:]
        for write in plan.identities {
            guard let profile = write.profile, rows[profile] == nil, homes[profile] == nil else { continue }
            homes[profile] = ProfilePlaces.shard(of: write.identity, in: change.scopeNumber)
        }
        for (index, write) in new.enumerated() {
            let id = write.profile.id
            rows[id] = try ProfilePlaces.row(
                lane: lane,
                number: last - Int64(new.count - 1 - index),
                shard: homes[id] ?? ProfilePlaces.shard(of: id)
            )
        }
    }

    /// Finds the rows of profiles that the plan names and neither writes nor takes away.
    private mutating func findProfiles(
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        var missing = Set(plan.identities.lazy.compactMap(\.profile))
        missing.formUnion(plan.events.lazy.map(\.profile))
        missing.formUnion(plan.evictions.lazy.map(\.profile))
        missing.formUnion(plan.merges.lazy.map(\.survivor))
        missing = missing.filter { rows[$0] == nil }
        guard !missing.isEmpty else { return }
        let call = PostgresCall(
            PostgresStatements.profileRows,
            .int4(change.scopeNumber),
            .uuids(missing.map(\.uuid))
        )
        guard let found = try run([call]).first else { return }
        for index in 0..<found.count {
            rows[Profile.ID(uuid: try found.uuid(index, 0))] = try found.int8(index, 1)
        }
    }

    /// Deletes what waits of profiles that are gone or of which dataflows may not tell, and enters it in the books.
    private mutating func deleteRecords(
        isClaimed: (Dataflow.ID, Int64) -> Bool,
        _ run: ([PostgresCall]) throws(StorageError) -> [PostgresRows]
    ) throws(StorageError) {
        var profiles: [UUIDBytes] = []
        var dataflows: [Int32] = []
        for withdrawal in plan.withdrawals {
            guard let number = numbers[withdrawal.dataflow] else { continue }
            profiles.append(withdrawal.profile.uuid)
            dataflows.append(number)
        }
        for deletion in plan.deletions where deletion.profile.row != 0 {
            profiles.append(deletion.profile.id.uuid)
            dataflows.append(0)
        }
        guard !profiles.isEmpty else { return }
        let values: [PostgresValue] = [
            .int2(lane), .uuids(profiles), .int4s(dataflows), .int4(change.scopeNumber),
        ]
        let answers = try run([
            PostgresCall(PostgresStatements.deleteOutboxOf, values),
            PostgresCall(PostgresStatements.deleteDeadLettersOf, values),
        ])
        guard answers.count == 2 else { return }
        let ids = shared.withKnown { known in
            Dictionary(known.dataflows.map { ($0.value.number, $0.key) }) { first, _ in first }
        }
        for index in 0..<answers[0].count {
            let (dataflow, row) = (try answers[0].int4(index, 0), try answers[0].int8(index, 1))
            let told = try answers[0].audiences(index, 2)
            change.enter(DataflowCounters(suppressedDeleted: 1), rows: -1, of: told, dataflow: dataflow)
            if let id = ids[dataflow], isClaimed(id, row) { claimed[id, default: []].append(row) }
        }
        for index in 0..<answers[1].count {
            let told = try answers[1].audiences(index, 2)
            change.enter(DataflowCounters(erased: 1), of: told, dataflow: try answers[1].int4(index, 0))
        }
    }
}
#endif
