import ActivationCore
import ActivationEngine

/// What `POST /preview` says (BEHAVIOUR 5.8).
struct PreviewDraft {
    /// The rule.
    let expression: PQLExpression
    /// The text that lines and columns of the rule are in, when it was not sent as text.
    let textForm: String?
    /// The merge policy of the view; nil = the default one.
    let mergePolicy: MergePolicy.ID?
    /// The audience that would get the rule; nil = none.
    let audience: Audience.ID?

    /// Reads a body; `graphType`, `mergeStrategy` and other members are left alone, for there is one of each.
    ///
    /// - Throws: `FIELD_INVALID` or `PQL_INVALID`.
    init(_ body: JSONValue, in snapshot: ControlSnapshot) throws(APIError) {
        guard body.object != nil else {
            throw APIError(.fieldInvalid, "a preview is a JSON object with predicateExpression")
        }
        try DocumentedTypes.check(body, as: "PreviewDraft")
        guard let text = body["predicateExpression"]?.string, !text.isEmpty else {
            throw APIError(.fieldInvalid, "predicateExpression is the text of the rule")
        }
        guard let format = body["predicateType"].map({ $0.string.flatMap(SegmentExpression.Format.init) }) ?? .text
        else {
            throw APIError(.fieldInvalid, "predicateType is pql/text or pql/json")
        }
        guard body["predicateModel"] == nil || body["predicateModel"] == "_xdm.context.profile" else {
            throw APIError(.fieldInvalid, "predicateModel is _xdm.context.profile; audiences hold profiles")
        }
        expression = try SegmentExpression(format: format, value: text).parsed()
        textForm = format == .text ? nil : expression.text
        let changed = try PreviewDraft.audience(body["audienceId"]?.string, in: snapshot)
        audience = changed.flatMap { UUIDBytes($0.id) }.map { Audience.ID(uuid: $0) }
        guard let policy = body["mergePolicyId"]?.string ?? changed?.string("mergePolicyId") else {
            mergePolicy = nil
            return
        }
        guard let uuid = UUIDBytes(policy), snapshot.entry(.mergePolicy, uuid.description) != nil else {
            throw APIError(.fieldInvalid, "mergePolicyId: no merge policy has this id; GET the list to see them")
        }
        mergePolicy = MergePolicy.ID(uuid: uuid)
    }

    private static func audience(
        _ id: String?,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> ControlEntry? {
        guard let id else { return nil }
        guard let uuid = UUIDBytes(id), let entry = snapshot.entry(.segmentDefinition, uuid.description) else {
            throw APIError(.fieldInvalid, "audienceId: no audience has this id; GET the list to see them")
        }
        guard !entry.isExternalAudience else {
            throw APIError(
                .fieldInvalid,
                "audienceId: the audience is not made of a rule, so it cannot get another one"
            )
        }
        return entry
    }
}
