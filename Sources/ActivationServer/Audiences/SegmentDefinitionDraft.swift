import ActivationCore

/// What a caller says about a segment definition, checked member by member (BEHAVIOUR 5.1).
///
/// Members that the server sets are ignored, so that a client may send back what it has read.
struct SegmentDefinitionDraft {
    /// The members to be stored.
    private(set) var members: JSONObject
    /// The unique name.
    let name: String
    /// The rule; nil for an audience whose members are named by others.
    let rule: Rule?
    /// How far it is to come.
    let lifecycle: AudienceLifecycle

    /// A rule, parsed.
    struct Rule {
        /// The expression.
        var expression: PQLExpression
        /// The text that its lines and columns are in, when it was not sent as text.
        var textForm: String?
    }

    /// Members that only the server sets, at either door.
    static let serverMembers: Set<String> = [
        "id", "version", "etag", "imsOrgId", "sandbox", "creationTime", "updateTime", "updateEpoch", "baselineTime",
        "evaluationProgress", "evaluationExplanation", "evaluationPlan", "memberCount", "warnings", "headwaterState",
        "_links", SegmentDefinition.ruleChangedAt, "audienceId", "type", "namespace", "originName", "isSystem",
        "createEpoch", "_etag", "dependents", "dependencies", "definedOn", "metrics", "edition", "lastEdition",
        "expireTime", "datasetId", SegmentDefinition.refreshedAt,
    ]

    /// A new definition.
    init(_ body: JSONValue) throws(APIError) {
        try self.init(body, over: SegmentDefinitionDraft.defaults)
    }

    /// A definition with the members of `body` in place of all that another has, apart from its state, which stays unless
    /// the body has one.
    ///
    /// - Throws: `FIELD_INVALID` or `PQL_INVALID`.
    init(replacing definition: SegmentDefinition, with body: JSONValue) throws(APIError) {
        var members = SegmentDefinitionDraft.defaults
        members["lifecycleState"] = .string(definition.lifecycle.rawValue)
        if definition.isExternal {
            for key in ExternalAudienceMembers.fixed { members[key] = definition.body[key] }
        }
        try self.init(body, over: members)
    }

    /// A definition with the members of `body` in place of those of `stored`; null takes an optional member away.
    ///
    /// - Throws: `FIELD_INVALID` or `PQL_INVALID`.
    init(_ body: JSONValue, over stored: JSONObject) throws(APIError) {
        guard let changes = body.object else {
            throw APIError(.fieldInvalid, "a definition is a JSON object")
        }
        try DocumentedTypes.check(body, as: "AudienceDraft")
        let isExternal = stored.isExternalAudience || ExternalAudienceMembers.isMeant(by: changes)
        if isExternal, !stored.isExternalAudience, stored["expression"] != nil {
            throw APIError(.fieldInvalid, "/type never changes; make another audience")
        }
        if !isExternal { try SegmentDefinitionDraft.checkType(changes) }
        members = stored
        for (key, value) in changes where !SegmentDefinitionDraft.serverMembers.contains(key) {
            members[key] = value.isNull ? SegmentDefinitionDraft.defaults[key] : value
        }
        // Whoever says nothing of the state leaves it as it is.
        if changes["lifecycleState"]?.isNull ?? true {
            members["lifecycleState"] = stored["lifecycleState"] ?? SegmentDefinitionDraft.defaults["lifecycleState"]
        }
        lifecycle = try SegmentDefinitionDraft.lifecycle(members)
        name = try SegmentDefinitionDraft.name(members)
        try SegmentDefinitionDraft.checkOptionalMembers(members)
        for key in ["tags", "labels"] {
            guard changes[key] != nil, let words = members[key] else { continue }
            let checked = try SegmentDefinitionDraft.words(words, key)
            // None is as good as an empty list.
            members[key] = checked.isEmpty ? nil : .array(checked.map { .string($0) })
        }
        if isExternal {
            try ExternalAudienceMembers.enter(changes, into: &members)
            rule = nil
        } else {
            let given = try SegmentExpression(members["expression"])
            let expression = try given.parsed()
            rule = Rule(expression: expression, textForm: given.format == .text ? nil : expression.text)
        }
    }

    /// What a definition says where its maker was silent (BEHAVIOUR 5.1).
    static let defaults: JSONObject = [
        "description": "",
        "lifecycleState": .string(AudienceLifecycle.published.rawValue),
        "profileInstanceId": "ups",
        "schema": ["name": "_xdm.context.profile"],
        "evaluationInfo": [
            "batch": ["enabled": true],
            "continuous": ["enabled": false],
            "synchronous": ["enabled": false],
        ],
        "dataGovernancePolicy": ["excludeOptOut": true],
    ]

    /// Refuses audiences that are made of no rule and are no external ones.
    private static func checkType(_ members: JSONObject) throws(APIError) {
        let expected = [
            ("type", SegmentDefinition.type), ("namespace", SegmentDefinition.namespace),
            ("originName", SegmentDefinition.originName),
        ]
        for (key, value) in expected {
            guard let given = members[key], !given.isNull, given != .string(value) else { continue }
            throw APIError(
                .audienceTypeUnsupported,
                "\(key) is \(value) where an audience is made of a rule; one whose members are named by others has type "
                    + "\(ExternalAudienceMembers.type)"
            )
        }
    }

    private static func lifecycle(_ members: JSONObject) throws(APIError) -> AudienceLifecycle {
        guard let state = members["lifecycleState"]?.string.flatMap(AudienceLifecycle.init) else {
            throw APIError(.fieldInvalid, "lifecycleState is draft, published or inactive")
        }
        return state
    }

    /// A list of words, each once.
    ///
    /// - Throws: `FIELD_INVALID`.
    static func words(_ value: JSONValue, _ key: String) throws(APIError) -> [String] {
        var known = Set<ByteKey>()
        let words = (value.array ?? []).compactMap(\.string).filter { known.insert(ByteKey($0)).inserted }
        let isUsable = words.allSatisfy { 1...ServerLimits.tagCharactersMax ~= $0.unicodeScalars.count }
        guard value.array != nil, isUsable, words.count <= ServerLimits.tagsMax else {
            throw APIError(
                .fieldInvalid,
                "\(key) is a list of at most \(ServerLimits.tagsMax) texts of 1 to \(ServerLimits.tagCharactersMax) characters"
            )
        }
        return words
    }

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
