import ActivationCore
import ActivationEngine

/// What was acknowledged by the commit log comes into the database.
extension WriterDatabase {
    /// Performs the changes of a generation in one durable transaction; what was performed before is left out as a whole.
    func apply(_ generation: Generation) throws(StorageError) {
        guard !generation.isEmpty, generation.last > applied else { return }
        var draft = tallies
        try transaction { () throws(StorageError) in
            for step in generation.steps {
                let before = draft
                switch step {
                case .plan(let logged, _):
                    try perform(logged, &draft)
                    draft.countCommit(of: logged.plan.scope, logged.plan.admission)
                    try saveChanged(&draft, since: before, at: logged.plan.admission?.instant)
                case .settlement(let settlement):
                    guard let scope = draft.dataflows[settlement.dataflow]?.scope else { continue }
                    let settled = settlement.settled
                    draft.dataflows[settlement.dataflow]?.leave(settled.counters, settled.audiences)
                    draft.countCommit(of: scope, nil)
                    try saveChanged(&draft, since: before, at: settlement.at)
                }
            }
            try putProfiles(of: generation)
            try putEvents(of: generation)
            try putIdentities(of: generation, &draft)
            try putRecords(of: generation)
            try noteDeliveries(of: generation)
            try cleanValues()
            statements.setApplied.bind(1, Int64(generation.last))
            try statements.setApplied.run()
        }
        tallies = draft
        noteApplied(generation.last)
    }

    private func perform(
        _ logged: LoggedPlan,
        _ draft: inout Tallies
    ) throws(StorageError) {
        let plan = logged.plan
        for registration in logged.registered where draft.dataflows[registration.dataflow] == nil {
            draft.dataflows[registration.dataflow] = Tallies.DataflowTally(
                number: registration.number,
                scope: plan.scope
            )
            draft.dataflows[registration.dataflow]?.isChanged = true
        }
        try insertPaths(plan, &draft)
        try insertDatasets(plan)
        try addMembers(plan, &draft)
        try advanceBackfills(plan)
        try advanceUploads(plan)
        draft.takeRows(of: logged)
        draft.takeBooks(of: plan)
    }

    private func putProfiles(of generation: Generation) throws(StorageError) {
        // In the order in which they lie in the file: neighbours share pages.
        for row in generation.profiles.keys.sorted() {
            if let written = generation.profiles[row] { try put(written.profile, written.scope) }
        }
    }

    private func putEvents(of generation: Generation) throws(StorageError) {
        var events: [(row: Int64, event: CommitPlan.EventWrite)] = []
        for case .plan(let logged, let rows) in generation.steps {
            for event in logged.plan.events {
                guard let row = rows[event.profile] else { throw EntryReader.damaged }
                events.append((row, event))
            }
        }
        // Those of a profile lie together, oldest first.
        events.sort { ($0.row, $0.event.timestamp) < ($1.row, $1.event.timestamp) }
        for (row, event) in events { try insert(event, of: row) }
    }

    private func putIdentities(of generation: Generation, _ draft: inout Tallies) throws(StorageError) {
        for (scope, identities) in generation.identities {
            for (identity, row) in identities.sorted(by: { $0.key.value < $1.key.value }) {
                try put(identity, of: row, scope, &draft)
            }
        }
    }

    /// Enters the records that wait, and takes those away that were delivered since they came into the database.
    private func putRecords(of generation: Generation) throws(StorageError) {
        for (_, pending) in generation.outbox.sorted(by: { $0.value.first < $1.value.first }) {
            for record in pending.records { if let row = record?.row { try insert(row, row.row) } }
        }
        for (_, rows) in generation.left { for row in rows.sorted() { try delete(row) } }
    }
}

extension Tallies {
    /// Enters the rows that a change gives out.
    fileprivate mutating func takeRows(of logged: LoggedPlan) {
        let plan = logged.plan
        if logged.newProfiles > 0 {
            var tally = scopes[plan.scope] ?? ScopeTally(plan.scope)
            tally.profiles += logged.newProfiles
            tally.profileRowLast = max(tally.profileRowLast, logged.newProfileLast)
            tally.isChanged = true
            scopes[plan.scope] = tally
        }
        for (dataflow, records) in logged.records {
            guard let last = dataflows[dataflow]?.rowLast else { continue }
            dataflows[dataflow]?.rowLast = max(last, records.last)
            dataflows[dataflow]?.pendingRows += records.count
        }
    }

    /// Enters what a change adds to the books.
    mutating func takeBooks(of plan: CommitPlan) {
        for (dataflow, counters) in plan.counters {
            dataflows[dataflow]?.counters += counters
            dataflows[dataflow]?.isChanged = true
        }
        for (dataflow, books) in plan.audienceBooks {
            dataflows[dataflow]?.entered += books
            dataflows[dataflow]?.isChanged = true
        }
    }
}
