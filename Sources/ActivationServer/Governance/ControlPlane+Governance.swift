import ActivationCore
import ActivationEngine

// Labels, marketing actions and policies, as the API and the console change them. Each refuses with `POLICY_VIOLATED` what
// would make a dataflow break a policy.
extension ControlPlane {
    /// Makes a label of the organisation's own, or gives it other words.
    ///
    /// - Returns: Whether it is new.
    /// - Throws: `CONFLICT` when there are too many.
    func put(_ label: UsageLabel, by client: AuthenticatedClient) async throws(APIError) -> Bool {
        try await write(by: client.author) { draft throws(APIError) in
            try draft.put(.usageLabel, label.name, label.body, max: UsageLabel.customMax, by: client)
        }
    }

    /// Says which labels a field or dataset has; none takes them off.
    ///
    /// - Parameters:
    ///   - labels: All of them, with or without prefix.
    ///   - place: What has them.
    ///   - tag: The version of the labels that was read; nil = whichever there is.
    ///   - client: Who asks.
    /// - Returns: The plain names.
    /// - Throws: `FIELD_INVALID`, `DATASET_UNKNOWN`, `1404-412`.
    func put(
        _ labels: [String],
        on place: LabelPlace,
        ifMatch tag: String? = nil,
        by client: AuthenticatedClient
    ) async throws(APIError) -> [String] {
        try await write(by: client.author) { draft throws(APIError) in
            // What is labelled and gone can still lose its labels.
            if case .dataset(let id) = place, !labels.isEmpty { try draft.snapshot.requireDataset(id) }
            if let tag { try EntityTag.check(tag, is: draft.snapshot.entry(.placedLabels, place.id)?.etag ?? "") }
            return try draft.put(labels, on: place, by: client)
        }
    }

    /// Makes a policy.
    ///
    /// - Throws: `FIELD_INVALID`, `CONFLICT` when there are too many.
    func makePolicy(_ body: JSONValue, by client: AuthenticatedClient) async throws(APIError) -> UsagePolicy {
        try await write(by: client.author) { draft throws(APIError) in
            guard draft.snapshot.count(.usagePolicy) < UsagePolicy.customMax else {
                throw APIError(.conflict, "there are \(UsagePolicy.customMax) policies of your own already")
            }
            let policy = try UsagePolicy(try Fields(body), id: draft.makeID())
            try policy.check(in: draft.snapshot)
            try draft.insert(.usagePolicy, id: policy.id, body: AuditTrail.created(policy.body, by: client))
            return policy
        }
    }

    /// Changes a policy of the organisation's own.
    ///
    /// - Parameters:
    ///   - id: The policy.
    ///   - client: Who asks.
    ///   - edit: Makes the new body of the present one.
    /// - Returns: The policy.
    /// - Throws: `1439-404`, `FIELD_INVALID`.
    func changePolicy(
        _ id: String,
        by client: AuthenticatedClient,
        _ edit: @Sendable (JSONValue) throws(APIError) -> JSONValue
    ) async throws(APIError) -> UsagePolicy {
        try await write(by: client.author) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.usagePolicy, id), let before = UsagePolicy(entry) else {
                throw UsagePolicyRoutes.unknownPolicy
            }
            let policy = try UsagePolicy(try Fields(try edit(.object(before.body))), id: id)
            try policy.check(in: draft.snapshot)
            try draft.replace(entry, body: AuditTrail.updated(policy.body, from: entry, by: client))
            return policy
        }
    }

    /// Deletes a policy of the organisation's own.
    ///
    /// - Throws: `1439-404`.
    func deletePolicy(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await write(by: author) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.usagePolicy, id) else { throw UsagePolicyRoutes.unknownPolicy }
            if let rule = UsagePolicy(entry)?.consent { try draft.snapshot.requireVisible(rule.expression) }
            draft.remove(entry)
        }
    }

    /// Says which core policies are on; those that are not named are off.
    ///
    /// - Parameters:
    ///   - client: Who asks.
    ///   - choose: Makes the ids of the present ones.
    /// - Throws: `FIELD_INVALID` for an id that there is not, `FIELD_HIDDEN`.
    func enableCorePolicies(
        by client: AuthenticatedClient,
        _ choose: @Sendable ([String]) -> [String]
    ) async throws(APIError) {
        try await write(by: client.author) { draft throws(APIError) in
            var ids: [String] = []
            for id in choose(draft.snapshot.enabledCorePolicies) where !ids.contains(id) {
                guard UsagePolicy.core.contains(where: { $0.id == id }) else {
                    throw APIError(.fieldInvalid, "/policyIds: there is no core policy \"\(id.excerpt(64))\"")
                }
                ids.append(id)
            }
            let switched = Set(ids).symmetricDifference(draft.snapshot.enabledCorePolicies)
            for rule in UsagePolicy.core.filter({ switched.contains($0.id) }).compactMap(\.consent) {
                try draft.snapshot.requireVisible(rule.expression)
            }
            let list: JSONObject = ["policyIds": .array(ids.map { .string($0) })]
            _ = try draft.put(.enabledPolicies, ControlSnapshot.enabledPoliciesID, list, max: 1, by: client)
        }
    }

    /// Makes a marketing action that policies can name, or describes it otherwise.
    ///
    /// - Returns: Whether it is new.
    /// - Throws: `FIELD_INVALID` for a name that no dataflow could have, `CONFLICT` when there are too many.
    func putAction(
        _ name: String,
        meaning: String,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Bool {
        // A dataflow's own action and one that policies name are the same where their names are.
        let action: JSONValue = ["type": "custom", "name": .string(name), "description": .string(meaning)]
        _ = try MarketingAction.read(try Fields(["marketingActions": [action]]))
        let body: JSONObject = ["name": .string(name), "description": .string(meaning)]
        return try await write(by: client.author) { draft throws(APIError) in
            try draft.put(.marketingAction, name, body, max: MarketingAction.customMax, by: client)
        }
    }

    /// Deletes a marketing action that no policy names.
    ///
    /// - Throws: `1439-404`, `FIELD_INVALID` naming the policies.
    func deleteAction(_ name: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await write(by: author) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.marketingAction, name) else {
                throw UsagePolicyRoutes.unknownAction
            }
            let users = draft.snapshot.policies(naming: ActionReference(.custom, name))
            guard users.isEmpty else {
                throw APIError(
                    .fieldInvalid,
                    "policies name it; take it out of them first: \(users.map(\.id).joined(separator: ", "))"
                )
            }
            draft.remove(entry)
        }
    }
}

extension ControlSnapshot {
    /// Refuses a dataset that there is not; those of external audiences are ones too.
    ///
    /// - Throws: `DATASET_UNKNOWN`.
    func requireDataset(_ id: String) throws(APIError) {
        guard entry(.dataset, id) != nil || audienceDataset(id) != nil else {
            throw APIError(.datasetUnknown, "no dataset has this id; GET the list to see them")
        }
    }
}

extension ControlDraft {
    /// Makes an object of an id, or gives it another body.
    ///
    /// - Returns: Whether it is new.
    fileprivate mutating func put(
        _ kind: ControlKind,
        _ id: String,
        _ body: JSONObject,
        max: Int,
        by client: AuthenticatedClient
    ) throws(APIError) -> Bool {
        if let entry = snapshot.entry(kind, id) {
            try replace(entry, body: AuditTrail.updated(body, from: entry, by: client))
            return false
        }
        guard snapshot.count(kind) < max else { throw APIError(.conflict, "there are \(max) of your own already") }
        try insert(kind, id: id, body: AuditTrail.created(body, by: client))
        return true
    }
}
