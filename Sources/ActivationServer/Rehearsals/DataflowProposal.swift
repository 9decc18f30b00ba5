import ActivationCore
import ActivationEngine

/// A dataflow as it would be, checked as it would be when it is saved.
struct DataflowProposal: Sendable {
    /// The flow as it is; nil = there is none yet.
    var present: ControlEntry?
    /// The flow as it would be.
    var entry: ControlEntry
    /// The configuration without it.
    var before: ControlSnapshot
    /// The configuration with it.
    var snapshot: ControlSnapshot
    /// What its selectors say.
    var check: SelectorCheck
    /// Mapped paths that no profile has had so far.
    var unknownPaths: [[String]]
    /// Audiences that it takes out, as they were mapped.
    var unmapped: [Dataflow.MappedAudience] {
        present.map { flow in check.unmapped.compactMap { Dataflow.MappedAudience($0, of: flow) } } ?? []
    }

    /// What policies forbid of it that the flow as it is does not do already.
    var violations: [PolicyViolation] {
        var (former, governance) = (Governance(before, at: check.now), Governance(snapshot, at: check.now))
        let known = Set(present.map { former.violations(of: $0).map(\.name) } ?? [])
        let clearance = AuthenticatedClient.current?.clearance ?? .everything
        return governance.violations(of: entry).filter { !known.contains($0.name) }
            .map { $0.told(to: clearance, in: snapshot) }
    }

    /// Whom it might not tell of; nil = nobody.
    var consent: AudienceDefinition? {
        guard let id = UUIDBytes(entry.id), let policy = snapshot.consentMergePolicy else { return nil }
        let wanted = FlowConsent(
            snapshot.consentPolicies.enabled.filter { $0.asks(of: entry, in: snapshot) },
            in: policy,
            instead: snapshot.entry(.flowConsent, entry.id),
            of: before.entry(.flow, entry.id),
            at: check.now
        )
        return wanted.rules.isEmpty ? nil : try? wanted.withheld(from: Dataflow.ID(uuid: id))
    }

    /// The members of its target's `params` as they would be.
    var params: JSONObject { snapshot.target(of: entry)?.body["params"]?.object ?? [:] }
}

extension DataflowService {
    /// What may be proposed of a dataflow; what is left out stays as it is.
    struct Wish: Sendable {
        /// The id of a flow that there is; nil = one that is not made yet.
        var id: String?
        /// A JSON Patch of the flow.
        var patch: JSONPatch?
        /// The whole `transformations`.
        var transformations: JSONValue?
        /// Members of the target's `params`; null takes one away.
        var params: Fields?
    }

    /// A dataflow as it would be; nothing is stored and the destination is not asked.
    ///
    /// - Throws: `1430-404` for a flow that does not exist, what the change itself would throw.
    func propose(_ wish: Wish) throws(APIError) -> DataflowProposal {
        guard let id = wish.id else { return try visible(try proposeNew(wish)) }
        // A flow keeps the audiences that whoever asks may not see.
        let snapshot = dependencies.control.whole
        let present = try snapshot.flowServiceEntry(.flow, id)
        var after = snapshot
        if let params = wish.params, let target = snapshot.target(of: present) {
            var object = target.body
            object["params"] = .object(DataflowService.merged(params.object, into: target.body["params"]?.object))
            var changed = target
            changed.body = try ConnectionBody.target(
                try Fields(.object(object)),
                destinations: dependencies.destinations,
                in: snapshot
            )
            after.put(changed)
        }
        var entry = present
        let check: SelectorCheck
        let now = dependencies.time.now()
        if let patch = wish.patch {
            (entry.body, check) = try DataflowService.changed(present, by: patch, in: snapshot, now: now)
        } else {
            entry.body["transformations"] = wish.transformations ?? present.body["transformations"]
            var selectors = SelectorCheck(snapshot: snapshot, previous: present, now: now)
            entry.body["transformations"] = try selectors.transformations(try Fields(.object(entry.body)))
            check = selectors
        }
        after.put(entry)
        return try visible(
            DataflowProposal(
                present: present,
                entry: entry,
                before: snapshot,
                snapshot: after,
                check: check,
                unknownPaths: unknownPaths(of: check)
            )
        )
    }

    /// A proposal, if whoever asks may see all that it is about.
    ///
    /// - Throws: `FIELD_HIDDEN`, `1439-400` for an audience that is not there for them.
    private func visible(_ proposal: DataflowProposal) throws(APIError) -> DataflowProposal {
        guard let clearance = AuthenticatedClient.current?.clearance, !clearance.isUnlimited else { return proposal }
        if let present = proposal.present { try proposal.before.requireVisibleMessages(of: present, clearance) }
        try proposal.snapshot.requireVisibleMessages(of: proposal.entry, clearance)
        let seen = dependencies.control.snapshot
        let known = Set(proposal.present.map { FlowTransformation($0).audiences.map(\.audience) } ?? [])
        for mapped in FlowTransformation(proposal.entry).audiences where !known.contains(mapped.audience) {
            let id = mapped.audience.uuid.description
            guard seen.entry(.segmentDefinition, id) != nil else {
                throw APIError(.referenceUnknown, "no segment definition has the id \"\(id)\"")
            }
        }
        return proposal
    }

    private func proposeNew(_ wish: Wish) throws(APIError) -> DataflowProposal {
        let snapshot = dependencies.control.snapshot
        let now = dependencies.time.now()
        let params = if let params = wish.params { params } else { try Fields([:]) }
        try TargetOptions.check(params, namespaces: snapshot.namespaces)
        var after = snapshot
        func put(_ kind: ControlKind, _ body: JSONObject) -> ControlEntry {
            let entry = ControlEntry(
                kind: kind,
                id: dependencies.ids.next().description,
                etag: "",
                createdAt: now,
                updatedAt: now,
                body: body
            )
            after.put(entry)
            return entry
        }
        let target = put(.targetConnection, ["params": .object(params.object)])
        var body = JSONObject()
        body["transformations"] = wish.transformations
        var check = SelectorCheck(snapshot: snapshot, previous: nil, now: now)
        let transformations = try check.transformations(try Fields(.object(body)))
        let entry = put(
            .flow,
            [
                "name": "", "state": .string(FlowState.enabled), "targetConnectionIds": [.string(target.id)],
                "transformations": transformations,
            ]
        )
        return DataflowProposal(
            present: nil,
            entry: entry,
            before: snapshot,
            snapshot: after,
            check: check,
            unknownPaths: unknownPaths(of: check)
        )
    }

    private static func merged(_ changes: JSONObject, into params: JSONObject?) -> JSONObject {
        var merged = params ?? [:]
        for (key, value) in changes { merged[key] = value.isNull ? nil : value }
        return merged
    }
}
