// Segment definitions and merge policies.
extension APIErrorCode {
    static let definitionUnknown = APIErrorCode("DEFINITION_UNKNOWN", status: 404, title: "Definition not found")
    static let definitionNameTaken = APIErrorCode("NAME_TAKEN", status: 409, title: "Name is taken")
    static let audienceInUse = APIErrorCode("AUDIENCE_IN_USE", status: 409, title: "Audience is still used")
    static let audienceStateConflict = APIErrorCode(
        "AUDIENCE_STATE_CONFLICT",
        status: 409,
        title: "Audience cannot get to this state"
    )
    static let audienceNotPublished = APIErrorCode(
        "AUDIENCE_NOT_PUBLISHED",
        status: 409,
        title: "Audience is not published"
    )
    static let audiencesRefused = APIErrorCode(
        "AUDIENCES_REFUSED",
        status: 409,
        title: "Audiences refuse what was to be done to all of them"
    )
    static let audienceTypeUnsupported = APIErrorCode(
        "AUDIENCE_TYPE_UNSUPPORTED",
        status: 400,
        title: "Type of audience is not supported"
    )
    static let audienceNotExternal = APIErrorCode(
        "AUDIENCE_NOT_EXTERNAL",
        status: 409,
        title: "Audience is made of a rule"
    )
    static let audienceExpired = APIErrorCode(
        "AUDIENCE_EXPIRED",
        status: 409,
        title: "Members of the audience have expired"
    )
    static let expressionInvalid = APIErrorCode("PQL_INVALID", status: 400, title: "Expression cannot be used")
    static let mergePolicyUnknown = APIErrorCode("MERGE_POLICY_UNKNOWN", status: 404, title: "Merge policy not found")
    static let mergePolicyInUse = APIErrorCode(
        "MERGE_POLICY_IN_USE",
        status: 409,
        title: "Merge policy is still used"
    )
    static let mergePoliciesTooMany = APIErrorCode(
        "MERGE_POLICIES_TOO_MANY",
        status: 409,
        title: "No room for another merge policy"
    )
}
