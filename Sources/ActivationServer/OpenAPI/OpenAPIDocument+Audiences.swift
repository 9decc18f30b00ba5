import ActivationCore

extension OpenAPIDocument {
    private static let door = "/data/core/ups/audiences"
    private static let tag: OpenAPIOperation.Parameter = .header(
        "If-Match",
        "The _etag that the change was decided on; without it the present one counts."
    )

    /// Audiences by their newer door, and what is done to several of them.
    static let audienceDoor: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: door,
            id: "listAudiences",
            tag: "Audiences",
            summary: "Lists audiences.",
            parameters: pages + [
                .query(
                    "sort",
                    "creationTime, updateTime or name, then :asc or :desc.",
                    JSONSchema.text(matching: "^(creationTime|updateTime|name)(:(asc|desc))?$")
                ),
                .query(
                    "property",
                    """
                    Only those of which this holds, such as audienceId==…, lifecycleState==draft, tags==spring or name~^Gold; \
                    several hold together.
                    """
                ),
                .query("name", "Only those whose name contains this, in any case."),
                .query("description", "Only those whose description contains this, in any case."),
                .query("entityType", "What audiences hold.", JSONSchema.word("_xdm.context.profile")),
                .query("withMetrics", "Whether members are counted.", JSONSchema.flag),
            ],
            answers: [.json(200, "One page.", "AudiencePage")]
        ),
        OpenAPIOperation(
            method: "post",
            path: door,
            id: "createAudience",
            tag: "Audiences",
            summary: "Makes an audience, published unless lifecycleState says otherwise.",
            work: .writing,
            body: .json("AudienceDraft", "Name and expression, or name, type and audienceId."),
            answers: [
                .json(200, "The audience.", "Audience", headers: ["ETag"]),
                .problem(400, "Not a usable audience; expression errors name line and column."),
                .problem(409, "The name is taken."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: door + "/bulk-get",
            id: "bulkGetAudiences",
            tag: "Audiences",
            summary: "Shows several audiences.",
            body: .json("IDList", "The ids."),
            answers: [.json(207, "Audiences by id.", "AudienceResults")]
        ),
        OpenAPIOperation(
            method: "get",
            path: door + "/{id}",
            id: "getAudience",
            tag: "Audiences",
            summary: "Shows an audience with its progress and member count.",
            answers: [
                .json(200, "The audience.", "Audience", headers: ["ETag"]), .problem(404, "No such audience."),
            ]
        ),
        OpenAPIOperation(
            method: "put",
            path: door + "/{id}",
            id: "replaceAudience",
            tag: "Audiences",
            summary: "Replaces an audience as a whole; its state stays unless the body has one.",
            work: .writing,
            parameters: [tag],
            body: .json("AudienceDraft", "The whole audience."),
            answers: changed
        ),
        OpenAPIOperation(
            method: "patch",
            path: door + "/{id}",
            id: "updateAudience",
            tag: "Audiences",
            summary: "Changes members of an audience.",
            work: .writing,
            parameters: [tag],
            body: .json("JSONPatch", "The operations."),
            answers: changed
        ),
        OpenAPIOperation(
            method: "delete",
            path: door + "/{id}",
            id: "deleteAudience",
            tag: "Audiences",
            summary: "Deletes an audience that nothing uses.",
            work: .writing,
            parameters: [tag],
            answers: [
                .empty(204, "Deleted."), .problem(404, "No such audience."),
                .problem(409, "A dataflow or another audience uses it; uses names them."),
                .problem(412, "It has another version."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/audiences/bulk",
            id: "bulkChangeAudiences",
            tag: "Audiences",
            summary: "Publishes, deactivates, deletes or tags several audiences, all of them or none.",
            security: .bearer,
            work: .writing,
            body: .json("AudienceBulkAction", "What is done to whom."),
            answers: [
                .json(200, "Those that are still there.", "AudienceBulkResult"),
                .problem(404, "No such audience, when one is named."),
                .problem(409, "Nothing was done; refusals names who refuses and why."),
            ]
        ),
    ]

    private static let changed: [OpenAPIOperation.Answer] = [
        .json(200, "The audience.", "Audience", headers: ["ETag"]),
        .problem(400, "Not a usable audience; expression errors name line and column."),
        .problem(404, "No such audience."),
        .problem(409, "The name is taken, or the audience cannot get to the state; uses names who uses it."),
        .problem(412, "It has another version."),
    ]

    static let audienceDoorSchemas: [(String, JSONValue)] = [
        (
            "Audience",
            JSONSchema.object(
                """
                An audience: the definition, and what tells one that is made of a rule from one whose members are named by \
                others. The latter has no expression, and says until when its members stay.
                """,
                JSONSchema.union(definitionMembers, definitionServerMembers, originMembers, audienceServerMembers),
                required: [
                    "id", "audienceId", "name", "mergePolicyId", "version", "lifecycleState", "type",
                    "namespace", "originName", "isSystem", "labels", "tags", "dependents", "dependencies", "imsOrgId",
                    "sandbox", "creationTime", "createEpoch", "updateTime", "updateEpoch", "_etag", "_links",
                ]
            )
        ),
        (
            "AudienceDraft",
            JSONSchema.object(
                """
                An audience: of a rule, with an expression; or of members that others name, with type and audienceId. What only \
                the server sets is ignored.
                """,
                audienceRequestMembers,
                required: ["name"]
            )
        ),
        (
            "AudiencePage",
            JSONSchema.object(
                "One page of a list.",
                [
                    "children": JSONSchema.array(.reference("Audience")),
                    "_page": JSONSchema.object(
                        "Where the page stands; next is the start of the next one.",
                        ["totalCount": JSONSchema.count, "pageSize": JSONSchema.count, "next": JSONSchema.text],
                        required: ["totalCount", "pageSize"]
                    ),
                    "_links": .reference("PageLinks"),
                ],
                required: ["children", "_page", "_links"]
            )
        ),
        (
            "AudienceResults",
            JSONSchema.object(
                "Audiences by id.",
                ["results": JSONSchema.map(JSONSchema.any(.reference("Audience"), missing))],
                required: ["results"]
            )
        ),
        (
            "AudienceBulkAction",
            JSONSchema.object(
                "One thing done to several audiences.",
                [
                    "op": JSONSchema.word("publish", "deactivate", "delete", "tag", "untag"),
                    "ids": JSONSchema.array(JSONSchema.text, count: 1...ServerLimits.bulkAudiencesMax),
                    "tags": words,
                ],
                required: ["op", "ids"]
            )
        ),
        (
            "AudienceBulkResult",
            JSONSchema.object(
                "The audiences afterwards.",
                ["audiences": JSONSchema.array(.reference("Audience"))],
                required: ["audiences"]
            )
        ),
    ]

    private static let audienceRequestMembers = JSONSchema.union(
        definitionRequestMembers,
        ["expression": JSONSchema.any(rule, ["type": "null"])],
        JSONSchema.nullable(originMembers),
        JSONSchema.nullable(JSONSchema.typesOnly(audienceServerMembers))
    )

    /// What an audience says of where its members come from.
    private static let originMembers: JSONObject = [
        "type": JSONSchema.word(
            SegmentDefinition.type,
            ExternalAudienceMembers.type,
            ExternalAudienceMembers.otherType
        ),
        "namespace": JSONSchema.text(matching: ExternalAudience.namespacePattern),
        "originName": JSONSchema.word(SegmentDefinition.originName, ExternalAudienceMembers.originName),
        "ttlInDays": JSONSchema.integer,
    ]

    private static let audienceServerMembers: JSONObject = [
        "audienceId": JSONSchema.text, "datasetId": JSONSchema.text, "edition": JSONSchema.count,
        "lastEdition": JSONSchema.count,
        "expireTime": JSONSchema.integer, "isSystem": JSONSchema.flag, "createEpoch": JSONSchema.integer,
        "_etag": JSONSchema.text, "dependents": JSONSchema.array(JSONSchema.text),
        "dependencies": JSONSchema.array(JSONSchema.text), "definedOn": JSONSchema.array(JSONSchema.anyObject),
        "metrics": JSONSchema.object(
            "Where members were counted.",
            ["data": JSONSchema.object("The figures.", ["totalProfiles": JSONSchema.count])]
        ),
    ]

    private static let missing = JSONSchema.object(
        "Why there is none.",
        ["status": JSONSchema.integer(400...599), "errorCode": JSONSchema.text, "detail": JSONSchema.text],
        required: ["status", "errorCode", "detail"]
    )
}
