import ActivationCore
import ActivationEngine

extension ControlDraft {
    /// Refuses changes of what the client may not see, and changes of labels by who may not apply any.
    ///
    /// - Parameter client: Who asks; nil = the server itself.
    /// - Throws: `DEFINITION_UNKNOWN`, `FIELD_HIDDEN`, `2120-403`.
    func refuseUnseen(by client: AuthenticatedClient?) throws(APIError) {
        guard let client else { return }
        for change in changes {
            let name = change.name
            guard let kind = ControlKind(rawValue: name.kind) else { continue }
            let (former, present) = (before.entry(kind, name.id), snapshot.entry(kind, name.id))
            switch kind {
            case .segmentDefinition: try refuseUnseenAudience(former, present, by: client)
            case .flow: try refuseUnseenFlow(former, present, by: client)
            case .targetConnection, .sourceConnection, .connection, .backfill:
                for flow in before.flows(behind: kind, name.id) {
                    try before.requireVisibleMessages(of: flow, client.clearance)
                }
                for flow in snapshot.flows(behind: kind, name.id) {
                    try snapshot.requireVisibleMessages(of: flow, client.clearance)
                }
            default: break
            }
        }
    }

    private func refuseUnseenAudience(
        _ former: ControlEntry?,
        _ present: ControlEntry?,
        by client: AuthenticatedClient
    ) throws(APIError) {
        if let former, !client.clearance.admits(before.usageLabels(of: former)) {
            // A merge policy that is not the default any more takes its audiences along, whoever may see them.
            let bookkeeping = ControlKind.segmentDefinition.bookkeeping + ["mergePolicyId"]
            func own(_ entry: ControlEntry?) -> JSONObject? {
                guard var body = entry?.body else { return nil }
                for key in bookkeeping { body[key] = nil }
                return body
            }
            guard own(present) == own(former) else { throw SegmentDefinitionStore.unknown }
            return
        }
        guard let present else { return }
        if Set(present.labels) != Set(former?.labels ?? []) { try client.require(.applyLabels) }
        if present.body["expression"] != former?.body["expression"],
            let rule = try? SegmentExpression(present.body["expression"]).parsed()
        {
            try snapshot.requireVisible(rule)
        }
    }

    private func refuseUnseenFlow(
        _ former: ControlEntry?,
        _ present: ControlEntry?,
        by client: AuthenticatedClient
    ) throws(APIError) {
        let clearance = client.clearance
        guard !clearance.isUnlimited else { return }
        if let former { try before.requireVisibleMessages(of: former, clearance) }
        if let present { try snapshot.requireVisibleMessages(of: present, clearance) }
        func hidden(_ flow: ControlEntry?) -> Set<String> {
            let mapped = flow.map { FlowTransformation($0).audiences.map(\.audience.uuid.description) } ?? []
            return Set(
                mapped.compactMap { before.entry(.segmentDefinition, $0) }
                    .filter { !clearance.admits(before.usageLabels(of: $0)) }.map(\.id)
            )
        }
        let (known, wanted) = (hidden(former), hidden(present))
        if let new = wanted.subtracting(known).first {
            throw APIError(.referenceUnknown, "no segment definition has the id \"\(new)\"")
        }
        guard present == nil || known.isSubset(of: wanted) else {
            throw APIError(
                .fieldHidden,
                "the change takes out audiences with labels that none of your roles has; somebody whose roles have them can do this"
            )
        }
    }
}
