import ActivationCore

extension SimulatedHistory {
    /// A dataflow asks for consent, for another one, or for none any more (BEHAVIOUR 9.5).
    mutating func changeConsent(_ change: inout SimulatedChange) {
        let flow = random.pick(change.catalog.flows).id
        let policies = change.catalog.policies.filter { !$0.linksNobody }.map(\.id)
        guard !policies.isEmpty else { return }
        if change.catalog.consents[flow] == nil { noteMappingsBefore(flow, &change) }
        change.catalog.consents[flow] = ReferenceConsent(
            rule: random.pick(ReferenceConsent.Rule.allCases + [.didNotSayNo]),
            policy: random.pick(policies),
            askedSince: change.catalog.consents[flow]?.askedSince ?? clock,
            changedAt: clock
        )
        change.asked.append(flow)
    }

    /// Notes which audiences were mapped before a dataflow begins to ask, in the same second.
    private func noteMappingsBefore(_ flow: Dataflow.ID, _ change: inout SimulatedChange) {
        let known = catalog.flows.first { $0.id == flow }?.mappings.map(\.audience) ?? []
        for index in change.catalog.flows.indices where change.catalog.flows[index].id == flow {
            for mapping in change.catalog.flows[index].mappings.indices {
                let mapped = change.catalog.flows[index].mappings[mapping]
                change.catalog.flows[index].mappings[mapping].precedesConsent =
                    mapped.createdAt / 1_000 == clock / 1_000 && known.contains(mapped.audience)
            }
        }
    }

    /// What dataflows ask for goes with them, and is read by policies that link identities.
    mutating func keepConsents(_ change: inout SimulatedChange) {
        let flows = Set(change.catalog.flows.map(\.id))
        change.catalog.consents = change.catalog.consents.filter { flows.contains($0.key) }
        let policies = change.catalog.policies.filter { !$0.linksNobody }
        guard let other = policies.first else {
            // Nobody could be asked.
            change = SimulatedChange(catalog: catalog)
            return
        }
        for (flow, consent) in change.catalog.consents.sorted(by: { $0.key.uuid < $1.key.uuid }) {
            let isOther = change.catalog.policy(consent.policy).changedAt != catalog.policy(consent.policy).changedAt
            if change.catalog.policy(consent.policy).linksNobody {
                change.catalog.consents[flow]?.policy = other.id
                change.catalog.consents[flow]?.changedAt = clock
            } else if !isOther {
                continue
            }
            if !change.asked.contains(flow) { change.asked.append(flow) }
        }
    }
}
