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
        switch random.number(0..<4) {
        case 0:
            change.catalog.policies[policy].order = order()
            change.catalog.policies[policy].changedAt = max(clock, catalog.policies[policy].changedAt ?? 0) + 1
            change.evaluated = catalog.audiences.filter { $0.policy == id }.map(\.rule)
        case 1:
            // The audiences of the former default move along.
            change.catalog.policies.swapAt(0, policy)
            change.move(catalog.audiences.filter { $0.policy == catalog.policies[0].id }.map(\.rule), to: id, at: clock)
        case 2: change.move([random.pick(catalog.audiences).rule], to: id, at: clock)
        default:
            change.catalog.policies[policy].linksNobody.toggle()
            change.catalog.policies[policy].changedAt = max(clock, catalog.policies[policy].changedAt ?? 0) + 1
            change.evaluated = catalog.audiences.filter { $0.policy == id }.map(\.rule)
            change.keepCirclesTogether(in: id, at: clock)
        }
    }

    /// Spreads audiences over policies that link nobody too.
    mutating func spreadAudiences(_ catalog: inout ReferenceCatalog) {
        var change = SimulatedChange(catalog: catalog)
        for rule in ReferenceAudience.Rule.allCases where random.oneIn(4) {
            change.move([rule], to: random.pick(catalog.policies).id, at: clock)
        }
        for (place, audience) in catalog.audiences.enumerated() {
            change.catalog.audiences[place].updatedAt = audience.updatedAt
        }
        catalog = change.catalog
    }
}

extension SimulatedChange {
    /// Gives audiences another policy.
    mutating func move(_ rules: [ReferenceAudience.Rule], to policy: MergePolicy.ID, at instant: Int64) {
        for place in catalog.audiences.indices where rules.contains(catalog.audiences[place].rule) {
            catalog.audiences[place].policy = policy
            catalog.audiences[place].updatedAt = instant
        }
        evaluated += rules.filter { !evaluated.contains($0) }
        keepCirclesTogether(in: policy, at: instant)
    }

    /// Audiences that ask for each other come along to a policy which, unlike theirs, links identities or does not
    /// (BEHAVIOUR 4.4).
    mutating func keepCirclesTogether(in policy: MergePolicy.ID, at instant: Int64) {
        let linksNobody = catalog.policy(policy).linksNobody
        for circle in ReferenceAudience.Rule.circles {
            let members = catalog.audiences.filter { circle.contains($0.rule) }
            guard members.contains(where: { $0.policy == policy }) else { continue }
            let others = members.filter { catalog.isOfSingles($0) != linksNobody }.map(\.rule)
            if !others.isEmpty { move(others, to: policy, at: instant) }
        }
    }
}
