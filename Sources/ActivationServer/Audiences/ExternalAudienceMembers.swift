import ActivationCore

/// What the definition of an external audience says beside what every audience's does (BEHAVIOUR 5.7).
///
/// | member | is |
/// |---|---|
/// | `type` | `ExternalSegment` |
/// | `namespace`, `audienceId` | what it is known by elsewhere; neither ever changes |
/// | `ttlInDays` | how long its members stay after an upload or a change, in days |
/// | `lastEdition` | the number of the last upload that began |
/// | `edition` | the number of the last upload that came to its end; 0 = none yet |
/// | `expireTime` | when all members exit, in milliseconds; absent while there was no upload |
/// | `refreshedAt` | when they were last confirmed, in milliseconds |
enum ExternalAudienceMembers {
    /// What an audience is whose members are named by others, and where those come from, in Adobe's words.
    static let (type, originName) = ("ExternalSegment", "CUSTOM_UPLOAD")
    /// Another word for the type.
    static let otherType = "ExternalAudience"
    /// What external audiences stand under unless their makers say otherwise.
    static let standardNamespace = "CustomerAudienceUpload"
    /// Days that members stay unless somebody says otherwise.
    static let standardDays: Int64 = 30
    /// Days that members may stay.
    static let days: ClosedRange<Int64> = 1...90

    /// Members that are set once, or by the server alone.
    static let fixed = [
        "type", "namespace", "audienceId", "originName", "edition", "lastEdition", "expireTime", "refreshedAt",
    ]
    /// Members by which it is evaluated.
    static let rule = ["edition", "expireTime"]
    /// Members of definitions that have no meaning where there is no rule.
    private static let foreign = ["expression", "evaluationInfo"]

    /// When members of an audience exit who were named, or confirmed, at an instant; in milliseconds.
    static func expireTime(of members: JSONObject, since instant: Timestamp) -> Int64 {
        instant.milliseconds + (members["ttlInDays"]?.int64 ?? standardDays) * 86_400_000
    }

    /// Whether a body is about an external audience.
    static func isMeant(by changes: JSONObject) -> Bool {
        [.string(type), .string(otherType)].contains(changes["type"])
    }

    /// Enters what a body says in the members to be stored.
    ///
    /// - Parameters:
    ///   - changes: The body.
    ///   - members: The members; afterwards with those of an external audience.
    /// - Throws: `FIELD_INVALID` or `AUDIENCE_TYPE_UNSUPPORTED`.
    static func enter(_ changes: JSONObject, into members: inout JSONObject) throws(APIError) {
        if let rule = changes["expression"], !rule.isNull {
            throw APIError(
                .fieldInvalid,
                "expression: an external audience has no rule, its members are named by others"
            )
        }
        for key in foreign { members[key] = nil }
        if members["lastEdition"]?.int64 == nil {
            try begin(changes, &members)
        } else {
            try refuseMove(changes, members)
        }
        guard let days = members["ttlInDays"].map({ $0.int64 }) ?? standardDays, self.days ~= days else {
            throw APIError(
                .fieldInvalid,
                "ttlInDays is a number of days from \(self.days.lowerBound) to \(self.days.upperBound)"
            )
        }
        members["ttlInDays"] = .integer(days)
    }

    private static func begin(_ changes: JSONObject, _ members: inout JSONObject) throws(APIError) {
        guard let id = changes["audienceId"]?.string, ExternalAudience.isNamespace(id) else {
            throw APIError(
                .fieldInvalid,
                "audienceId is what others call the audience: \(ExternalAudience.namespaceRule)"
            )
        }
        var namespace = standardNamespace
        if let given = changes["namespace"], !given.isNull {
            guard let text = given.string, ExternalAudience.isNamespace(text), !ExternalAudience.isOwn(namespace: text)
            else {
                throw APIError(
                    .fieldInvalid,
                    "namespace is \(ExternalAudience.namespaceRule), and neither ups nor \(SegmentDefinition.namespace), "
                        + "under which audiences stand that are made of a rule"
                )
            }
            namespace = text
        }
        members["type"] = .string(type)
        members["namespace"] = .string(namespace)
        members["audienceId"] = .string(id)
        members["originName"] = .string(originName)
        members["edition"] = 0
        members["lastEdition"] = 0
    }

    private static func refuseMove(_ changes: JSONObject, _ members: JSONObject) throws(APIError) {
        for key in ["type", "namespace", "audienceId"] {
            guard let given = changes[key], !given.isNull, given != members[key] else { continue }
            if key == "type", isMeant(by: changes) { continue }
            throw APIError(.fieldInvalid, "/\(key) of an external audience never changes; make another audience")
        }
    }
}

extension ControlSnapshot {
    /// The external audience that others know by the same name as one that is to be stored; nil = none.
    func externalAudience(like members: JSONObject) -> ControlEntry? {
        guard let wanted = ExternalAudience(members) else { return nil }
        return entries(.segmentDefinition).first { $0.externalAudience?.isNamed(like: wanted) ?? false }
    }
}
