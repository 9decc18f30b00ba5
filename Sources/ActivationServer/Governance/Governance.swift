import ActivationCore
import ActivationEngine

/// Finds what dataflows do that policies forbid (BEHAVIOUR 9.4): a function of the configuration.
struct Governance {
    private let snapshot: ControlSnapshot
    /// The policies that count.
    private let policies: [UsagePolicy]
    private var audiences: [ByteKey: Part] = [:]
    private var allDatasets: [FoundLabel]?
    /// The instant; what has ended by then has no labels any more.
    private let instant: Timestamp

    /// Fields that every message carries, mapped or not.
    static let carried: Set<[String]> = [["identityMap"], ["segmentMembership"]]

    /// Reads which policies count.
    init(_ snapshot: ControlSnapshot, at instant: Timestamp) {
        self.snapshot = snapshot
        self.instant = instant
        policies =
            [UsagePolicy.noExport]
            + (snapshot.corePolicies + snapshot.customPolicies).filter { $0.status == .enabled && $0.deny != nil }
    }

    /// What a dataflow does that is forbidden, policy by policy.
    mutating func violations(of flow: ControlEntry) -> [PolicyViolation] {
        let actions = Set(MarketingAction.stored(flow.body).map { ActionReference($0) })
        let policies = policies.filter { policy in
            policy.id == UsagePolicy.noExportID || policy.actions.contains { actions.contains($0) }
        }
        guard !policies.isEmpty else { return [] }
        let transformation = FlowTransformation(flow)
        let mapped = labels(ofMapped: flow)
        var violations: [PolicyViolation] = []
        func check(_ found: [FoundLabel], _ audience: String?) {
            let labels = Set(found.map(\.label))
            for policy in policies where policy.forbids(labels, for: actions) {
                let named = Set(policy.deny?.labels ?? [])
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
        for mappedAudience in transformation.audiences {
            let id = mappedAudience.audience.uuid.description
            check(labels(ofAudience: id) + mapped, id)
        }
        return violations
    }

    private func labels(ofMapped flow: ControlEntry) -> [FoundLabel] {
        guard !snapshot.placedLabels.hasNoFields else { return [] }
        let fields = snapshot.fieldsCarried(by: flow)
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
        var found: [FoundLabel] = []
        var left = [id]
        var reached: Set<ByteKey> = [ByteKey(id)]
        // However long a chain of audiences is that ask for each other, nothing here grows with it but the list.
        while let audience = left.popLast() {
            let part = part(ofAudience: audience)
            found += part.labels
            for asked in part.asked where reached.insert(ByteKey(asked)).inserted { left.append(asked) }
        }
        return unique(found)
    }

    /// What an audience has of itself, and the audiences that its rule asks for.
    private struct Part {
        var labels: [FoundLabel] = []
        var asked: [String] = []
    }

    private mutating func part(ofAudience id: String) -> Part {
        if let known = audiences[ByteKey(id)] { return known }
        var part = Part()
        defer { audiences[ByteKey(id)] = part }
        guard let entry = snapshot.entry(.segmentDefinition, id) else { return part }
        part.labels = snapshot.usageLabels(of: entry).map { FoundLabel(label: $0, origin: .audience(id)) }
        var readsEvents = false
        if let dataset = AudienceDataset(of: entry) {
            part.labels += labels(ofDataset: dataset.id)
        } else if let rule = try? SegmentExpression(entry.body["expression"]).parsed() {
            let read = rule.fieldsRead
            let fields = read.fields
            readsEvents = read.readsEvents
            part.labels += fields.flatMap { snapshot.placedLabels.labels(at: $0) }
                .map { FoundLabel(label: $0.label, origin: .rule(field: $0.keys, audience: id)) }
            part.asked =
                (SegmentDefinition(entry).map(snapshot.audiencesAsked) ?? []).map(\.idText)
                + asked(throughMemberships: fields)
        }
        part.labels += labels(ofMergePolicy: entry.string("mergePolicyId") ?? "", withEvents: readsEvents)
        return part
    }

    /// The audiences whose memberships fields hold: those of the keys, or all where nobody can say which.
    private func asked(throughMemberships fields: [[String]]) -> [String] {
        let memberships = fields.filter { $0.isEmpty || $0[0] == "segmentMembership" }
        guard memberships.allSatisfy({ $0.count > 2 }) else { return snapshot.entries(.segmentDefinition).map(\.id) }
        return memberships.map { $0[2] }
    }

    private func labels(ofDataset id: String) -> [FoundLabel] {
        guard !snapshot.hasEnded(dataset: id, at: instant) else { return [] }
        return (snapshot.placedLabels.datasets[ByteKey(id)] ?? []).map { FoundLabel(label: $0, origin: .dataset(id)) }
    }

    /// Nobody knows beforehand which dataset a field will come from, so each that is taken in counts; events come from all.
    private mutating func labels(ofMergePolicy id: String, withEvents: Bool) -> [FoundLabel] {
        guard let policy = snapshot.entry(.mergePolicy, id).flatMap({ MergePolicy($0) }) else { return [] }
        var found: [FoundLabel]
        switch policy.attributeMerge {
        case .dataSetPrecedence(let order) where !withEvents: found = order.flatMap { labels(ofDataset: $0) }
        case .dataSetPrecedence, .timestampOrdered: found = labelsOfAllDatasets()
        }
        if policy.identityGraph != .none {
            found.append(FoundLabel(label: UsageLabel.joinedIdentities, origin: .mergePolicy(id)))
        }
        return found
    }

    /// Those of external audiences hold members and are none of profiles' data.
    private mutating func labelsOfAllDatasets() -> [FoundLabel] {
        if let allDatasets { return allDatasets }
        let datasets = snapshot.placedLabels.datasets.keys.map(\.string).sorted()
        let found = datasets.filter { snapshot.entry(.dataset, $0) != nil }.flatMap { labels(ofDataset: $0) }
        allDatasets = found
        return found
    }

    private func unique(_ found: [FoundLabel]) -> [FoundLabel] {
        var seen: Set<FoundLabel> = []
        return found.filter { seen.insert($0).inserted }
    }
}

extension ControlSnapshot {
    /// The fields that records of a dataflow carry: those that are mapped, the one that is its partition key, and those that every
    /// message has.
    func fieldsCarried(by flow: ControlEntry) -> [[String]] {
        var fields = FlowTransformation(flow).attributes.map(\.path) + Governance.carried.sorted { $0[0] < $1[0] }
        if case .attribute(let path)? = dataflow(flow)?.options.partitionKey { fields.append(path) }
        return fields
    }

    /// The dataflows that stand on a connection, a target or an account, or that a backfill is of.
    func flows(behind kind: ControlKind, _ id: String) -> [ControlEntry] {
        let name = ControlName(kind, id)
        switch kind {
        case .targetConnection, .sourceConnection: return entries(.flow, using: name)
        case .connection:
            return entries(.targetConnection, using: name).flatMap { flows(behind: .targetConnection, $0.id) }
        case .backfill: return entry(kind, id)?.string("dataflowId").flatMap { entry(.flow, $0) }.map { [$0] } ?? []
        default: return []
        }
    }
}
