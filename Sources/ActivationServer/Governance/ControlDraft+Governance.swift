import ActivationCore
import ActivationEngine

extension ControlDraft {
    /// Refuses a change by which a dataflow would break a policy that it did not break before.
    ///
    /// - Throws: `POLICY_VIOLATED`.
    func refuseViolations() throws(APIError) {
        let found = newViolations
        guard found.isEmpty else { throw APIError(violations: found, in: snapshot) }
    }

    /// What dataflows would do that policies forbid and that they do not do already.
    var newViolations: [PolicyViolation] {
        let flows = flowsConcerned
        guard !flows.isEmpty else { return [] }
        var (former, present) = (Governance(before, at: instant), Governance(snapshot, at: instant))
        var found: [PolicyViolation] = []
        for flow in flows.compactMap({ snapshot.entry(.flow, $0) }) where flow.string("state") != FlowState.deleting {
            let violations = present.violations(of: flow)
            guard !violations.isEmpty else { continue }
            let known = Set(before.entry(.flow, flow.id).map { former.violations(of: $0).map(\.name) } ?? [])
            found += violations.filter { !known.contains($0.name) }
        }
        return found
    }

    /// The ids of the flows that may break policies by this change, the oldest first.
    private var flowsConcerned: [String] {
        var flows: Set<String> = []
        var audiences: [ControlEntry] = []
        for name in changes.map(\.name) {
            switch ControlKind(rawValue: name.kind) {
            case .flow: flows.insert(name.id)
            case .targetConnection:
                // The target says whose attribute is the partition key.
                flows.formUnion(snapshot.flows(behind: .targetConnection, name.id).map(\.id))
            case .segmentDefinition: audiences += snapshot.entry(.segmentDefinition, name.id).map { [$0] } ?? []
            case .usagePolicy, .enabledPolicies, .placedLabels, .mergePolicy:
                return snapshot.entries(.flow).map(\.id)
            default: break
            }
        }
        // Who looks at memberships asks for others too, by no list that is kept.
        if !audiences.isEmpty { audiences += snapshot.entries(.segmentDefinition).filter(\.looksAtMemberships) }
        var seen = Set(audiences.map(\.id))
        while let audience = audiences.popLast().flatMap(SegmentDefinition.init) {
            flows.formUnion(snapshot.flowsMapping(audience: audience.id).map(\.id))
            for asking in snapshot.definitionsAsking(for: audience) where seen.insert(asking.idText).inserted {
                audiences += snapshot.entry(.segmentDefinition, asking.idText).map { [$0] } ?? []
            }
        }
        guard !flows.isEmpty else { return [] }
        return snapshot.entries(.flow).map(\.id).filter(flows.contains)
    }
}

extension ControlEntry {
    /// Whether an audience's rule may look at memberships, or at everything, otherwise than by `inSegment`.
    fileprivate var looksAtMemberships: Bool {
        let text = body["expression"]?["value"]?.string ?? ""
        return ["segmentMembership", "$1", "this", "=>"].contains { text.contains($0) }
    }
}

extension ControlChange {
    /// What it changes.
    var name: (kind: String, id: String) {
        switch self {
        case .insert(let object), .update(let object, _): (object.kind, object.id)
        case .delete(let kind, let id, _): (kind, id)
        }
    }
}
