import ActivationCore

/// What a dataflow asks of the people it tells of, worked out of all policies that concern it.
///
/// It stays when no policy concerns the dataflow any more, with nothing to ask for: those who were withheld are told of again.
struct FlowConsent: Sendable, Equatable {
    /// The rules of the policies, all of which have to hold.
    var rules: [String]
    /// The policy whose view they read.
    var mergePolicy: String

    init(rules: [String], mergePolicy: String) {
        self.rules = rules
        self.mergePolicy = mergePolicy
    }

    init?(_ entry: ControlEntry?) {
        guard let entry, entry.kind == .flowConsent, let policy = entry.string("mergePolicyId") else { return nil }
        self.init(rules: (entry.body["rules"]?.array ?? []).compactMap(\.string), mergePolicy: policy)
    }

    /// The stored form.
    func body(changedAt: Timestamp) -> JSONObject {
        [
            "rules": .array(rules.map { .string($0) }), "mergePolicyId": .string(mergePolicy),
            "changedAt": .integer(changedAt.milliseconds),
        ]
    }
}

extension ControlDraft {
    /// Has each dataflow ask for the consent that the enabled policies about its marketing actions want.
    ///
    /// - Throws: `CONFLICT` when no merge policy joins identities, so that nobody could say for a person.
    mutating func followConsent() throws(APIError) {
        let concerned = changes.contains { change in
            switch ControlKind(rawValue: change.name.kind) {
            case .usagePolicy, .flow, .mergePolicy: true
            default: false
            }
        }
        guard concerned else { return }
        let policies = snapshot.customPolicies.filter { $0.status == .enabled && $0.consent != nil }
        guard !policies.isEmpty || snapshot.count(.flowConsent) > 0 else { return }
        let policy = snapshot.mergePolicies().first { $0.identityGraph != .none }?.id.uuid.description
        for flow in snapshot.entries(.flow) where flow.string("state") != FlowState.deleting {
            let actions = Set(MarketingAction.stored(flow.body).map { ActionReference($0) })
            let rules = policies.filter { !actions.isDisjoint(with: $0.actions) }.compactMap { $0.consent?.text }
            let known = snapshot.entry(.flowConsent, flow.id)
            guard !rules.isEmpty || known != nil else { continue }
            guard let policy else {
                throw APIError(
                    .conflict,
                    "dataflow \(flow.id) asks for consent, and no merge policy joins the identities of a person; keep one that does, "
                        + "or disable the consent policies first"
                )
            }
            let wanted = FlowConsent(rules: rules, mergePolicy: policy)
            guard FlowConsent(known) != wanted else { continue }
            let body = wanted.body(changedAt: instant)
            if let known { try replace(known, body: body) } else { add(.flowConsent, id: flow.id, body: body) }
        }
    }
}

extension ControlSnapshot {
    /// Those whom dataflows may not tell of, for the engine.
    ///
    /// - Parameter unreadable: Gets what cannot be read; such a dataflow must not be used.
    /// - Returns: One audience for each dataflow that asks for consent, or did.
    func withheld(unreadable: inout [CatalogError]) -> [AudienceDefinition] {
        var definitions: [AudienceDefinition] = []
        for entry in entries(.flowConsent) {
            guard let id = UUIDBytes(entry.id), let consent = FlowConsent(entry),
                let policy = UUIDBytes(consent.mergePolicy)
            else { continue }
            let text = consent.rules.isEmpty ? "1 = 1" : consent.rules.map { "(\($0))" }.joined(separator: " and ")
            do throws(PQLError) {
                definitions.append(
                    .withheld(
                        from: Dataflow.ID(uuid: id),
                        unless: try PQLExpression(parsing: text),
                        mergePolicy: MergePolicy.ID(uuid: policy),
                        changedAt: Timestamp(milliseconds: entry.body["changedAt"]?.int64 ?? 0)
                    )
                )
            } catch {
                unreadable.append(
                    CatalogError(
                        dataflow: Dataflow.ID(uuid: id),
                        message: "the consent that dataflow \(entry.id) asks for cannot be read: \(error.message)"
                    )
                )
            }
        }
        return definitions
    }
}
