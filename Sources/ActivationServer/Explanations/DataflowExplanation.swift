import ActivationCore
import ActivationEngine

/// What a dataflow made of each of the last changes of a person, and why (BEHAVIOUR 5.11).
struct DataflowExplanation: Sendable {
    /// What became of a change.
    enum Outcome: String, Sendable, CaseIterable {
        /// The destination has acknowledged all records of it.
        case delivered
        /// A record of it is to be sent.
        case waiting
        /// The destination refused a record of it for good.
        case parked
        /// It called for a record, but the dataflow was disabled.
        case disabled
        /// Nothing in it calls for a record.
        case notCalled
        /// The dataflow did not exist yet.
        case beforeDataflow
        /// As the dataflow is now it would call for a record, and none is known.
        case unknown
    }

    /// One change.
    struct Change: Sendable {
        /// What it was, what it meant and its records.
        var found: ExportExplanation.Change
        /// What became of it.
        var outcome: Outcome
        /// What each part of it meant, by merge policy.
        var replays: [ChangeReplay]
        /// When the dataflow was changed after it for the first time; nil = it is as it was.
        var changedAt: Timestamp?

        /// Why there are records; of delivered ones that is worked out.
        var reasons: TriggerReasons {
            guard !found.records.isEmpty else { return [] }
            let known = found.records.compactMap(\.reasons)
            if known.count == found.records.count { return known.reduce(into: []) { $0.formUnion($1) } }
            let certain = replays.reduce(into: TriggerReasons()) { $0.formUnion($1.reasons) }
            return certain.isEmpty ? replays.reduce(into: []) { $0.formUnion($1.possibleReasons) } : certain
        }
    }

    /// The dataflow.
    let flow: ControlEntry
    /// What is stored.
    let found: ExportExplanation
    /// The changes, the last one first.
    let changes: [Change]

    /// Explains a dataflow's records of a person; nil when nobody has the identity.
    ///
    /// - Parameters:
    ///   - identity: Whose records.
    ///   - flow: The dataflow.
    ///   - limit: Changes at most.
    ///   - dependencies: The server's parts.
    /// - Throws: The engine's error.
    init?(
        of identity: Identity,
        by flow: ControlEntry,
        limit: Int = .max,
        _ dependencies: ServerDependencies
    ) async throws(APIError) {
        guard let uuid = UUIDBytes(flow.id) else { return nil }
        let found = try await APIError.mapping { () throws(EngineError) in
            try await dependencies.engine.explainExports(of: identity, by: Dataflow.ID(uuid: uuid))
        }
        guard let found else { return nil }
        let oldest = found.changes.last?.replayed.change.at
        let past = try await DataflowPast(of: flow, since: oldest, dependencies.control)
        self.flow = flow
        self.found = found
        changes = found.changes.prefix(limit).map { Change($0, past) }
    }
}

extension DataflowExplanation.Change {
    fileprivate init(_ found: ExportExplanation.Change, _ past: DataflowPast) {
        let at = found.replayed.change.at
        self.found = found
        changedAt = past.changed(after: at)
        replays = found.replayed.replays
        outcome = .notCalled
        guard found.records.isEmpty else {
            let states = found.records.map(\.state)
            let isParked = states.contains { if case .parked = $0 { true } else { false } }
            outcome = isParked ? .parked : states.contains(.waiting) ? .waiting : .delivered
            return
        }
        let mayCall = replays.contains { !$0.reasons.isEmpty || !$0.possibleReasons.isEmpty }
        if at < past.createdAt {
            outcome = .beforeDataflow
        } else if mayCall, !past.wasEnabled(at: at) {
            outcome = .disabled
        } else if replays.contains(where: { !$0.reasons.isEmpty }) || mayCall && changedAt != nil {
            outcome = .unknown
        } else {
            replays = replays.map(\.withoutRecord)
        }
    }
}
