import ActivationCore
import ActivationEngine
import StorageCommon
import TestSupport

/// What a commit is to the database: locks in one order, checks, and what is done when it ends.
extension WriterSimulation {
    /// What a commit appends where.
    private struct Placing {
        var entries: LaneEntries
        var newLanes: [(profile: Profile.ID, lane: Int16, shard: Int64)]
        /// The lanes that it locks, ascending.
        var lanes: [Int16]
    }

    private func placing(_ attempt: Attempt, _ content: SharedContent) -> Placing {
        let plan = attempt.plan
        var lanes: [Profile.ID: Int16] = [:]
        var newLanes: [(profile: Profile.ID, lane: Int16, shard: Int64)] = []
        for write in plan.profiles where write.profile.row != 0 {
            lanes[write.profile.id] = SharedContent.lane(ofProfileRow: write.profile.row)
        }
        for profile in plan.merges.map(\.absorbed) + plan.deletions.map(\.profile) where profile.row != 0 {
            lanes[profile.id] = SharedContent.lane(ofProfileRow: profile.row)
        }
        for write in plan.profiles where write.profile.row == 0 {
            // The first identity's shard.
            let first = plan.identities.first { $0.profile == write.profile.id }?.identity
            let shard =
                first.map {
                    Int64($0.value.utf8.reduce(UInt64($0.namespace.utf8.count)) { $0 &* 31 &+ UInt64($1) } % 256)
                } ?? 0
            let lane = Int16(shard % Int64(laneCount))
            lanes[write.profile.id] = lane
            newLanes.append((write.profile.id, lane, shard))
        }
        let flows = definitions[attempt.version]?.dataflows.map(\.id) ?? []
        let entries = LaneEntries(of: plan) {
            lanes[$0] ?? 0
        } dataflows: { absorbed in
            if setup.hasOneLane || setup.faults.contains(.gatesForgotten) { return [] }
            guard gatesWhereWaiting else { return flows }
            return flows.filter { flow in
                content.waits(absorbed, in: SharedContent.Outbox(lane: lanes[absorbed] ?? 0, dataflow: flow))
            }
        }
        var locked = Set(entries.counts.keys).union(newLanes.map(\.lane))
        if setup.hasOneLane, !plan.merges.isEmpty || !plan.deletions.isEmpty { locked.insert(0) }
        if !setup.faults.contains(.marksWithoutLane) {
            locked.formUnion(plan.marks.keys.map { lanes[$0.profile] ?? 0 })
        }
        return Placing(entries: entries, newLanes: newLanes, lanes: locked.sorted())
    }

    /// The steps of a commit.
    func steps(of attempt: Attempt, _ number: Int64, epoch: Int64) -> [SimulatedDatabase.Step] {
        let (plan, faults, placing) = (attempt.plan, setup.faults, placing(attempt, database.content))
        var steps: [SimulatedDatabase.Step] = []
        for lane in placing.lanes {
            if !faults.contains(.numbersOfSequence) { steps.append(.lock(.lane(lane))) }
            steps.append(
                .perform { database, id throws(StorageError) in
                    let count = (placing.entries.counts[lane] ?? 0) + Int64(placing.newLanes.count { $0.lane == lane })
                    var (base, profileBase) = (
                        database.content.last[lane] ?? 0, database.content.lastProfile[lane] ?? 0
                    )
                    if faults.contains(.numbersOfSequence) {
                        (base, profileBase) = (database.sequence, database.sequence)
                        database.sequence += count
                    }
                    database.note(in: id) { transaction in
                        transaction.bases[lane] = base
                        transaction.profileBases[lane] = profileBase
                    }
                }
            )
        }
        if !plan.paths.isEmpty {
            steps.append(.lock(.paths))
            steps.append(
                .perform { database, _ throws(StorageError) in
                    guard plan.paths.first.map({ Int($0.id.rawValue) }) == database.content.paths.count + 1 else {
                        throw StorageError(.conflict, "a path's number is taken")
                    }
                }
            )
        }
        steps += profileSteps(plan)
        steps += identitySteps(plan)
        steps.append(.lock(.writer(attempt.writer)))
        steps.append(
            .perform { database, _ throws(StorageError) in
                guard database.content.writers[attempt.writer]?.epoch == epoch else {
                    throw StorageError(.fenced, "the writer's row is another's")
                }
            }
        )
        if faults.contains(.numbersOfSequence) { steps += placing.lanes.map { .lock(.lane($0)) } }
        if !faults.contains(.catalogNotChecked) {
            steps.append(
                .perform { database, _ throws(StorageError) in
                    guard database.content.version == attempt.version else {
                        throw StorageError(.catalogChanged, "the catalog is another")
                    }
                }
            )
        }
        let effect = effect(of: attempt, number, placing)
        steps.append(
            .perform { database, id throws(StorageError) in
                database.note(in: id) { $0.effects.append(effect) }
            }
        )
        return steps + [.commit]
    }

    private func profileSteps(_ plan: CommitPlan) -> [SimulatedDatabase.Step] {
        let checks = !setup.faults.contains(.nothingLocked)
        var steps: [SimulatedDatabase.Step] = []
        let gone = plan.merges.map(\.absorbed) + plan.deletions.map(\.profile).filter { $0.row != 0 }
        let expected =
            plan.profiles.filter { $0.profile.row != 0 }.map { ($0.profile.row, $0.profile.id, $0.expectedRevision) }
            + gone.map { ($0.row, $0.id, $0.revision) }
        for (row, profile, revision) in expected.sorted(by: { $0.0 < $1.0 }) {
            steps.append(.lock(.profile(row)))
            steps.append(
                .perform { database, _ throws(StorageError) in
                    guard checks else { return }
                    guard let stored = database.content.profiles[row], stored.id == profile, stored.revision == revision
                    else { throw StorageError(.conflict, "a profile is at another revision") }
                }
            )
        }
        for write in plan.profiles where write.profile.row == 0 {
            steps.append(.lock(.profileID(write.profile.id)))
            steps.append(
                .perform { database, _ throws(StorageError) in
                    guard database.content.rows[write.profile.id] == nil else {
                        throw StorageError(.conflict, "a profile is stored already")
                    }
                }
            )
        }
        return steps
    }

    private func identitySteps(_ plan: CommitPlan) -> [SimulatedDatabase.Step] {
        let checks = !setup.faults.contains(.nothingLocked)
        let held = Set(
            plan.profiles.map(\.profile.row) + plan.merges.map(\.absorbed.row) + plan.deletions.map(\.profile.row)
        )
        // Those that go and those that come in one order.
        var writes = plan.identities.sorted {
            ($0.identity.namespace, $0.identity.value) < ($1.identity.namespace, $1.identity.value)
        }
        if setup.faults.contains(.identitiesInTwoOrders) {
            writes = writes.filter { $0.profile == nil } + writes.filter { $0.profile != nil }
        }
        return writes.flatMap { write -> [SimulatedDatabase.Step] in
            [
                .lock(.identity(write.identity)),
                .perform { database, _ throws(StorageError) in
                    guard checks, let owner = database.content.identities[write.identity] else { return }
                    guard held.contains(owner) else { throw StorageError(.conflict, "an identity is another's") }
                },
            ]
        }
    }

    /// What a commit does when it ends.
    private func effect(
        of attempt: Attempt,
        _ number: Int64,
        _ placing: Placing
    ) -> (inout SharedContent, SimulatedDatabase.Transaction) -> Void {
        let (forgetsAbsorbed, hasOneLane) = (setup.faults.contains(.deletionWithoutAbsorbed), setup.hasOneLane)
        return { content, transaction in
            let plan = attempt.plan
            var done = SharedContent.Committed(attempt: attempt)
            for write in plan.profiles
            where (content.profiles[write.profile.row]?.revision ?? 0) != write.expectedRevision {
                done.broken =
                    "revision \(write.profile.revision) of profile \(write.profile.id.uuid) is not the next one"
            }
            var newRows: [Profile.ID: Int64] = [:]
            for new in placing.newLanes {
                let number = max(content.lastProfile[new.lane] ?? 0, transaction.profileBases[new.lane] ?? 0) + 1
                content.lastProfile[new.lane] = number
                newRows[new.profile] = Int64(new.lane) << 48 | number << 8 | new.shard
            }
            done.newRows = newRows
            content.perform(plan, newRows: newRows)
            for deletion in plan.deletions where deletion.profile.row != 0 {
                done.voided +=
                    hasOneLane
                    ? content.take(deletion.profile.id) : content.void(deletion.profile.id, alone: forgetsAbsorbed)
            }
            if hasOneLane {
                for merge in plan.merges { content.rekey(merge.absorbed.id, to: merge.survivor) }
                content.rekeyed += plan.heirs
            }
            for (lane, count) in placing.entries.counts {
                content.last[lane] = max(content.last[lane] ?? 0, (transaction.bases[lane] ?? 0) + count)
            }
            func row(_ place: LaneEntries.Place) -> Int64 {
                Int64(place.lane) << 48 | ((transaction.bases[place.lane] ?? 0) + place.offset)
            }
            for entry in placing.entries.entries {
                let outbox = SharedContent.Outbox(lane: entry.place.lane, dataflow: entry.dataflow)
                var new = SharedContent.Row(row: row(entry.place), kind: entry.content.kind, profile: entry.profile)
                switch entry.content {
                case .record(let index):
                    var record = plan.outbox[index]
                    record.row = new.row
                    new.record = record
                    done.records.append((outbox, new.row, entry.profile, record))
                case .marker(let gate): new.gate = row(gate)
                case .gate(let absorbed, _): new.absorbed = absorbed
                }
                content.insert(new, in: outbox)
            }
            for (dataflow, counters) in plan.counters {
                content.books[dataflow, default: DataflowCounters()] += counters
            }
            content.writers[attempt.writer]?.batch = number
            content.admission[attempt.writer] = attempt.end
            content.journal.append(done)
        }
    }
}

extension CommitPlan {
    /// Profiles that are gone by it, each with the one that has what was theirs.
    var heirs: [(absorbed: Profile.ID, survivor: Profile.ID)] {
        merges.map { ($0.absorbed.id, $0.survivor) }
            + deletions.filter { $0.profile.row != 0 && $0.survivor != $0.profile.id }.map {
                ($0.profile.id, $0.survivor)
            }
    }
}
