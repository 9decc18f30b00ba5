import ActivationCore

/// What a caller says about a segment definition, checked member by member (BEHAVIOUR 5.1).
///
/// Members that the server sets are ignored, so that a client may send back what it has read.
struct SegmentDefinitionDraft {
    /// The members to be stored.
    private(set) var members: JSONObject
    /// The unique name.
    let name: String
    /// The rule, parsed.
    let expression: PQLExpression
    /// The text that lines and columns of the rule are in, when it was not sent as text.
    let textForm: String?

    /// Members that only the server sets.
    static let serverMembers: Set<String> = [
        "id", "version", "etag", "imsOrgId", "sandbox", "creationTime", "updateTime", "updateEpoch", "baselineTime",
        "lifecycleState", "evaluationProgress", "evaluationExplanation", "evaluationPlan", "memberCount", "warnings",
        "headwaterState", "_links",
    ]

    /// A new definition.
    init(_ body: JSONValue) throws(APIError) {
        try self.init(body, over: SegmentDefinitionDraft.defaults)
    }

    /// A definition with the members of `body` in place of those of `stored`; null takes an optional member away.
    ///
    /// - Throws: `FIELD_INVALID` or `PQL_INVALID`.
    init(_ body: JSONValue, over stored: JSONObject) throws(APIError) {
        guard let changes = body.object else {
            throw APIError(.fieldInvalid, "a definition is a JSON object")
        }
        try DocumentedTypes.check(body, as: "SegmentDefinitionChange")
        members = stored
        for (key, value) in changes where !SegmentDefinitionDraft.serverMembers.contains(key) {
            members[key] = value.isNull ? SegmentDefinitionDraft.defaults[key] : value
        }
        name = try SegmentDefinitionDraft.name(members)
        try SegmentDefinitionDraft.checkOptionalMembers(members)
        let rule = try SegmentExpression(members["expression"])
        expression = try rule.parsed()
        textForm = rule.format == .text ? nil : expression.text
    }

    /// What a definition says where its maker was silent (BEHAVIOUR 5.1).
    private static let defaults: JSONObject = [
        "description": "",
        "profileInstanceId": "ups",
        "schema": ["name": "_xdm.context.profile"],
        "evaluationInfo": [
            "batch": ["enabled": true],
            "continuous": ["enabled": false],
            "synchronous": ["enabled": false],
        ],
        "dataGovernancePolicy": ["excludeOptOut": true],
    ]

    private static func name(_ members: JSONObject) throws(APIError) -> String {
        guard let name = members["name"]?.string, !name.isEmpty,
            name.unicodeScalars.count <= ServerLimits.nameCharactersMax
        else {
            throw APIError(.fieldInvalid, "name is a text of 1 to \(ServerLimits.nameCharactersMax) characters")
        }
        return name
    }

    private static func checkOptionalMembers(_ members: JSONObject) throws(APIError) {
        let schema = members["schema"]
        let isProfileSchema =
            schema?["name"] == "_xdm.context.profile" || schema?["id"] == "https://ns.adobe.com/xdm/context/profile"
        guard isProfileSchema else {
            throw APIError(.fieldInvalid, "schema.name is _xdm.context.profile; audiences hold profiles")
        }
        guard members["profileInstanceId"] == "ups" else {
            throw APIError(.fieldInvalid, "profileInstanceId is ups")
        }
        for (kind, value) in members["evaluationInfo"]?.object ?? [:] {
            guard ["batch", "continuous", "synchronous"].contains(kind), value["enabled"]?.bool != nil else {
                throw APIError(.fieldInvalid, "evaluationInfo holds batch, continuous, synchronous: {\"enabled\": …}")
            }
        }
    }
}
