import ActivationCore
import ActivationEngine

/// An audience as callers see it, at either door: one stored object in two shapes (BEHAVIOUR 5.1).
///
/// All audiences of one answer are shown as they were at one moment.
struct AudienceDocuments: Sendable {
    /// In which of Adobe's shapes.
    enum Shape: Sendable {
        /// As `/segment/definitions` has it.
        case definition
        /// As `/audiences` has it: the same, and what tells it from audiences that are made elsewhere.
        case audience
    }

    private let shape: Shape
    private let engine: any ServerEngine
    private let owner: JSONObject
    private let snapshot: ControlSnapshot
    private let quarantine: Quarantine

    init(_ shape: Shape, _ dependencies: ServerDependencies) {
        self.shape = shape
        engine = dependencies.engine
        owner = dependencies.control.owner
        snapshot = dependencies.control.snapshot
        quarantine = dependencies.control.quarantine
    }

    /// The definition as it is to be shown, with its realized members where they were counted.
    func json(_ definition: SegmentDefinition, memberCount: Int? = nil) -> JSONValue {
        json(
            definition,
            progress: engine.evaluationProgress(definition.id),
            memberCount: memberCount,
            warnings: []
        )
    }

    private func json(
        _ definition: SegmentDefinition,
        progress: EvaluationProgress?,
        memberCount: Int?,
        warnings: [JSONValue]
    ) -> JSONValue {
        var object = definition.json(
            owner: owner,
            evaluation: definition.isExternal ? nil : snapshot.evaluation(of: definition),
            plan: engine.evaluationPlan(definition.id),
            progress: progress,
            leftOut: quarantine.reason(audience: definition.id),
            memberCount: memberCount,
            warnings: warnings
        )
        guard shape == .audience else { return .object(object) }
        for (key, value) in definition.origin { object[key] = value }
        object["isSystem"] = false
        object["createEpoch"] = .integer(definition.createdAt.milliseconds / 1_000)
        object["_etag"] = .string(EntityTag.quoted(definition.etag))
        object["_links"] = ["self": ["href": .string("\(AudienceRoutes.link)/\(definition.idText)")]]
        object["definedOn"] = [
            [
                "meta:resourceType": "unions", "meta:containerId": "tenant",
                "$ref": "https://ns.adobe.com/xdm/context/profile__union",
            ]
        ]
        object["dependents"] = .array(snapshot.definitionsAsking(for: definition).map { .string($0.idText) })
        object["dependencies"] = .array(snapshot.audiencesAsked(by: definition).map { .string($0.idText) })
        if object["labels"] == nil { object["labels"] = [] }
        if object["tags"] == nil { object["tags"] = [] }
        if let memberCount { object["metrics"] = ["data": ["totalProfiles": .integer(Int64(memberCount))]] }
        return .object(object)
    }

    /// The definition with its members counted.
    ///
    /// - Throws: The engine's error.
    func counted(
        _ definition: SegmentDefinition,
        warnings: [JSONValue] = []
    ) async throws(APIError) -> JSONValue {
        // Before the members are counted: whoever reads `done` reads a count of everyone.
        let progress = engine.evaluationProgress(definition.id)
        let count = try await APIError.mapping { () throws(EngineError) in
            try await engine.memberCount(definition.id)
        }
        return json(definition, progress: progress, memberCount: count, warnings: warnings)
    }

    /// Definitions by id; why not, for an id that nothing has.
    func results(
        of ids: [String],
        _ find: (String) throws(APIError) -> SegmentDefinition
    ) -> JSONValue {
        var results = JSONObject()
        for id in ids {
            do throws(APIError) {
                results[id] = json(try find(id))
            } catch {
                results[id] = [
                    "status": .integer(Int64(error.code.status)),
                    "errorCode": .string(error.code.rawValue),
                    "detail": .string(error.detail),
                ]
            }
        }
        return ["results": .object(results)]
    }
}

extension SegmentDefinition {
    /// What tells an audience that is made of a rule from those whose members are named by others.
    var origin: JSONObject {
        guard !isExternal else {
            var origin = JSONObject()
            for key in ["audienceId", "type", "namespace", "originName"] { origin[key] = body[key] }
            origin["datasetId"] = .string(AudienceDataset.id(of: idText))
            return origin
        }
        return [
            "audienceId": .string(idText), "type": .string(SegmentDefinition.type),
            "namespace": .string(SegmentDefinition.namespace), "originName": .string(SegmentDefinition.originName),
        ]
    }

    /// What a list is filtered by, at the cost of looking at what is stored alone.
    var filterable: JSONObject {
        var object = body
        for (key, value) in origin { object[key] = value }
        object["id"] = .string(idText)
        object["lifecycleState"] = .string(lifecycle.rawValue)
        object["creationTime"] = .integer(createdAt.milliseconds)
        object["updateTime"] = .integer(updatedAt.milliseconds)
        return object
    }
}
