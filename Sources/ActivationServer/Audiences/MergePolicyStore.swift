import ActivationCore
import ActivationEngine

/// Makes, changes and deletes merge policies; there is always exactly one default (BEHAVIOUR 4.4).
struct MergePolicyStore: Sendable {
    let control: ControlPlane

    /// Makes a policy.
    ///
    /// - Throws: `FIELD_INVALID`, or `MERGE_POLICIES_TOO_MANY`.
    func create(_ body: JSONValue, by author: ConfigurationChange.Author) async throws(APIError) -> ControlEntry {
        try await control.write(by: author) { change throws(APIError) in
            let draft = try MergePolicyDraft(body, in: change.snapshot)
            guard change.snapshot.count(.mergePolicy) < ServerLimits.mergePoliciesMax else {
                throw APIError(
                    .mergePoliciesTooMany,
                    "there are already \(ServerLimits.mergePoliciesMax) merge policies, the most there may be; change or "
                        + "delete one"
                )
            }
            let isDefault = draft.isDefault ?? false
            var members = draft.members
            members["version"] = 1
            members["default"] = .bool(isDefault)
            let entry = try change.insert(.mergePolicy, body: members)
            if isDefault { try MergePolicyStore.retireDefaults(for: entry, in: &change) }
            return entry
        }
    }

    /// Changes a policy; where its rule changes, its audiences are evaluated anew in the background.
    ///
    /// - Parameters:
    ///   - id: The policy.
    ///   - author: Who asks.
    ///   - edit: Gives the policy as a caller would have it, from the stored one.
    /// - Returns: The policy afterwards.
    /// - Throws: `MERGE_POLICY_UNKNOWN`, `FIELD_INVALID`, or what `edit` throws.
    func change(
        _ id: String,
        by author: ConfigurationChange.Author,
        _ edit: @Sendable (ControlEntry) throws(APIError) -> JSONValue
    ) async throws(APIError) -> ControlEntry {
        try await control.write(by: author) { change throws(APIError) in
            let entry = try MergePolicyStore.entry(id, in: change.snapshot)
            let draft = try MergePolicyDraft(try edit(entry), in: change.snapshot)
            let wasDefault = entry.isDefaultPolicy
            guard !wasDefault || draft.isDefault != false else {
                throw APIError(
                    .fieldInvalid,
                    "default: there is always one default merge policy; make another one the default instead"
                )
            }
            let isDefault = draft.isDefault ?? wasDefault
            var members = draft.members
            members["version"] = .integer(entry.policyVersion + 1)
            members["default"] = .bool(isDefault)
            members[MergePolicyStore.ruleChangedAt] = entry.body[MergePolicyStore.ruleChangedAt]
            if ["attributeMerge", "identityGraph"].contains(where: { members[$0] != entry.body[$0] }) {
                let known = entry.body[MergePolicyStore.ruleChangedAt]?.int64
                // Later each time, so that a change to and fro is seen too.
                members[MergePolicyStore.ruleChangedAt] = .integer(max(change.now.milliseconds, (known ?? .min) &+ 1))
            }
            let changed = try change.replace(entry, body: members)
            if isDefault { try MergePolicyStore.retireDefaults(for: changed, in: &change) }
            return changed
        }
    }

    /// Deletes a policy that nothing uses.
    ///
    /// - Throws: `MERGE_POLICY_UNKNOWN`, or `MERGE_POLICY_IN_USE` naming the users.
    func delete(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await control.write(by: author) { change throws(APIError) in
            let entry = try MergePolicyStore.entry(id, in: change.snapshot)
            guard !entry.isDefaultPolicy else {
                throw APIError(
                    .mergePolicyInUse,
                    "it is the default merge policy; make another one the default first"
                )
            }
            let users = change.snapshot.definitions(ofPolicy: entry.id).map(\.id)
            guard users.isEmpty else {
                let shown = users.prefix(ServerLimits.pageItemsMax)
                throw APIError(
                    .mergePolicyInUse,
                    "\(users.count) segment definitions use the merge policy, first of all \(users[0]); give them "
                        + "another mergePolicyId first",
                    members: ["segmentDefinitionIds": .array(shown.map { .string($0) })]
                )
            }
            change.remove(entry)
        }
    }

    /// The stored policy with this id.
    ///
    /// - Throws: `MERGE_POLICY_UNKNOWN`.
    static func entry(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> ControlEntry {
        guard let entry = MergePolicyRoutes.policy(id, in: snapshot) else {
            throw APIError(.mergePolicyUnknown, "no merge policy has this id; GET the list to see them")
        }
        return entry
    }

    /// The member that says when the rule last changed, in milliseconds.
    static let ruleChangedAt = "ruleChangedAt"

    /// Takes the default from every other policy; its audiences move to the new one (BEHAVIOUR 4.4).
    private static func retireDefaults(for new: ControlEntry, in change: inout ControlDraft) throws(APIError) {
        for old in change.snapshot.entries(.mergePolicy) where old.isDefaultPolicy && old.id != new.id {
            var members = old.body
            members["default"] = false
            members["version"] = .integer(old.policyVersion + 1)
            try change.replace(old, body: members)
            for definition in change.snapshot.definitions(ofPolicy: old.id) {
                var body = definition.body
                body["mergePolicyId"] = .string(new.id)
                try change.rewrite(definition, body: body)
            }
        }
    }
}

extension ControlEntry {
    /// Whether a merge policy is the default.
    var isDefaultPolicy: Bool { body["default"]?.bool ?? false }

    /// Grows with every change of a merge policy.
    var policyVersion: Int64 { body["version"]?.int64 ?? 1 }
}

extension ControlSnapshot {
    /// The segment definitions that name a merge policy.
    fileprivate func definitions(ofPolicy id: String) -> [ControlEntry] {
        entries(.segmentDefinition).filter { $0.string("mergePolicyId").flatMap { UUIDBytes($0) }?.description == id }
    }
}
