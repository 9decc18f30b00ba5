import ActivationCore

extension SimulatedHistory {
    /// Datasets in an order, of which one may be missing and one may never have been heard of; nil = the latest wins.
    mutating func order() -> [String]? {
        random.pick([
            nil, ["crm", "web"], ["web", "crm", "app"], ["app"], ["nobody", "web"], ["app", "set 1", "crm"],
        ])
    }

    /// Another rule of a policy, another default, or another policy of one audience (BEHAVIOUR 4.4).
    mutating func changePolicies(_ change: inout SimulatedChange) {
        let policy = random.number(0..<catalog.policies.count)
        let id = catalog.policies[policy].id
        switch random.number(0..<3) {
        case 0:
            change.catalog.policies[policy].order = order()
            change.catalog.policies[policy].changedAt = max(clock, catalog.policies[policy].changedAt ?? 0) + 1
            change.evaluated = catalog.audiences.filter { $0.policy == id }.map(\.rule)
        case 1:
            // The audiences of the former default move along.
            change.catalog.policies.swapAt(0, policy)
            move(catalog.audiences.filter { $0.policy == catalog.policies[0].id }.map(\.rule), to: id, &change)
        default: move([random.pick(catalog.audiences).rule], to: id, &change)
        }
    }

    private func move(_ rules: [ReferenceAudience.Rule], to policy: MergePolicy.ID, _ change: inout SimulatedChange) {
        for place in change.catalog.audiences.indices where rules.contains(change.catalog.audiences[place].rule) {
            change.catalog.audiences[place].policy = policy
            change.catalog.audiences[place].updatedAt = clock
        }
        change.evaluated = rules
    }
}
