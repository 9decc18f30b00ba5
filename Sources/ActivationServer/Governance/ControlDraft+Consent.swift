import ActivationCore

extension ControlDraft {
    /// Has each dataflow ask for the consent that the enabled policies about its marketing actions want, if the draft changes
    /// anything that decides it (BEHAVIOUR 9.5).
    ///
    /// - Throws: `CONFLICT` when one asks and no merge policy joins identities, `FIELD_INVALID` when what policies ask together is too
    ///   much.
    mutating func followConsent() throws(APIError) {
        let concerned = changes.contains { change in
            switch ControlKind(rawValue: change.name.kind) {
            case .usagePolicy, .flow, .mergePolicy: true
            default: false
            }
        }
        if concerned { try followAllConsent() }
    }

    /// The same, whatever the draft changes.
    ///
    /// - Throws: As ``followConsent()``.
    mutating func followAllConsent() throws(APIError) {
        guard snapshot.count(.usagePolicy) + snapshot.count(.flowConsent) > 0 else { return }
        let (policies, readsAll) = (snapshot.consentPolicies, snapshot.readsConsentPolicies)
        guard !policies.isEmpty || snapshot.count(.flowConsent) > 0 else { return }
        let policy = snapshot.consentMergePolicy
        for flow in snapshot.entries(.flow) where flow.string("state") != FlowState.deleting {
            let known = snapshot.entry(.flowConsent, flow.id)
            let wanted = FlowConsent(policies, of: flow, in: policy ?? "")
            guard known != nil || !wanted.rules.isEmpty else { continue }
            guard policy != nil else {
                // Who asks nothing needs nobody to say for a person.
                if wanted.rules.isEmpty, let known {
                    forget(known)
                    continue
                }
                throw APIError(
                    .conflict,
                    "dataflow \(flow.id) asks for consent, and no merge policy joins the identities of a person; keep one that does, "
                        + "or disable the consent policies first"
                )
            }
            guard known == nil || readsAll, FlowConsent(known) != wanted else { continue }
            try ask(wanted, of: flow, instead: known)
        }
    }

    private mutating func ask(_ wanted: FlowConsent, of flow: ControlEntry, instead known: ControlEntry?)
        throws(APIError)
    {
        let since = known?.body["askedSince"]?.int64.map { Timestamp(milliseconds: $0) } ?? instant
        if let id = UUIDBytes(flow.id) {
            do throws(CatalogError) {
                _ = try wanted.withheld(from: Dataflow.ID(uuid: id), askedSince: since, changedAt: instant)
            } catch {
                throw APIError(.fieldInvalid, error.message)
            }
        }
        let body = wanted.body(askedSince: since, changedAt: instant)
        if let known { try replace(known, body: body) } else { add(.flowConsent, id: flow.id, body: body) }
    }
}
