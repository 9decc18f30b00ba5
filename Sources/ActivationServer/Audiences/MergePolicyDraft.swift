import ActivationCore

/// What a caller says about a merge policy, checked member by member (BEHAVIOUR 4.4).
///
/// Members that the server sets are ignored, so that a client may send back what it has read.
struct MergePolicyDraft {
    /// The members to be stored, apart from those that the server sets.
    let members: JSONObject
    /// Whether it shall be the default; nil = the caller does not say.
    let isDefault: Bool?

    /// The members that callers set.
    static let members = ["name", "schema", "identityGraph", "attributeMerge", "isActiveOnEdge", "default"]

    /// The class of schemas that policies are for.
    static let schemaName = "_xdm.context.profile"

    /// Reads a policy.
    ///
    /// - Parameters:
    ///   - body: What the caller says.
    ///   - snapshot: The configuration, which knows the datasets.
    /// - Throws: `FIELD_INVALID`.
    init(_ body: JSONValue, in snapshot: ControlSnapshot) throws(APIError) {
        guard body.object != nil else { throw APIError(.fieldInvalid, "a merge policy is a JSON object") }
        try DocumentedTypes.check(body, as: "MergePolicyDraft")
        guard let name = body["name"]?.string, !name.isEmpty,
            name.unicodeScalars.count <= ServerLimits.nameCharactersMax
        else {
            throw APIError(.fieldInvalid, "name is a text of 1 to \(ServerLimits.nameCharactersMax) characters")
        }
        guard body["schema"].isAbsent || body["schema"]?["name"]?.string == MergePolicyDraft.schemaName else {
            throw APIError(.fieldInvalid, "schema.name is \(MergePolicyDraft.schemaName)")
        }
        var members: JSONObject = [
            "name": .string(name),
            "schema": ["name": .string(MergePolicyDraft.schemaName)],
            "identityGraph": try MergePolicyDraft.identityGraph(body["identityGraph"]),
            "attributeMerge": try MergePolicyDraft.attributeMerge(body["attributeMerge"], in: snapshot),
        ]
        if let flag = body["isActiveOnEdge"], !flag.isNull { members["isActiveOnEdge"] = flag }
        self.members = members
        isDefault = try MergePolicyDraft.flag(body["default"])
    }

    private static func identityGraph(_ graph: JSONValue?) throws(APIError) -> JSONValue {
        guard !graph.isAbsent else { return ["type": "pdg"] }
        guard let type = graph?["type"]?.string, ["pdg", "none"].contains(type) else {
            throw APIError(
                .fieldInvalid,
                "identityGraph.type is pdg, the private graph, or none, where each identity is by itself"
            )
        }
        return ["type": .string(type)]
    }

    private static func attributeMerge(
        _ merge: JSONValue?,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> JSONValue {
        guard !merge.isAbsent else { return ["type": "timestampOrdered"] }
        switch merge?["type"]?.string {
        // An order means nothing here; a patch of the type alone leaves one behind.
        case "timestampOrdered": return ["type": "timestampOrdered"]
        case "dataSetPrecedence":
            return ["type": "dataSetPrecedence", "order": .array(try order(merge?["order"], in: snapshot))]
        default: throw APIError(.fieldInvalid, "attributeMerge.type is timestampOrdered or dataSetPrecedence")
        }
    }

    /// The ids of the datasets that a caller lists by id or name.
    private static func order(_ order: JSONValue?, in snapshot: ControlSnapshot) throws(APIError) -> [JSONValue] {
        guard let names = order?.array, !names.isEmpty else {
            throw APIError(
                .fieldInvalid,
                "attributeMerge.order lists the datasets that dataSetPrecedence merges, the first one wins"
            )
        }
        var ids: [JSONValue] = []
        for name in names {
            let id = try dataset(name.string ?? "", in: snapshot)
            guard !ids.contains(.string(id)) else {
                throw APIError(.fieldInvalid, "attributeMerge.order lists dataset \(id.excerpt(100)) twice")
            }
            ids.append(.string(id))
        }
        return ids
    }

    private static func dataset(_ name: String, in snapshot: ControlSnapshot) throws(APIError) -> String {
        if let entry = snapshot.entry(.dataset, name) { return entry.id }
        let named = snapshot.entries(.dataset).filter { $0.body["name"] == .string(name) }
        guard named.count <= 1 else {
            throw APIError(
                .fieldInvalid,
                "attributeMerge.order: \(named.count) datasets have the name \(name.excerpt(100)); give an id"
            )
        }
        guard let entry = named.first else {
            throw APIError(
                .fieldInvalid,
                "attributeMerge.order: no dataset has the id or name \(name.excerpt(100)); GET "
                    + "/data/foundation/catalog/dataSets to see them"
            )
        }
        return entry.id
    }

    /// A truth value; Adobe's own example has it as text.
    private static func flag(_ value: JSONValue?) throws(APIError) -> Bool? {
        if value.isAbsent { return nil }
        switch value?.string?.lowercased() {
        case nil: return value?.bool
        case "true": return true
        case "false": return false
        default: throw APIError(.fieldInvalid, "default is true or false")
        }
    }
}

extension JSONValue? {
    /// Whether there is nothing, or null, which counts as nothing.
    fileprivate var isAbsent: Bool { self?.isNull ?? true }
}
