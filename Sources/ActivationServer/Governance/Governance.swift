import ActivationCore
import ActivationEngine

/// Finds what dataflows do that policies forbid (BEHAVIOUR 9.4): a function of the configuration.
struct Governance {
    private let snapshot: ControlSnapshot
    /// The policies that count.
    private let policies: [UsagePolicy]
    private var audiences: [ByteKey: [FoundLabel]] = [:]
    private var mergePolicies: [ByteKey: [FoundLabel]] = [:]

    /// Fields that every message carries, mapped or not.
    static let carried: Set<[String]> = [["identityMap"], ["segmentMembership"]]

    /// Reads which policies count.
    init(_ snapshot: ControlSnapshot) {
        self.snapshot = snapshot
        policies =
            [UsagePolicy.noExport] + (snapshot.corePolicies + snapshot.customPolicies).filter { $0.status == .enabled }
    }

    /// What a dataflow does that is forbidden, policy by policy.
    mutating func violations(of flow: ControlEntry) -> [PolicyViolation] {
        let actions = Set(MarketingAction.stored(flow.body).map { ActionReference($0) })
        let policies = policies.filter { policy in
            policy.id == UsagePolicy.noExportID || policy.actions.contains { actions.contains($0) }
        }
        guard !policies.isEmpty else { return [] }
        let transformation = FlowTransformation(flow)
        let mapped = labels(ofMapped: transformation)
        var violations: [PolicyViolation] = []
        func check(_ found: [FoundLabel], _ audience: String?) {
            let labels = Set(found.map(\.label))
            for policy in policies where policy.forbids(labels, for: actions) {
                let named = Set(policy.deny.labels)
                violations.append(
                    PolicyViolation(
                        flow: flow.id,
                        flowName: flow.string("name") ?? "",
                        audience: audience,
                        policy: policy,
                        labels: found.filter { named.contains($0.label) }
                    )
                )
            }
        }
        check(mapped, nil)
        let broken = Set(violations.map(\.policy.id))
        for mappedAudience in transformation.audiences {
            let id = mappedAudience.audience.uuid.description
            check(labels(ofAudience: id) + mapped, id)
        }
        // What the mapping breaks alone is said once, not for each audience again.
        return violations.filter { $0.audience == nil || !broken.contains($0.policy.id) }
    }

    private func labels(ofMapped transformation: FlowTransformation) -> [FoundLabel] {
        guard !snapshot.placedLabels.hasNoFields else { return [] }
        let fields = transformation.attributes.map(\.path) + Governance.carried.sorted { $0[0] < $1[0] }
        return unique(
            fields.flatMap { snapshot.placedLabels.labels(at: $0) }
                .map { FoundLabel(label: $0.label, origin: .mapping(field: $0.keys)) }
        )
    }

    /// The labels of an audience: its own, those of the fields its rule and the audiences it asks for look at, and those of
    /// the data that its merge policy takes in.
    ///
    /// - Parameter id: The audience.
    /// - Returns: Each label once for each place it comes from.
    mutating func labels(ofAudience id: String) -> [FoundLabel] {
        if let known = audiences[ByteKey(id)] { return known }
        // Audiences cannot ask for each other in a circle; should a store hold one, it ends here.
        audiences[ByteKey(id)] = []
        guard let entry = snapshot.entry(.segmentDefinition, id) else { return [] }
        var found = entry.labels.map { FoundLabel(label: $0, origin: .audience(id)) }
        if let dataset = AudienceDataset(of: entry) {
            found += labels(ofDataset: dataset.id)
        } else if let rule = try? SegmentExpression(entry.body["expression"]).parsed() {
            if !snapshot.placedLabels.hasNoFields {
                found += rule.fields.flatMap { snapshot.placedLabels.labels(at: $0) }
                    .map { FoundLabel(label: $0.label, origin: .rule(field: $0.keys, audience: id)) }
            }
            for asked in SegmentDefinition(entry).map(snapshot.audiencesAsked) ?? [] {
                found += labels(ofAudience: asked.idText)
            }
        }
        found += labels(ofMergePolicy: entry.string("mergePolicyId") ?? "")
        let labels = unique(found)
        audiences[ByteKey(id)] = labels
        return labels
    }

    private func labels(ofDataset id: String) -> [FoundLabel] {
        (snapshot.placedLabels.datasets[ByteKey(id)] ?? []).map { FoundLabel(label: $0, origin: .dataset(id)) }
    }

    /// Nobody knows beforehand which dataset a field will come from, so each that is taken in counts.
    private mutating func labels(ofMergePolicy id: String) -> [FoundLabel] {
        if let known = mergePolicies[ByteKey(id)] { return known }
        guard let policy = snapshot.entry(.mergePolicy, id).flatMap({ MergePolicy($0) }) else { return [] }
        var found: [FoundLabel] = []
        switch policy.attributeMerge {
        case .dataSetPrecedence(let order): found = order.flatMap { labels(ofDataset: $0) }
        case .timestampOrdered:
            let datasets = snapshot.placedLabels.datasets.keys.map(\.string).sorted()
            found = datasets.filter { snapshot.audienceDataset($0) == nil }.flatMap { labels(ofDataset: $0) }
        }
        if policy.identityGraph != .none {
            found.append(FoundLabel(label: UsageLabel.joinedIdentities, origin: .mergePolicy(id)))
        }
        mergePolicies[ByteKey(id)] = found
        return found
    }

    private func unique(_ found: [FoundLabel]) -> [FoundLabel] {
        var seen: Set<FoundLabel> = []
        return found.filter { seen.insert($0).inserted }
    }
}

extension ControlDraft {
    /// Refuses a change by which a dataflow would break a policy that it did not break before.
    ///
    /// - Throws: `POLICY_VIOLATED`.
    func refuseViolations() throws(APIError) {
        let flows = flowsConcerned
        guard !flows.isEmpty else { return }
        var (former, present) = (Governance(before), Governance(snapshot))
        var found: [PolicyViolation] = []
        for flow in flows.compactMap({ snapshot.entry(.flow, $0) }) where flow.string("state") != FlowState.deleting {
            let violations = present.violations(of: flow)
            guard !violations.isEmpty else { continue }
            let known = Set(before.entry(.flow, flow.id).map { former.violations(of: $0).map(\.name) } ?? [])
            found += violations.filter { !known.contains($0.name) }
        }
        guard found.isEmpty else { throw APIError(violations: found, in: snapshot) }
    }

    /// The ids of the flows that may break policies by this change, the oldest first.
    private var flowsConcerned: [String] {
        var flows: Set<String> = []
        var audiences: [ControlEntry] = []
        for name in changes.map(\.name) {
            switch ControlKind(rawValue: name.kind) {
            case .flow: flows.insert(name.id)
            case .segmentDefinition: audiences += snapshot.entry(.segmentDefinition, name.id).map { [$0] } ?? []
            case .usagePolicy, .enabledPolicies, .placedLabels, .mergePolicy:
                return snapshot.entries(.flow).map(\.id)
            default: break
            }
        }
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

extension ControlChange {
    /// What it changes.
    var name: (kind: String, id: String) {
        switch self {
        case .insert(let object), .update(let object, _): (object.kind, object.id)
        case .delete(let kind, let id, _): (kind, id)
        }
    }
}
