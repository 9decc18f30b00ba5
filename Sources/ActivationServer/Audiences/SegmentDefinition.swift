import ActivationCore
import ActivationEngine

/// A stored segment definition: an audience as the API shows it (BEHAVIOUR 5.1).
struct SegmentDefinition: Sendable {
    /// The id.
    var id: Audience.ID
    /// The unique name.
    var name: String
    /// Grows with every change.
    var version: Int64
    /// When it was made.
    var createdAt: Timestamp
    /// When it last changed.
    var updatedAt: Timestamp
    /// Its version as clients name it.
    var etag: String
    /// How far it has come.
    var lifecycle: AudienceLifecycle
    /// The members its makers gave, and what the server keeps beside them.
    var body: JSONObject

    /// Reads a stored object; nil when its id is none of ours.
    init?(_ entry: ControlEntry) {
        guard let uuid = UUIDBytes(entry.id) else { return nil }
        id = Audience.ID(uuid: uuid)
        name = entry.string("name") ?? ""
        version = entry.body["version"]?.int64 ?? 1
        createdAt = entry.createdAt
        updatedAt = entry.updatedAt
        etag = entry.etag
        lifecycle = AudienceLifecycle(entry)
        body = entry.body
    }

    /// Words that people find it by.
    var tags: [String] { body["tags"]?.array?.compactMap(\.string) ?? [] }

    /// The member that says when what it is evaluated by last changed, in milliseconds; absent = with its last change.
    static let ruleChangedAt = "ruleChangedAt"

    /// When what a stored definition is evaluated by last changed; nil = with its last change.
    static func ruleChangedAt(_ entry: ControlEntry) -> Timestamp? {
        entry.body[ruleChangedAt]?.int64.map { Timestamp(milliseconds: $0) }
    }

    /// Whether its maker asked for a mode of evaluation.
    func isEvaluated(_ mode: EvaluationMode) -> Bool {
        body["evaluationInfo"]?[mode.rawValue]?["enabled"]?.bool ?? false
    }

    /// Whether its members are named by others.
    var isExternal: Bool { body.isExternalAudience }

    /// The id of an audience, or of an expression's reference to one, as text.
    var idText: String { id.uuid.description }

    /// What an audience is that is made of a rule, whose it is, and where it comes from, in Adobe's words.
    static let (type, namespace, originName) = ("SegmentDefinition", "AEPSegments", "REAL_TIME_CUSTOMER_PROFILE")

    /// How links name the list of definitions.
    static let link = "/data/core/ups/segment/definitions"

    /// The object that callers see.
    ///
    /// - Parameters:
    ///   - owner: Whose it is.
    ///   - evaluation: How it would be evaluated (BEHAVIOUR 5.4); nil for one without a rule.
    ///   - plan: How it is evaluated, when it is in use (BEHAVIOUR 5.4).
    ///   - progress: How far its evaluation over stored profiles is (BEHAVIOUR 5.1).
    ///   - leftOut: Why it is not in use, when the engine cannot use what it says.
    ///   - memberCount: Its realized members, where they were counted.
    ///   - warnings: What its maker should look at.
    /// - Returns: The object, its makers' members included.
    func json(
        owner: JSONObject,
        evaluation: DefinitionEvaluation?,
        plan: EvaluationPlan?,
        progress: EvaluationProgress?,
        leftOut: Quarantine.Reason? = nil,
        memberCount: Int? = nil,
        warnings: [JSONValue] = []
    ) -> JSONObject {
        var object: JSONObject = ["id": .string(idText)]
        for (key, value) in body where key != SegmentDefinition.ruleChangedAt { object[key] = value }
        if let evaluation {
            object["evaluationInfo"] = evaluation.info
            object["evaluationExplanation"] = evaluation.explanation
        }
        object["version"] = .integer(version)
        object["lifecycleState"] = .string(lifecycle.rawValue)
        for (key, value) in owner { object[key] = value }
        object["creationTime"] = .integer(createdAt.milliseconds)
        object["updateTime"] = .integer(updatedAt.milliseconds)
        object["updateEpoch"] = .integer(updatedAt.milliseconds / 1_000)
        object["baselineTime"] = .integer(createdAt.milliseconds / 1_000)
        object["_links"] = ["self": ["href": .string("\(SegmentDefinition.link)/\(idText)")]]
        if let plan { object["evaluationPlan"] = plan.json }
        if let progress { object["evaluationProgress"] = progress.json }
        if let leftOut { object["headwaterState"] = HeadwaterState(.disabled, leftOut: leftOut).json }
        if let memberCount { object["memberCount"] = .integer(Int64(memberCount)) }
        if !warnings.isEmpty { object["warnings"] = .array(warnings) }
        return object
    }
}

extension ControlDraft {
    /// Gives a definition other members; it is evaluated again only where what it is evaluated by is another (BEHAVIOUR 5.1).
    ///
    /// Members of an external audience that have not expired stay for as long as when they came (BEHAVIOUR 5.7).
    ///
    /// - Throws: `FIELD_INVALID` when the body has become too large or too deep.
    mutating func rewrite(_ entry: ControlEntry, body: JSONObject) throws(APIError) {
        var body = body
        let wasInactive = AudienceLifecycle(entry) == .inactive
        let isInactive = body["lifecycleState"]?.string == AudienceLifecycle.inactive.rawValue
        if body.isExternalAudience, let end = body["expireTime"]?.int64, end > instant.milliseconds {
            body["expireTime"] = .integer(ExternalAudienceMembers.expireTime(of: body, since: instant))
        }
        let decisive = ["expression", "mergePolicyId"] + ExternalAudienceMembers.rule
        let isSame = wasInactive == isInactive && decisive.allSatisfy { entry.body[$0] == body[$0] }
        let changedAt = SegmentDefinition.ruleChangedAt(entry) ?? entry.updatedAt
        body[SegmentDefinition.ruleChangedAt] = isSame ? .integer(changedAt.milliseconds) : nil
        body["version"] = .integer((entry.body["version"]?.int64 ?? 1) + 1)
        try replace(entry, body: body)
    }
}

extension EvaluationProgress {
    /// The object that callers see (BEHAVIOUR 5.1).
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "state": .string(state.rawValue),
            "processed": .integer(Int64(processed)),
            "total": .integer(Int64(total)),
        ]
        object["rate"] = rate.map { .integer(Int64($0)) }
        object["expectedEnd"] = expectedEnd.map { .integer($0.milliseconds) }
        return .object(object)
    }
}
