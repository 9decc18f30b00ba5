public import ActivationCore

/// What became of the last changes of a profile at one dataflow (BEHAVIOUR 5.11).
public struct ExportExplanation: Sendable {
    /// A record that a change called for.
    public struct Record: Sendable, Hashable {
        /// Where it is.
        public enum State: Sendable, Hashable {
            /// It is to be sent.
            case waiting
            /// The destination refused it for good.
            case parked(code: String, at: Timestamp)
            /// The destination has acknowledged it.
            case delivered(receipt: String, at: Timestamp)
        }

        /// ``OutboxRow/row``.
        public var row: Int64
        /// The profile's revision that it shows.
        public var revision: Int64
        /// Why it was made; nil where that is not kept.
        public var reasons: TriggerReasons?
        /// Where it is.
        public var state: State
    }

    /// One change.
    public struct Change: Sendable {
        /// What it was, and what it meant.
        public var replayed: ReplayedChange
        /// The dataflow's records of it, by row.
        public var records: [Record]
    }

    /// The profile.
    public var profile: Profile.ID
    /// As of when.
    public var instant: Timestamp
    /// The changes, the last one first.
    public var changes: [Change]
    /// Whether no earlier change is missing.
    public var isComplete: Bool
    /// What the dataflow, which is or was disabled, has left undone and will make up for.
    public var leftUndone: TriggerReasons
}

extension Engine {
    /// Records that are read at a time.
    private static let recordsStep = 1_000

    /// What became of the last changes of the profile that has an identity at a dataflow.
    ///
    /// It applies change detection once more to what is stored, as the dataflow is configured now, and tells of the records
    /// that there are. It only reads. Calls may overlap.
    ///
    /// - Parameters:
    ///   - identity: Whose profile.
    ///   - dataflow: The dataflow.
    /// - Returns: The explanation; nil when nobody has the identity.
    /// - Throws: `invalidCatalog` when the dataflow is not in use, or the storage's error.
    public func explainExports(
        of identity: Identity,
        by dataflow: Dataflow.ID
    ) async throws(EngineError) -> ExportExplanation? {
        let definition = pipeline.current.definition
        guard let flow = definition.dataflows.first(where: { $0.id == dataflow }) else {
            throw EngineError(.invalidCatalog, "the dataflow is not in use")
        }
        do {
            var request = LoadRequest(scope: scope)
            request.identities = [identity]
            guard let stored = try await storage.load(request).profiles.first else { return nil }
            // Those of the storage know the profile for certain, and it is a question of one person's.
            let (paths, datasets) = try await StoredDictionaries.read(scope: scope, from: storage)
            let changes = try stored.changes(seenBy: flow, in: definition, paths: paths, datasets: datasets)
            let records = try await records(of: stored.id, at: dataflow, since: changes.first?.change)
            let marks = try await storage.marks(of: stored.id, scope: scope)
            return ExportExplanation(
                profile: stored.id,
                instant: time.now(),
                changes: changes.reversed().map {
                    ExportExplanation.Change(replayed: $0, records: records[$0.change.revision] ?? [])
                },
                isComplete: changes.first.map { $0.change.kinds.contains(.created) } ?? false,
                leftUndone: marks.filter { $0.key.dataflow == dataflow }
                    .reduce(into: TriggerReasons()) { $0.formUnion($1.reasons) }
            )
        } catch let error as StorageError {
            throw EngineError(error)
        } catch let error as ProfileValueError {
            throw EngineError(.incomplete, "a profile cannot be read: \(error)")
        } catch {
            throw EngineError(.invalidCatalog, "the dataflow cannot be used as it is configured: \(error)")
        }
    }

    /// A dataflow's records of a profile from a change on, by revision.
    ///
    /// They are read in the order of the way that a record goes, so that one that moves on meanwhile is found.
    private func records(
        of profile: Profile.ID,
        at dataflow: Dataflow.ID,
        since first: TracedChange?
    ) async throws(StorageError) -> [Int64: [ExportExplanation.Record]] {
        guard let first else { return [:] }
        var found: [Int64: ExportExplanation.Record] = [:]
        var request = RecordsRequest(
            profile: profile,
            scope: scope,
            after: 0,
            limit: Self.recordsStep,
            bytesMax: 4 << 20
        )
        while let last = try await noteWaiting(request, of: dataflow, in: &found) { request.after = last }
        request.after = 0
        while let last = try await noteParked(request, of: dataflow, in: &found) { request.after = last }
        // Nothing is delivered before it was admitted, but admission never goes back and the clock may have been set back.
        var after = (instant: Timestamp(milliseconds: first.at.milliseconds &- 3_600_000), row: Int64(0))
        while true {
            let some = try await storage.deliveries(
                of: profile,
                scope: scope,
                after: after,
                limit: Self.recordsStep
            )
            guard let last = some.last else { break }
            after = (last.deliveredAt, last.row)
            for delivery in some where delivery.dataflow == dataflow {
                let reasons = found[delivery.row]?.reasons
                found[delivery.row] = ExportExplanation.Record(
                    row: delivery.row,
                    revision: delivery.revision,
                    reasons: reasons,
                    state: .delivered(receipt: delivery.receipt, at: delivery.deliveredAt)
                )
            }
        }
        return Dictionary(grouping: found.values.sorted { $0.row < $1.row }, by: \.revision)
    }

    private func noteWaiting(
        _ request: RecordsRequest,
        of dataflow: Dataflow.ID,
        in found: inout [Int64: ExportExplanation.Record]
    ) async throws(StorageError) -> Int64? {
        let rows = try await storage.waitingRecords(request)
        for row in rows where row.dataflow == dataflow { found[row.row] = .init(row, .waiting) }
        return rows.last?.row
    }

    private func noteParked(
        _ request: RecordsRequest,
        of dataflow: Dataflow.ID,
        in found: inout [Int64: ExportExplanation.Record]
    ) async throws(StorageError) -> Int64? {
        let letters = try await storage.deadLetters(request)
        for letter in letters where letter.record.dataflow == dataflow {
            found[letter.record.row] = .init(letter.record, .parked(code: letter.code, at: letter.parkedAt))
        }
        return letters.last?.record.row
    }
}

extension ExportExplanation.Record {
    fileprivate init(_ row: OutboxRow, _ state: State) {
        self.init(row: row.row, revision: row.revision, reasons: row.reasons, state: state)
    }
}
