import ActivationCore
import ActivationEngine
import StorageCommon
import TestSupport

/// What has to hold after each commit and at the end.
extension WriterSimulation {
    /// Looks at what was committed since the last time.
    mutating func takeNotice() throws {
        try defineLatest()
        guard !database.content.journal.isEmpty else { return }
        let journal = database.content.journal
        database.change { $0.journal = [] }
        guard !hasLost else { return }
        for done in journal { try check(done) }
        try checkBooks()
    }

    private mutating func check(_ done: SharedContent.Committed) throws {
        let attempt = done.attempt
        let plan = attempt.plan
        if let broken = done.broken { throw violation(broken) }
        for request in attempt.requests where !committed.insert(request).inserted {
            throw violation("request \(request) was decided twice")
        }
        let present = database.content.version
        for version in attempt.version..<present {
            guard let at = answered[version + 1], attempt.decidedAt > at else { continue }
            throw violation("decided by catalog \(attempt.version) after \(version + 1) was answered")
        }
        let flows = Set(definitions[present]?.dataflows.map(\.id) ?? [])
        if !plan.marks.keys.allSatisfy({ flows.contains($0.dataflow) }) {
            throw violation("a mark of a deleted dataflow was left")
        }
        let known = Set(database.content.outbox.keys.map(\.dataflow)).union(flows)
        for (absorbed, survivor) in plan.heirs {
            count("merges")
            for dataflow in known { stream.noteMerge(of: absorbed, into: survivor, in: dataflow) }
        }
        for row in done.voided { stream.drop(row) }
        let new = Set(done.records.map(\.row))
        for deletion in plan.deletions {
            // What waits of a deleted dataflow is on its way out.
            for (outbox, rows) in database.content.outbox where flows.contains(outbox.dataflow) {
                let gone = stream.absorbed(by: deletion.profile.id, in: outbox.dataflow).union([deletion.profile.id])
                guard rows.contains(where: { $0.kind == .record && gone.contains($0.profile) && !new.contains($0.row) })
                else {
                    continue
                }
                throw violation("a record of somebody who is deleted still waits")
            }
        }
        for (outbox, row, profile, record) in done.records {
            guard flows.contains(outbox.dataflow) else { throw violation("a record of a deleted dataflow was made") }
            let key = "\(outbox.dataflow.uuid) \(record.mergePolicy.uuid) \(record.partitionKey)"
            guard made.insert("\(key) \(record.revision)").inserted else {
                throw violation("revision \(record.revision) of \(record.partitionKey) was exported twice")
            }
            if let last = admitted[key], last > record.admittedAt {
                throw violation("time falls for \(record.partitionKey)")
            }
            admitted[key] = record.admittedAt
            stream.note(row, of: profile, in: outbox.dataflow)
        }
        log.append(attempt)
        log[log.count - 1].newRows = done.newRows
    }

    /// The books expect as many records as there are.
    private func checkBooks() throws {
        var rows: [Dataflow.ID: Int64] = [:]
        for (outbox, waiting) in database.content.outbox {
            rows[outbox.dataflow, default: 0] += Int64(waiting.count { $0.kind == .record })
        }
        for (dataflow, books) in database.content.books where books.pending != rows[dataflow] ?? 0 {
            throw violation(
                "the books of \(dataflow.uuid.low) expect \(books.pending) records, and there are \(rows[dataflow] ?? 0)"
            )
        }
    }

    // MARK: The end

    mutating func checkEnd() throws {
        try checkBooks()
        let missing = stream.missing
        if !missing.isEmpty { throw violation("\(missing.count) records have not arrived") }
        var reference = SharedContent()
        reference.paths = SharedTraffic.paths
        for attempt in log { try replay(attempt, &reference) }
        let content = database.content
        let values = Dictionary(uniqueKeysWithValues: reference.profiles.values.map { ($0.id, $0) })
        guard content.profiles.count == values.count else {
            throw violation("there are other profiles than one process makes")
        }
        for profile in content.profiles.values {
            guard let other = values[profile.id], other.revision == profile.revision, other.value == profile.value
            else {
                throw violation("profile \(profile.id.uuid) is another than one process makes")
            }
        }
        guard Set(content.marks.keys) == Set(reference.marks.keys) else {
            throw violation("there are other marks than one process leaves")
        }
        try checkEvaluated(&reference)
    }

    /// Decides in one process what a batch decided, and compares.
    private func replay(_ attempt: Attempt, _ reference: inout SharedContent) throws {
        if !attempt.leavesNoTrace {
            let plan = try decide(attempt.inputs, attempt, reference)
            guard plan.isSame(as: attempt.plan) else {
                throw violation(
                    "writer \(attempt.writer) decided otherwise than one process that decides in the order of commits"
                )
            }
        }
        reference.perform(attempt.plan, newRows: attempt.newRows)
    }

    /// Nobody is other than the catalog in force says.
    private func checkEvaluated(_ reference: inout SharedContent) throws {
        guard let definition = definitions[database.content.version], var attempt = log.last else { return }
        attempt.version = database.content.version
        for profile in reference.profiles.values.sorted(by: { $0.row < $1.row }) {
            let cause = Input.Cause.evaluation(profile.id, audiences: definition.audiences.map(\.id))
            let now = Timestamp(milliseconds: SharedTraffic.start.milliseconds + 1_000_000)
            let plan = try decide([Input(cause: cause, now: now)], attempt, reference)
            guard plan.profiles.isEmpty, plan.outbox.isEmpty else {
                throw violation("profile \(profile.id.uuid) was not evaluated by a new catalog")
            }
        }
    }

    private func decide(_ inputs: [Input], _ attempt: Attempt, _ content: SharedContent) throws -> CommitPlan {
        guard let catalog = catalogs[attempt.version] else { throw violation("there is no catalog \(attempt.version)") }
        var options = DecisionOptions()
        options.node = setup.faults.contains(.numbersOfNobody) ? 0 : Int64(attempt.writer)
        var batch = DecisionBatch(
            scope: .production,
            catalog: catalog,
            paths: content.paths,
            datasets: DatasetDictionary(names: ["crm"]),
            admission: attempt.admission,
            options: options
        )
        let (identities, profiles) = DecisionBatch.requirements(of: inputs)
        let rows = Set(identities.compactMap { content.identities[$0] } + profiles.compactMap { content.rows[$0] })
            .sorted()
        let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, $0) })
        do throws(ProfileValueError) {
            try batch.add(
                rows.compactMap { content.profiles[$0] },
                owners: identities.map { content.identities[$0].flatMap { places[$0] } },
                of: identities
            )
        } catch {
            throw violation("what was committed cannot be read: \(error)")
        }
        if content.marks.isEmpty { batch.noteNoMarks() }
        _ = batch.decide(inputs[...])
        return batch.commitPlan()
    }
}

extension CommitPlan {
    /// Whether another plan says the same of profiles and records.
    fileprivate func isSame(as other: CommitPlan) -> Bool {
        profiles.count == other.profiles.count && outbox.count == other.outbox.count
            && identities.count == other.identities.count && merges.count == other.merges.count
            && deletions.count == other.deletions.count && counters == other.counters
            && Set(marks.keys) == Set(other.marks.keys)
            && zip(outbox, other.outbox).allSatisfy { one, other in
                one.dataflow == other.dataflow && one.profile == other.profile && one.revision == other.revision
                    && one.payload == other.payload
            }
            && zip(inOrder(profiles), inOrder(other.profiles)).allSatisfy { one, other in
                one.profile.id == other.profile.id && one.profile.revision == other.profile.revision
                    && one.profile.value == other.profile.value
            }
    }

    private func inOrder(_ writes: [ProfileWrite]) -> [ProfileWrite] {
        writes.sorted { $0.profile.id.uuid < $1.profile.id.uuid }
    }
}
