import ActivationCore
import ActivationEngine

/// Tries a dataflow on one profile, or its target with a record that is about nobody, for the API and the console alike
/// (BEHAVIOUR 3.21).
struct DataflowTrials: Sendable {
    let dependencies: ServerDependencies

    // MARK: A dry run

    /// A dataflow tried on one profile.
    struct DryRun: Sendable {
        /// What would be sent.
        var run: ProfileDryRun
        /// The mapped audiences and how the profile stands in them; nil = it never was a member.
        var audiences: [(id: Audience.ID, name: String, status: MembershipStatus?)]
        /// What a change would call for, by its reason.
        var reasons: [(reason: String, exports: Bool, why: String)]
        /// Whether a record is sent of it when its turn comes.
        var wouldExport: Bool
    }

    /// Tries a flow on the profile that has an identity; nothing is sent.
    ///
    /// - Throws: `PROFILE_UNKNOWN`, `CONFLICT` for a flow that cannot be used, or the engine's error.
    func dryRun(_ flow: ControlEntry, for identity: Identity) async throws(APIError) -> DryRun {
        let snapshot = dependencies.control.snapshot
        guard let dataflow = snapshot.dataflow(flow) else { throw APIError(.conflict, "the flow is being deleted") }
        let engine = dependencies.engine
        let run = try await APIError.mapping { () throws(EngineError) in
            try await engine.dryRun(of: dataflow, for: identity)
        }
        guard let run else { throw APIError(.profileUnknown, "no profile has this identity") }
        let audiences = dataflow.audiences.map { mapped in
            let standings = run.standings.filter { $0.audience == mapped.audience }
            let realized = standings.first { $0.status == .realized }
            return (
                id: mapped.audience,
                name: snapshot.entry(.segmentDefinition, mapped.audience.uuid.description)?.string("name") ?? "",
                status: (realized ?? standings.first)?.status
            )
        }
        let isMember = audiences.contains { $0.status == .realized }
        let policies = Set(
            dataflow.audiences.compactMap { mapped in
                snapshot.entry(.segmentDefinition, mapped.audience.uuid.description)?.string("mergePolicyId")
            }
        )
        let linksNobody = snapshot.mergePolicies().allSatisfy { policy in
            policy.identityGraph == .none || !policies.contains(policy.id.uuid.description)
        }
        let reasons = TriggerReasons.names.filter { TriggerReasons.changes.contains($0.reason) }.map { reason, name in
            let why =
                DataflowTrials.obstacle(to: reason, dataflow, isMember: isMember)
                ?? (reason == .identity && linksNobody ? DataflowTrials.alone : nil)
            return (reason: name, exports: why == nil, why: why ?? DataflowTrials.rule(of: reason, dataflow))
        }
        return DryRun(
            run: run,
            audiences: audiences,
            reasons: reasons,
            wouldExport: dataflow.isEnabled && !run.records.isEmpty
        )
    }

    /// Why a change would call for no record; nil = it would.
    private static func obstacle(to reason: TriggerReasons, _ dataflow: Dataflow, isMember: Bool) -> String? {
        guard dataflow.isEnabled else { return "the dataflow is disabled; it makes up for that when it is enabled" }
        guard !dataflow.audiences.isEmpty else { return "no audience is mapped" }
        guard dataflow.options.triggers.contains(reason) else { return "triggers of the target leaves it out" }
        guard reason != .membership else { return nil }
        if reason == .attribute, dataflow.attributes.allSatisfy({ $0.export == .never }) {
            return dataflow.attributes.isEmpty ? "no attribute is mapped" : "exportOn of every attribute is never"
        }
        return isMember ? nil : "the profile is a member of no audience that is mapped"
    }

    private static let alone =
        "the merge policy links nobody, so an identity calls for a record only by entering an audience"

    private static func rule(of reason: TriggerReasons, _ dataflow: Dataflow) -> String {
        switch reason {
        case .membership: "entering or leaving an audience that is mapped calls for a record"
        case .identity where dataflow.options.identityNamespaces != .all:
            "an identity that joins or leaves calls for a record, if it is of a namespace that is shown"
        case .identity: "an identity that joins or leaves calls for a record"
        default:
            dataflow.attributes.contains {
                ($0.export ?? (dataflow.options.suppressesNoopAttributeUpdates ? .valueChange : .anyWrite)) == .anyWrite
            }
                ? "a write to a mapped attribute calls for a record"
                : "a write to a mapped attribute calls for a record, if its value becomes another"
        }
    }

    // MARK: A test record

    /// Writes a record that is about nobody to a flow's target, once, and keeps what came of it.
    ///
    /// - Parameters:
    ///   - flow: The flow.
    ///   - client: Who asks.
    /// - Returns: What came of it.
    /// - Throws: `1439-400`, `CONFLICT`, the store's error; what the destination answers is a result.
    func test(_ flow: ControlEntry, by client: AuthenticatedClient) async throws(APIError) -> MessageTest {
        let snapshot = dependencies.control.snapshot
        guard let target = snapshot.target(of: flow) else {
            throw APIError(.referenceUnknown, "the flow's target does not exist any more")
        }
        let id = dependencies.ids.next().description
        let now = dependencies.time.now()
        var test = MessageTest(flow: flow.id, id: id, at: now, by: client.author.name, outcome: .written(receipt: nil))
        do throws(APIError) {
            let record = TestRecord.make(id, now: now)
            let found = try await dependencies.inspectTarget(target.body, writing: record, in: snapshot)
            test.outcome = .written(receipt: found.receipt)
        } catch {
            // Below 500 the fault is in what is configured; that is told, and kept like a success.
            test.outcome = .refused(code: error.code.rawValue, message: error.detail)
        }
        let kept = test
        try await dependencies.control.write(by: client.author) { draft throws(APIError) in
            draft.enter(kept)
        }
        return test
    }
}
