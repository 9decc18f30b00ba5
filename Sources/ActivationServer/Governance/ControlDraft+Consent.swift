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
            case .usagePolicy, .enabledPolicies, .flow, .mergePolicy: true
            case .segmentDefinition:
                // One that comes or goes does so in the flows that map it.
                before.entry(.segmentDefinition, change.name.id).map { former in
                    former.excludesOptOut != snapshot.entry(.segmentDefinition, former.id)?.excludesOptOut
                } ?? false
            default: false
            }
        }
        if concerned { try followAllConsent() }
    }

    /// The same, whatever the draft changes.
    ///
    /// - Throws: As ``followConsent()``.
    mutating func followAllConsent() throws(APIError) {
        let (policies, areAllRead) = snapshot.consentPolicies
        guard !policies.isEmpty || snapshot.count(.flowConsent) > 0 else { return }
        let policy = snapshot.consentMergePolicy
        for flow in snapshot.entries(.flow) where flow.string("state") != FlowState.deleting {
            let known = snapshot.entry(.flowConsent, flow.id)
            let asking = policies.filter { $0.asks(of: flow, in: snapshot) }
            let wanted = FlowConsent(
                asking,
                in: policy ?? "",
                instead: known,
                of: before.entry(.flow, flow.id),
                at: instant
            )
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
            // What policies ask that cannot be read goes on being asked.
            guard known == nil || areAllRead, FlowConsent(known)?.asksTheSame(as: wanted) != true else { continue }
            try ask(wanted, of: flow, instead: known)
        }
    }

    private mutating func ask(_ wanted: FlowConsent, of flow: ControlEntry, instead known: ControlEntry?)
        throws(APIError)
    {
        if let id = UUIDBytes(flow.id) {
            do throws(CatalogError) {
                _ = try wanted.withheld(from: Dataflow.ID(uuid: id))
            } catch {
                throw APIError(.fieldInvalid, error.message)
            }
        }
        if let known {
            try replace(known, body: wanted.body)
        } else {
            add(.flowConsent, id: flow.id, body: wanted.body)
        }
    }
}
