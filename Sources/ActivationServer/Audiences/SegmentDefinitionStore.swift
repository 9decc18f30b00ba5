import ActivationCore
import ActivationEngine

/// Creates, changes and deletes segment definitions under the rules of their list.
struct SegmentDefinitionStore: Sendable {
    let dependencies: ServerDependencies
    /// Whether audiences whose members are named by others are out of sight.
    var hasRulesAlone = false

    private var control: ControlPlane { dependencies.control }

    /// A definition and what its maker should look at.
    struct Outcome: Sendable {
        var definition: SegmentDefinition
        var warnings: [JSONValue]
    }

    /// The definition with this id.
    ///
    /// - Throws: `DEFINITION_UNKNOWN`.
    func definition(_ id: String) throws(APIError) -> SegmentDefinition {
        let definition = try SegmentDefinitionStore.definition(id, in: control.snapshot)
        guard !hasRulesAlone || !definition.isExternal else {
            throw APIError(
                .definitionUnknown,
                "the audience has no definition, as others name its members; it is at \(AudienceRoutes.path)"
            )
        }
        return definition
    }

    /// All definitions, by (creation, id).
    func all() -> [SegmentDefinition] {
        control.entries(.segmentDefinition).compactMap(SegmentDefinition.init)
            .filter { !hasRulesAlone || !$0.isExternal }
    }

    /// Makes a definition; profiles are evaluated in the background from then on.
    func create(_ body: JSONValue, by author: ConfigurationChange.Author) async throws(APIError) -> Outcome {
        let draft = try SegmentDefinitionDraft(body)
        guard !hasRulesAlone || draft.rule != nil else {
            throw APIError(
                .audienceTypeUnsupported,
                "a definition is a rule; an audience whose members are named by others is made at \(AudienceRoutes.path)"
            )
        }
        let warnings = try await warnings(about: draft, for: nil)
        let definition = try await control.write(by: author) { change throws(APIError) in
            var members = try SegmentDefinitionStore.resolved(draft, id: nil, in: change.snapshot)
            members["version"] = 1
            let entry = try change.insert(.segmentDefinition, body: members)
            return try SegmentDefinitionStore.definition(entry.id, in: change.snapshot)
        }
        return Outcome(definition: definition, warnings: warnings)
    }

    /// Puts the members of `body` in the place of the definition's own.
    ///
    /// - Parameters:
    ///   - id: The definition.
    ///   - version: The version that was looked at; nil = whichever there is.
    ///   - body: The members.
    ///   - author: Who asks.
    /// - Returns: The definition afterwards.
    /// - Throws: `1404-412` when the definition has another version, or what is wrong with the members.
    func change(
        _ id: String,
        of version: Int64? = nil,
        to body: JSONValue,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> Outcome {
        try await change(id, by: author) { current throws(APIError) in
            guard version == nil || version == current.version else {
                throw APIError(.matchFailed, "the definition was changed meanwhile; look at it again")
            }
            try checkServerMembers(of: body, current)
            return try SegmentDefinitionDraft(body, over: current.body)
        }
    }

    /// Changes a definition.
    ///
    /// - Parameters:
    ///   - id: The definition.
    ///   - author: Who asks.
    ///   - edit: Says what it is to become; asked again when another change has come between.
    /// - Returns: The definition afterwards.
    /// - Throws: What is wrong with what it is to become.
    func change(
        _ id: String,
        by author: ConfigurationChange.Author,
        _ edit: (SegmentDefinition) throws(APIError) -> SegmentDefinitionDraft
    ) async throws(APIError) -> Outcome {
        let before = try definition(id)
        let warnings = try await warnings(about: try edit(before), for: before.id)
        let definition = try await control.write(by: author) { change throws(APIError) in
            let entry = try SegmentDefinitionStore.entry(id, in: change.snapshot)
            let current = try SegmentDefinitionStore.definition(id, in: change.snapshot)
            // Decided again on the newest version: another change may have come between.
            let draft = try edit(current)
            let members = try SegmentDefinitionStore.resolved(draft, id: current.id, in: change.snapshot)
            try change.snapshot.refuseMove(of: current, to: draft.lifecycle)
            try change.rewrite(entry, body: members)
            return try SegmentDefinitionStore.definition(id, in: change.snapshot)
        }
        return Outcome(definition: definition, warnings: warnings)
    }

    /// Refuses a change of what never changes, and one of nothing else than what the server sets.
    ///
    /// - Throws: `FIELD_INVALID`.
    func checkServerMembers(of body: JSONValue, _ definition: SegmentDefinition) throws(APIError) {
        guard let members = body.object else { return }
        let fixed: JSONObject = [
            "id": .string(definition.idText), "audienceId": definition.origin["audienceId"] ?? .null,
            "imsOrgId": .string(control.orgID), "creationTime": .integer(definition.createdAt.milliseconds),
        ]
        try ServerMembers(names: SegmentDefinitionDraft.serverMembers, fixed: fixed).check(members)
    }

    /// Makes a draft of what an audience is (BEHAVIOUR 5.2).
    ///
    /// - Parameters:
    ///   - id: The audience.
    ///   - name: The copy's name.
    ///   - author: Who asks.
    /// - Returns: The copy.
    /// - Throws: `DEFINITION_UNKNOWN`, or `NAME_TAKEN`.
    func copy(_ id: String, as name: String, by author: ConfigurationChange.Author) async throws(APIError) -> Outcome {
        let source = try definition(id)
        guard !source.isExternal else {
            throw APIError(
                .audienceTypeUnsupported,
                "an external audience has no rule to copy; make another one and name its members there"
            )
        }
        var members = source.body
        members["name"] = .string(name)
        members["lifecycleState"] = .string(AudienceLifecycle.draft.rawValue)
        return try await create(.object(members), by: author)
    }

    /// Deletes a definition that nothing uses.
    ///
    /// - Throws: `DEFINITION_UNKNOWN`, `1404-412` when it is not at the version expected, or `AUDIENCE_IN_USE` naming a
    ///   user.
    func delete(
        _ id: String,
        ifMatch tag: String? = nil,
        by author: ConfigurationChange.Author
    ) async throws(APIError) {
        _ = try definition(id)
        try await control.write(by: author) { change throws(APIError) in
            let entry = try SegmentDefinitionStore.entry(id, in: change.snapshot)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            try change.snapshot.refuseIfUsed(try SegmentDefinitionStore.definition(id, in: change.snapshot))
            change.remove(entry)
        }
        await dependencies.uploads.forgetOld()
    }

    /// Does one thing to several audiences, or nothing.
    ///
    /// - Returns: Those that are still there, in the order in which they were named.
    /// - Throws: Why it cannot be done.
    func perform(
        _ action: AudienceBulkAction,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> [SegmentDefinition] {
        let left = try await control.write(by: author) { change throws(APIError) in
            try action.perform(in: &change)
            // Those that were deleted are not there any more.
            return action.ids.compactMap { try? SegmentDefinitionStore.definition($0, in: change.snapshot) }
        }
        if left.count < action.ids.count { await dependencies.uploads.forgetOld() }
        return left
    }

    static let unknown = APIError(
        .definitionUnknown,
        "no audience has this id; GET the list to see them"
    )

    /// The stored definition with this id, if whoever asks may see it: a change is decided on all of the configuration.
    ///
    /// - Throws: `DEFINITION_UNKNOWN`.
    static func entry(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> ControlEntry {
        guard let uuid = UUIDBytes(id), let entry = snapshot.entry(.segmentDefinition, uuid.description),
            snapshot.told(entry) != nil
        else {
            throw unknown
        }
        return entry
    }

    /// The definition with this id.
    ///
    /// - Throws: `DEFINITION_UNKNOWN`.
    static func definition(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> SegmentDefinition {
        guard let definition = SegmentDefinition(try entry(id, in: snapshot)) else { throw unknown }
        return definition
    }

    private func warnings(
        about draft: SegmentDefinitionDraft,
        for id: Audience.ID?
    ) async throws(APIError) -> [JSONValue] {
        guard let rule = draft.rule else { return [] }
        return try await dependencies.warnings(about: rule.expression, in: rule.textForm, for: id, tellsWords: true)
            .map { $0.json(in: rule.textForm) }
    }

    /// The members to store: the name is free, the merge policy exists.
    private static func resolved(
        _ draft: SegmentDefinitionDraft,
        id: Audience.ID?,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> JSONObject {
        for entry in snapshot.entries(.segmentDefinition) where entry.body["name"] == .string(draft.name) {
            guard entry.id == id?.uuid.description else {
                throw APIError(
                    .definitionNameTaken,
                    "name: \(snapshot.told(entry) ?? "another segment definition") has this name already"
                )
            }
        }
        var members = draft.members
        // Labels that stood there before may be words of any kind.
        let labels = members["labels"]?.array?.compactMap(\.string) ?? []
        let before = id.flatMap { snapshot.entry(.segmentDefinition, $0.uuid.description) }?.body["labels"]?.array ?? []
        _ = try snapshot.labelNames(labels.filter { !before.contains(.string($0)) }, at: "/labels")
        if let other = snapshot.externalAudience(like: members), other.id != id?.uuid.description {
            throw APIError(
                .definitionNameTaken,
                "audienceId: \(snapshot.told(other) ?? "another audience") is known by this id in this namespace already"
            )
        }
        guard let policy = members["mergePolicyId"]?.string else {
            guard let standard = snapshot.mergePolicies().first else {
                throw APIError(.fieldInvalid, "mergePolicyId is needed, as there is no default merge policy")
            }
            members["mergePolicyId"] = .string(standard.id.uuid.description)
            return members
        }
        guard let uuid = UUIDBytes(policy), snapshot.entry(.mergePolicy, uuid.description) != nil else {
            throw APIError(.fieldInvalid, "mergePolicyId: no merge policy has this id; GET the list to see them")
        }
        members["mergePolicyId"] = .string(uuid.description)
        return members
    }
}
