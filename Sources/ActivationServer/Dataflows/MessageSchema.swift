import ActivationCore

/// The JSON Schema of a dataflow's messages, draft 2020-12 (BEHAVIOUR 3.4).
///
/// Everything that it says is certain: a record that does not fit it is a fault.
struct MessageSchema {
    let dataflow: Dataflow
    let name: String
    let namespaces: NamespaceDirectory
    /// What external audiences stand under, unless the dataflow calls it something else.
    var externalNamespaces: [Audience.ID: String] = [:]

    private var options: Dataflow.Options { dataflow.options }

    /// The schema of what one record holds.
    var document: JSONObject {
        var schema = options.envelope == .none ? message : event
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["$id"] = .string("urn:uuid:\(dataflow.id.uuid)")
        schema["title"] = .string(name)
        // Hundreds of audiences may be alike.
        if !dataflow.audiences.isEmpty {
            schema["$defs"] = ["mapped": .object(mappedEntry(statuses: ["realized", "exited"]))]
        }
        return schema
    }

    private var message: JSONObject {
        var root = AttributeNode()
        for attribute in dataflow.attributes { root.insert(attribute.destination[...]) }
        var properties = root.properties(of: value)
        properties["segmentMembership"] = .object(segmentMembership)
        properties["identityMap"] = .object(identityMap)
        return Self.closed(properties, required: ["segmentMembership", "identityMap"])
    }

    /// Any value that may be sent; stores have no schemas, so every type is possible.
    private var value: JSONValue {
        let single: [JSONValue] = ["string", "number", "boolean"]
        return ["type": .array(options.allowsArraysAndMaps ? single + ["array", "object"] : single)]
    }

    // MARK: Memberships

    private var segmentMembership: JSONObject {
        var mapped: [String: [Audience.ID]] = ["ups": []]
        for audience in dataflow.audiences.map(\.audience) {
            let name = externalNamespaces[audience].map { options.externalNamespace ?? $0 } ?? "ups"
            mapped[name, default: []].append(audience)
        }
        var properties = JSONObject()
        for (name, audiences) in mapped.sorted(by: { $0.key < $1.key }) {
            properties[name] = .object(memberships(of: audiences))
        }
        var schema = Self.closed(properties, required: ["ups"])
        if options.membershipScope == .sameMergePolicy || options.emitsUnmapping {
            schema["additionalProperties"] = .object(memberships(of: []))
        }
        return schema
    }

    private func memberships(of audiences: [Audience.ID]) -> JSONObject {
        var mapped = JSONObject()
        for audience in audiences { mapped[audience.uuid.description] = ["$ref": "#/$defs/mapped"] }
        var others: [JSONValue] = []
        if options.membershipScope == .sameMergePolicy { others.append(.object(self.entry(statuses: ["realized"]))) }
        if options.emitsUnmapping { others.append(.object(mappedEntry(statuses: ["exited"]))) }
        var schema = Self.closed(mapped)
        if !others.isEmpty {
            schema["propertyNames"] = ["format": "uuid"]
            schema["additionalProperties"] = others.count == 1 ? others[0] : ["anyOf": .array(others)]
        }
        return schema
    }

    private func mappedEntry(statuses: [JSONValue]) -> JSONObject {
        var entry = entry(statuses: statuses)
        var properties = entry["properties"]?.object ?? [:]
        var required = entry["required"]?.array ?? []
        if dataflow.includesSegmentTimestamps {
            for key in ["createdAt", "updatedAt", "mappingCreatedAt", "mappingUpdatedAt"] {
                properties[key] = ["type": "integer", "description": "Milliseconds since 1970."]
                required.append(.string(key))
            }
        }
        if dataflow.includesSegmentNames {
            properties["name"] = ["type": "string"]
            required.append("name")
        }
        entry["properties"] = .object(properties)
        entry["required"] = .array(required)
        return entry
    }

    private func entry(statuses: [JSONValue]) -> JSONObject {
        let statuses = options.showsExisting ? statuses + ["existing"] : statuses
        return Self.closed(
            [
                "lastQualificationTime": ["type": "string", "format": "date-time"],
                "status": ["enum": .array(statuses)],
            ],
            required: ["lastQualificationTime", "status"]
        )
    }

    // MARK: Identities

    private var identityMap: JSONObject {
        let list: JSONValue = [
            "type": "array", "minItems": 1,
            "items": .object(Self.closed(["id": ["type": "string", "minLength": 1]], required: ["id"])),
        ]
        var properties = JSONObject()
        var schema: JSONObject
        switch options.identityNamespaces {
        case .all:
            schema = ["type": "object", "additionalProperties": list]
        case .allow(let symbols):
            for symbol in symbols { properties[shown(symbol)] = list }
            schema = Self.closed(properties)
        case .deny(let symbols):
            for symbol in symbols { properties[shown(symbol)] = false }
            schema = ["type": "object", "properties": .object(properties), "additionalProperties": list]
        }
        if options.namespaceCase == .lower { schema["propertyNames"] = ["not": ["pattern": "[A-Z]"]] }
        return schema
    }

    private func shown(_ symbol: String) -> String {
        options.namespaceCase.key(namespaces.namespace(symbol: symbol)?.symbol ?? symbol)
    }

    // MARK: CloudEvents

    private var reasons: TriggerReasons {
        var reasons = options.triggers.union([.backfill, .replay])
        if options.emitsUnmapping { reasons.insert(.unmapped) }
        // The last record of a person is one of exits.
        if options.emitsDeletes { reasons.insert(.membership) }
        return reasons
    }

    private var event: JSONObject {
        let uuid: JSONValue = ["type": "string", "format": "uuid"]
        let status: JSONValue = ["enum": ["realized", "exited"]]
        let change = Self.closed(
            ["id": uuid, "status": status, "previousStatus": ["enum": ["realized", "exited", .null]]],
            required: ["id", "status", "previousStatus"]
        )
        let data = Self.closed(
            [
                "mergePolicyId": uuid, "revision": ["type": "integer", "minimum": 1],
                "reasons": [
                    "type": "array", "minItems": 1, "uniqueItems": true,
                    "items": ["enum": .array(reasons.names.map { .string($0) })],
                ],
                "changedAudiences": ["type": "array", "items": .object(change)],
                "changedPaths": ["type": "array", "items": ["type": "string"]],
                "profile": .object(message),
            ],
            required: ["mergePolicyId", "revision", "reasons", "changedAudiences", "changedPaths", "profile"]
        )
        return Self.closed(
            [
                "specversion": ["const": "1.0"], "id": ["type": "string", "minLength": 1],
                "source": ["const": .string("/v1/dataflows/\(dataflow.id.uuid)")],
                "type": ["const": "headwater.profile.exported"], "subject": uuid,
                "time": ["type": "string", "format": "date-time"],
                "datacontenttype": ["const": "application/json"], "data": .object(data),
            ],
            required: ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"]
        )
    }

    private static func closed(_ properties: JSONObject, required: [String] = []) -> JSONObject {
        var schema: JSONObject = [
            "type": "object", "properties": .object(properties), "additionalProperties": false,
        ]
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        return schema
    }

    /// What stands in messages under one key.
    private struct AttributeNode {
        var isMapped = false
        var members: [(key: String, node: AttributeNode)] = []

        mutating func insert(_ keys: ArraySlice<String>) {
            guard let key = keys.first else {
                isMapped = true
                return
            }
            let index = members.firstIndex { $0.key.hasSameBytes(as: key) } ?? members.count
            if index == members.count { members.append((key, AttributeNode())) }
            members[index].node.insert(keys.dropFirst())
        }

        /// An object of several attributes is there only while one of them is.
        func properties(of value: JSONValue) -> JSONObject {
            var properties = JSONObject()
            for (key, node) in members {
                guard !node.isMapped else {
                    properties[key] = value
                    continue
                }
                var schema = MessageSchema.closed(node.properties(of: value))
                schema["minProperties"] = 1
                properties[key] = .object(schema)
            }
            return properties
        }
    }
}
