import ActivationCore

extension ControlDraft {
    /// Has each dataflow ask for the consent that the enabled policies about its marketing actions want (BEHAVIOUR 9.5).
    ///
    /// - Throws: `CONFLICT` when one asks and no merge policy joins identities.
    mutating func followConsent() throws(APIError) {
        let concerned = changes.contains { change in
            switch ControlKind(rawValue: change.name.kind) {
            case .usagePolicy, .flow, .mergePolicy: true
            default: false
            }
        }
        guard concerned else { return }
        let policies = snapshot.consentPolicies
        guard !policies.isEmpty || snapshot.count(.flowConsent) > 0 else { return }
        let policy = snapshot.consentMergePolicy
        for flow in snapshot.entries(.flow) where flow.string("state") != FlowState.deleting {
            let known = snapshot.entry(.flowConsent, flow.id)
            let wanted = FlowConsent(policies, of: flow, in: policy ?? "")
            guard known != nil || !wanted.rules.isEmpty else { continue }
            guard policy != nil else {
                throw APIError(
                    .conflict,
                    "dataflow \(flow.id) asks for consent, and no merge policy joins the identities of a person; keep one that does, "
                        + "or disable the consent policies first"
                )
            }
            guard FlowConsent(known) != wanted else { continue }
            let body = wanted.body(changedAt: instant)
            if let known { try replace(known, body: body) } else { add(.flowConsent, id: flow.id, body: body) }
        }
    }
}
