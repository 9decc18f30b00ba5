import ActivationCore

/// Flow Service's objects as clients see them: the stored body with what the server knows about it (BEHAVIOUR 1.7).
struct FlowServiceDocument {
    private let dependencies: ServerDependencies
    private let control: ControlPlane
    private let snapshot: ControlSnapshot
    private let endpoint: String

    init(_ dependencies: ServerDependencies) {
        self.dependencies = dependencies
        control = dependencies.control
        snapshot = dependencies.control.snapshot
        endpoint = dependencies.endpoint.value
    }

    /// The document of an object.
    func document(_ entry: ControlEntry) -> JSONObject {
        var object: JSONObject = [
            "id": .string(entry.id),
            "createdAt": .integer(entry.createdAt.milliseconds),
            "updatedAt": .integer(entry.updatedAt.milliseconds),
        ]
        for key in AuditTrail.keys { object[key] = entry.body[key] }
        object["sandboxId"] = .string(control.sandboxID)
        object["sandboxName"] = .string(control.sandbox.name)
        object["imsOrgId"] = .string(control.orgID)
        for (key, value) in ConnectionSecrets.shown(entry.body) where object[key] == nil {
            object[key] = value
        }
        if let inlet = Inlet(entry) { object["inletUrl"] = .string("\(endpoint)/collection/\(inlet.id)") }
        if entry.kind == .flow {
            object["inheritedAttributes"] = inheritedAttributes(of: entry)
            object["headwaterState"] = dependencies.headwaterState(of: entry).json
        }
        let etag = JSONValue.string(EntityTag.quoted(entry.etag))
        object["version"] = etag
        object["etag"] = etag
        return object
    }

    /// All documents of a kind.
    func documents(_ kind: ControlKind) -> [JSONObject] {
        snapshot.entries(kind).filter { $0.string("state") != FlowState.deleting }.map(document)
    }

    private func inheritedAttributes(of flow: ControlEntry) -> JSONValue {
        func connections(_ key: String, _ kind: ControlKind) -> [JSONValue] {
            (flow.body[key]?.array ?? []).compactMap(\.string).map { id in
                var object: JSONObject = ["id": .string(id)]
                guard let entry = snapshot.entry(kind, id) else { return .object(object) }
                object["connectionSpec"] = entry.body["connectionSpec"]
                if let base = entry.string("baseConnectionId") {
                    var baseObject: JSONObject = ["id": .string(base)]
                    baseObject["connectionSpec"] = snapshot.entry(.connection, base)?.body["connectionSpec"]
                    object["baseConnection"] = .object(baseObject)
                }
                if kind == .sourceConnection { object["typeInfo"] = ["type": "ProfileFragments", "id": "ups"] }
                return .object(object)
            }
        }
        return [
            "sourceConnections": .array(connections("sourceConnectionIds", .sourceConnection)),
            "targetConnections": .array(connections("targetConnectionIds", .targetConnection)),
            "properties": ["isDestinationFlow": true],
        ]
    }
}
