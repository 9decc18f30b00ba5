import ActivationCore
import ActivationEngine

/// How changes stand in the log (docs/operate/commit-log.md).
extension LoggedChange {
    /// What kind of entry a change is.
    private enum Kind: UInt32 {
        case plan = 1
        case settlement = 2
    }

    /// Writes what an entry says.
    ///
    /// - Returns: The kind of the entry.
    func write(to writer: inout EntryWriter) -> UInt32 {
        switch self {
        case .plan(let plan):
            plan.write(to: &writer)
            return Kind.plan.rawValue
        case .settlement(let settlement):
            settlement.write(to: &writer)
            return Kind.settlement.rawValue
        }
    }

    /// Reads an entry.
    ///
    /// - Throws: `corrupt` when it cannot be what was written.
    init(kind: UInt32, bytes: [UInt8]) throws(StorageError) {
        var reader = EntryReader(bytes)
        switch Kind(rawValue: kind) {
        case .plan: self = .plan(try LoggedPlan(&reader))
        case .settlement: self = .settlement(try LoggedSettlement(&reader))
        case nil:
            throw StorageError(.corrupt, "the commit log holds an entry of a newer version; run the newer program")
        }
        guard reader.isAtEnd else { throw EntryReader.damaged }
    }
}

extension LoggedPlan {
    fileprivate func write(to writer: inout EntryWriter) {
        writer.write(plan.scope.rawValue)
        writer.write(plan.admission?.instant.milliseconds)
        writer.write(plan.admission?.sequence.rawValue ?? 0)
        writer.write(registered) { writer, registration in
            writer.write(registration.dataflow.uuid)
            writer.write(registration.number)
        }
        writer.write(plan.paths) { writer, path in
            writer.write(path.id.rawValue)
            writer.write(path.parent.rawValue)
            writer.write(path.name)
        }
        writer.write(plan.datasets) { writer, dataset in
            writer.write(dataset.id)
            writer.write(dataset.name)
        }
        writer.write(plan.profiles) { writer, write in writer.write(write) }
        writer.write(plan.identities) { writer, write in
            writer.write(write.identity.namespace)
            writer.write(write.identity.value)
            writer.write(write.profile != nil)
            if let profile = write.profile { writer.write(profile.uuid) }
        }
        writer.write(plan.events) { writer, event in
            writer.write(event.profile.uuid)
            writer.write(event.id)
            writer.write(event.timestamp.milliseconds)
            writer.write(event.dataset)
            writer.write(event.body)
        }
        writer.write(plan.outbox) { writer, row in writer.write(row) }
        writer.write(plan.counters) { writer, books in
            writer.write(books.key.uuid)
            writer.write(books.value)
        }
        writer.write(plan.audienceBooks) { writer, books in
            writer.write(books.key.uuid)
            writer.write(books.value)
        }
        writer.write(plan.memberCounters) { writer, counters in
            writer.write(counters.key.uuid)
            writer.write(counters.value.entered)
            writer.write(counters.value.exited)
        }
        writer.write(plan.backfills) { writer, progress in
            writer.write(progress.key.uuid)
            writer.write(progress.value.row)
            writer.write(progress.value.records)
            writer.write(progress.value.orderedAt?.milliseconds)
        }
        writer.write(plan.uploads) { writer, progress in
            writer.write(progress.key)
            writer.write(progress.value.line)
            writer.write(progress.value.accepted)
            writer.write(progress.value.made)
        }
    }

    fileprivate init(_ reader: inout EntryReader) throws(StorageError) {
        plan = CommitPlan(scope: Scope(rawValue: try reader.number()))
        let instant = try reader.flag() ? try reader.instant() : nil
        let sequence = AdmissionSequence(rawValue: try reader.number())
        guard sequence.isPlausible else { throw EntryReader.damaged }
        plan.admission = instant.map { AdmissionMark(instant: $0, sequence: sequence) }
        registered = try reader.list { (reader) throws(StorageError) in
            Registration(dataflow: Dataflow.ID(uuid: try reader.id()), number: try reader.number())
        }
        plan.paths = try reader.list { (reader) throws(StorageError) in
            CommitPlan.PathWrite(
                id: PathID(rawValue: try reader.number()),
                parent: PathID(rawValue: try reader.number()),
                name: try reader.value()
            )
        }
        plan.datasets = try reader.list { (reader) throws(StorageError) in
            CommitPlan.DatasetWrite(id: try reader.number(), name: try reader.text())
        }
        plan.profiles = try reader.list { (reader) throws(StorageError) in try reader.profileWrite() }
        plan.identities = try reader.list { (reader) throws(StorageError) in
            CommitPlan.IdentityWrite(
                identity: Identity(namespace: try reader.text(), value: try reader.text()),
                profile: try reader.flag() ? Profile.ID(uuid: try reader.id()) : nil
            )
        }
        plan.events = try reader.list { (reader) throws(StorageError) in
            CommitPlan.EventWrite(
                profile: Profile.ID(uuid: try reader.id()),
                id: try reader.text(),
                timestamp: Timestamp(milliseconds: try reader.number()),
                dataset: try reader.number(),
                body: try reader.value()
            )
        }
        plan.outbox = try reader.list { (reader) throws(StorageError) in try reader.outboxRow() }
        for (id, counters) in try reader.list({ (reader) throws(StorageError) in
            (Dataflow.ID(uuid: try reader.id()), try reader.counters())
        }) { plan.counters[id] = counters }
        for (id, books) in try reader.list({ (reader) throws(StorageError) in
            (Dataflow.ID(uuid: try reader.id()), try reader.audienceBooks())
        }) { plan.audienceBooks[id] = books }
        for (id, counters) in try reader.list({ (reader) throws(StorageError) in
            (
                Audience.ID(uuid: try reader.id()),
                MemberCounters(entered: try reader.count(), exited: try reader.count())
            )
        }) { plan.memberCounters[id] = counters }
        for (id, progress) in try reader.list({ (reader) throws(StorageError) in
            (
                Backfill.ID(uuid: try reader.id()),
                CommitPlan.BackfillProgress(
                    row: try reader.number(),
                    records: try reader.number(),
                    orderedAt: try reader.optionalNumber().map { Timestamp(milliseconds: $0) }
                )
            )
        }) { plan.backfills[id] = progress }
        for (id, progress) in try reader.list({ (reader) throws(StorageError) in
            (
                try reader.id(),
                CommitPlan.UploadProgress(
                    line: try reader.number(),
                    accepted: try reader.number(),
                    made: try reader.number()
                )
            )
        }) { plan.uploads[id] = progress }
    }
}

extension LoggedSettlement {
    fileprivate func write(to writer: inout EntryWriter) {
        writer.write(dataflow.uuid)
        writer.write(at?.milliseconds)
        writer.write(deliveries) { writer, delivery in
            writer.write(delivery.row)
            writer.write(delivery.profile.uuid)
            writer.write(delivery.revision)
            writer.write(delivery.receipt != nil)
            if let receipt = delivery.receipt {
                writer.write(receipt.text)
                writer.write(receipt.at.milliseconds)
            }
            writer.write(delivery.audiences) { writer, audience in writer.write(audience.uuid) }
        }
    }

    fileprivate init(_ reader: inout EntryReader) throws(StorageError) {
        dataflow = Dataflow.ID(uuid: try reader.id())
        at = try reader.flag() ? try reader.instant() : nil
        deliveries = try reader.list { (reader) throws(StorageError) in
            Delivery(
                row: try reader.row(),
                profile: Profile.ID(uuid: try reader.id()),
                revision: try reader.number(),
                receipt: try reader.flag()
                    ? OutboxSettlement.Receipt(
                        text: try reader.text(),
                        at: try reader.instant()
                    ) : nil,
                audiences: try reader.audiences()
            )
        }
    }
}

extension EntryWriter {
    fileprivate mutating func write(_ write: CommitPlan.ProfileWrite) {
        self.write(write.profile.row)
        self.write(write.profile.id.uuid)
        self.write(write.expectedRevision)
        self.write(write.profile.revision)
        self.write(write.profile.due?.milliseconds)
        self.write(write.profile.value)
    }

    fileprivate mutating func write(_ row: OutboxRow) {
        write(row.row)
        write(row.dataflow.uuid)
        write(row.profile.uuid)
        write(row.mergePolicy.uuid)
        write(row.revision)
        write(row.lane.rawValue)
        write(Int64(row.reasons.rawValue))
        write(row.admittedAt.milliseconds)
        write(row.partitionKey)
        write(row.audiences) { writer, audience in writer.write(audience.uuid) }
        write(row.payload)
    }

    fileprivate mutating func write(_ counters: DataflowCounters) {
        for count in [
            counters.triggered, counters.delivered, counters.superseded, counters.suppressedDisabled,
            counters.suppressedDeleted, counters.parked, counters.replayed, counters.discarded, counters.erased,
        ] { write(count) }
    }

    fileprivate mutating func write(_ books: AudienceBooks) {
        write(books.told)
        write(books.audiences) { writer, audience in
            writer.write(audience.key.uuid)
            writer.write(audience.value)
        }
    }
}

extension EntryReader {
    fileprivate mutating func profileWrite() throws(StorageError) -> CommitPlan.ProfileWrite {
        let (row, id) = (try self.row(), try self.id())
        let expected: Int64 = try number()
        let revision: Int64 = try number()
        let due = try optionalNumber()
        return CommitPlan.ProfileWrite(
            profile: StoredProfile(
                row: row,
                id: Profile.ID(uuid: id),
                revision: revision,
                value: try value(),
                due: due.map { Timestamp(milliseconds: $0) }
            ),
            expectedRevision: expected
        )
    }

    fileprivate mutating func outboxRow() throws(StorageError) -> OutboxRow {
        let row = try self.row()
        let (dataflow, profile, policy) = (try id(), try id(), try id())
        let revision: Int64 = try number()
        guard let lane = OutboxLane(rawValue: try number()),
            let reasons = TriggerReasons.RawValue(exactly: try number() as Int64)
        else { throw EntryReader.damaged }
        let admittedAt: Int64 = try number()
        let partitionKey = try text()
        let audiences = try audiences()
        var record = OutboxRow(
            row: row,
            dataflow: Dataflow.ID(uuid: dataflow),
            profile: Profile.ID(uuid: profile),
            mergePolicy: MergePolicy.ID(uuid: policy),
            revision: revision,
            lane: lane,
            reasons: TriggerReasons(rawValue: reasons),
            partitionKey: partitionKey,
            payload: try value(),
            admittedAt: Timestamp(milliseconds: admittedAt)
        )
        record.audiences = audiences
        return record
    }

    fileprivate mutating func audiences() throws(StorageError) -> [Audience.ID] {
        try list { (reader) throws(StorageError) in Audience.ID(uuid: try reader.id()) }
    }

    fileprivate mutating func counters() throws(StorageError) -> DataflowCounters {
        DataflowCounters(
            triggered: try count(),
            delivered: try count(),
            superseded: try count(),
            suppressedDisabled: try count(),
            suppressedDeleted: try count(),
            parked: try count(),
            replayed: try count(),
            discarded: try count(),
            erased: try count()
        )
    }

    fileprivate mutating func audienceBooks() throws(StorageError) -> AudienceBooks {
        let told = try counters()
        var books = AudienceBooks(told: told)
        for (audience, counters) in try list({ (reader) throws(StorageError) in
            (Audience.ID(uuid: try reader.id()), try reader.counters())
        }) { books.audiences[audience] = counters }
        return books
    }
}
