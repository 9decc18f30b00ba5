import ActivationCore

/// What a dataflow asks of the people it tells of, worked out of all policies that concern it (BEHAVIOUR 9.5).
///
/// It stays when no policy concerns the dataflow any more, with nothing to ask for: those who were withheld are told of again.
struct FlowConsent: Sendable, Equatable {
    /// The rules of the policies, all of which have to hold.
    let rules: [String]
    /// The merge policy whose view they read.
    let mergePolicy: String

    /// What policies ask of a dataflow.
    ///
    /// - Parameters:
    ///   - policies: Enabled consent policies; those count that name one of its marketing actions.
    ///   - flow: The dataflow.
    ///   - mergePolicy: The policy whose view they read.
    init(_ policies: [UsagePolicy], of flow: ControlEntry, in mergePolicy: String) {
        let actions = Set(MarketingAction.stored(flow.body).map { ActionReference($0) })
        rules = policies.filter { !actions.isDisjoint(with: $0.actions) }.compactMap { $0.consent?.text }
        self.mergePolicy = mergePolicy
    }

    /// Reads what is stored; nil when there is nothing.
    init?(_ entry: ControlEntry?) {
        guard let entry, entry.kind == .flowConsent, let policy = entry.string("mergePolicyId") else { return nil }
        rules = (entry.body["rules"]?.array ?? []).compactMap(\.string)
        mergePolicy = policy
    }

    /// The stored form.
    func body(changedAt: Timestamp) -> JSONObject {
        [
            "rules": .array(rules.map { .string($0) }), "mergePolicyId": .string(mergePolicy),
            "changedAt": .integer(changedAt.milliseconds),
        ]
    }

    /// Those whom a dataflow may not tell of by it.
    ///
    /// - Throws: That the rules cannot be read.
    func withheld(from dataflow: Dataflow.ID, changedAt: Timestamp) throws(CatalogError) -> AudienceDefinition {
        let text = rules.isEmpty ? "1 = 1" : rules.map { "(\($0))" }.joined(separator: " and ")
        guard let policy = UUIDBytes(mergePolicy), let expression = try? PQLExpression(parsing: text) else {
            throw CatalogError(
                dataflow: dataflow,
                message:
                    "the consent that dataflow \(dataflow.uuid) asks for cannot be read; change its consent policies"
            )
        }
        return .withheld(
            from: dataflow,
            unless: expression,
            mergePolicy: MergePolicy.ID(uuid: policy),
            changedAt: changedAt
        )
    }
}

extension ControlSnapshot {
    /// The policies that ask people first and are on.
    var consentPolicies: [UsagePolicy] { customPolicies.filter { $0.status == .enabled && $0.consent != nil } }

    /// The merge policy whose view consent is read in: the default, or the oldest that joins identities; nil when none does, so that
    /// nobody could say for a person.
    var consentMergePolicy: String? { mergePolicies().first { $0.identityGraph != .none }?.id.uuid.description }

    /// Those whom dataflows may not tell of, for the engine.
    ///
    /// - Parameter unreadable: Gets what cannot be read; such a dataflow must not be used.
    /// - Returns: One audience for each dataflow that asks for consent, or did.
    func withheld(unreadable: inout [CatalogError]) -> [AudienceDefinition] {
        var definitions: [AudienceDefinition] = []
        for entry in entries(.flowConsent) {
            guard let id = UUIDBytes(entry.id) else { continue }
            let dataflow = Dataflow.ID(uuid: id)
            do throws(CatalogError) {
                guard let consent = FlowConsent(entry), let changedAt = entry.body["changedAt"]?.int64 else {
                    throw CatalogError(
                        dataflow: dataflow,
                        message:
                            "the consent that dataflow \(entry.id) asks for is not as it was stored; change its consent policies"
                    )
                }
                definitions.append(
                    try consent.withheld(from: dataflow, changedAt: Timestamp(milliseconds: changedAt))
                )
            } catch {
                unreadable.append(error)
            }
        }
        return definitions
    }
}
