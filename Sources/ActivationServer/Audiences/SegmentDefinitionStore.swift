import ActivationCore
import ActivationEngine

/// Creates, changes and deletes segment definitions under the rules of their list.
struct SegmentDefinitionStore: Sendable {
    let dependencies: ServerDependencies

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
        try SegmentDefinitionStore.definition(id, in: control.snapshot)
    }

    /// All definitions, by (creation, id).
    func all() -> [SegmentDefinition] {
        control.entries(.segmentDefinition).compactMap(SegmentDefinition.init)
    }

    /// Makes a definition; profiles are evaluated in the background from then on.
    func create(_ body: JSONValue, by author: ConfigurationChange.Author) async throws(APIError) -> Outcome {
        let draft = try SegmentDefinitionDraft(body)
        let warnings = try warnings(about: draft, for: nil)
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
        let before = try definition(id)
        if let members = body.object {
            let fixed: JSONObject = [
                "id": .string(before.idText), "imsOrgId": .string(control.orgID),
                "creationTime": .integer(before.createdAt.milliseconds),
            ]
            try ServerMembers(names: SegmentDefinitionDraft.serverMembers, fixed: fixed).check(members)
        }
        let checked = try SegmentDefinitionDraft(body, over: before.body)
        let warnings = try warnings(about: checked, for: before.id)
        let definition = try await control.write(by: author) { change throws(APIError) in
            let current = try SegmentDefinitionStore.definition(id, in: change.snapshot)
            guard version == nil || version == current.version else {
                throw APIError(.matchFailed, "the definition was changed meanwhile; look at it again")
            }
            // Decided again on the newest version: another change may have come between.
            let draft = try SegmentDefinitionDraft(body, over: current.body)
            var members = try SegmentDefinitionStore.resolved(draft, id: current.id, in: change.snapshot)
            members["version"] = .integer(current.version + 1)
            guard let entry = change.snapshot.entry(.segmentDefinition, current.idText) else {
                throw SegmentDefinitionStore.unknown
            }
            try change.replace(entry, body: members)
            return try SegmentDefinitionStore.definition(id, in: change.snapshot)
        }
        return Outcome(definition: definition, warnings: warnings)
    }

    /// Deletes a definition that nothing uses.
    ///
    /// - Throws: `DEFINITION_UNKNOWN`, or `AUDIENCE_IN_USE` naming a user.
    func delete(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) {
        try await control.write(by: author) { change throws(APIError) in
            let definition = try SegmentDefinitionStore.definition(id, in: change.snapshot)
            try SegmentDefinitionStore.refuseIfUsed(definition, in: change.snapshot)
            guard let entry = change.snapshot.entry(.segmentDefinition, definition.idText) else {
                throw SegmentDefinitionStore.unknown
            }
            change.remove(entry)
        }
    }

    private static let unknown = APIError(
        .definitionUnknown,
        "no segment definition has this id; GET the list to see them"
    )

    private static func definition(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> SegmentDefinition {
        guard
            let uuid = UUIDBytes(id),
            let definition = snapshot.entry(.segmentDefinition, uuid.description).flatMap(SegmentDefinition.init)
        else { throw unknown }
        return definition
    }

    private func warnings(
        about draft: SegmentDefinitionDraft,
        for id: Audience.ID?
    ) throws(APIError) -> [JSONValue] {
        do throws(PQLError) {
            return try dependencies.engine.check(draft.expression, for: id).map(Warning.pathUnknown)
        } catch {
            throw APIError(expression: error, in: draft.textForm)
        }
    }

    /// The members to store: the name is free, the merge policy exists.
    private static func resolved(
        _ draft: SegmentDefinitionDraft,
        id: Audience.ID?,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> JSONObject {
        for entry in snapshot.entries(.segmentDefinition) where entry.body["name"] == .string(draft.name) {
            guard entry.id == id?.uuid.description else {
                throw APIError(.definitionNameTaken, "name: segment definition \(entry.id) has this name already")
            }
        }
        var members = draft.members
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

    private static func refuseIfUsed(
        _ definition: SegmentDefinition,
        in snapshot: ControlSnapshot
    ) throws(APIError) {
        if let flow = snapshot.flowsMapping(audience: definition.id).first {
            throw APIError(
                .audienceInUse,
                "the audience is mapped to dataflow \(flow.id); remove it from segmentSelectors first",
                members: ["flowId": .string(flow.id)]
            )
        }
        var paths = PathDictionary()
        for other in snapshot.entries(.segmentDefinition) where other.id != definition.idText {
            guard
                // An expression that cannot be read, or not any more, asks for nothing.
                let expression = try? SegmentExpression(other.body["expression"]).parsed(),
                let program = try? PQLProgram(
                    compiling: expression,
                    paths: &paths,
                    audience: { snapshot.definition(named: $0)?.id }
                ),
                program.audiences.contains(definition.id)
            else { continue }
            throw APIError(
                .audienceInUse,
                "segment definition \(other.id) asks for the audience with inSegment; change it first",
                members: ["segmentDefinitionId": .string(other.id)]
            )
        }
    }
}
