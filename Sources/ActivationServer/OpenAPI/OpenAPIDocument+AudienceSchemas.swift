import ActivationCore

extension OpenAPIDocument {
    /// Segment definitions and merge policies.
    static let audienceSchemas: [(String, JSONValue)] = [
        (
            "SegmentDefinition",
            JSONSchema.object(
                "An audience's definition.",
                JSONSchema.union(definitionMembers, definitionServerMembers),
                required: [
                    "id", "name", "expression", "mergePolicyId", "version", "lifecycleState", "imsOrgId", "sandbox",
                    "creationTime", "updateTime", "updateEpoch", "baselineTime", "_links",
                ]
            )
        ),
        (
            "SegmentDefinitionDraft",
            JSONSchema.object(
                "A new definition. What only the server sets is ignored.",
                definitionRequestMembers,
                required: ["name", "expression"]
            )
        ),
        (
            "SegmentDefinitionChange",
            JSONSchema.object(
                """
                The members to change, or the whole definition; null takes an optional member away. What only the server \
                sets is ignored.
                """,
                definitionRequestMembers
            )
        ),
        (
            "SegmentConversion",
            JSONSchema.object(
                "A definition; its expression alone is looked at, the rest comes back as it is.",
                ["expression": definitionMembers["expression"] ?? JSONSchema.anyObject],
                required: ["expression"]
            )
        ),
        (
            "ConvertedSegment",
            JSONSchema.object(
                "The definition with its expression in the other format.",
                [
                    "expression": definitionMembers["expression"] ?? JSONSchema.anyObject,
                    "imsOrgId": JSONSchema.text, "sandbox": .reference("Sandbox"),
                ],
                required: ["expression", "imsOrgId", "sandbox"]
            )
        ),
        (
            "SegmentDefinitionPage",
            JSONSchema.object(
                "One page of a list.",
                [
                    "segments": JSONSchema.array(.reference("SegmentDefinition")),
                    "page": JSONSchema.object(
                        "Where the page stands.",
                        [
                            "totalCount": JSONSchema.count, "totalPages": JSONSchema.count,
                            "sortField": JSONSchema.word("creationTime", "updateTime", "name"),
                            "sort": JSONSchema.word("asc", "desc"), "pageSize": JSONSchema.count,
                            "limit": JSONSchema.count,
                        ],
                        required: ["totalCount", "totalPages", "sortField", "sort", "pageSize", "limit"]
                    ),
                    "link": .reference("PageLinks"), "_links": .reference("PageLinks"),
                ],
                required: ["segments", "page", "link", "_links"]
            )
        ),
        (
            "IDList",
            JSONSchema.object(
                "Ids to look up.",
                [
                    "ids": JSONSchema.array(
                        JSONSchema.object("One id.", ["id": JSONSchema.text], required: ["id"]),
                        count: 0...ServerLimits.pageItemsMax
                    )
                ],
                required: ["ids"]
            )
        ),
        (
            "SegmentDefinitionResults",
            JSONSchema.object(
                "Definitions by id.",
                [
                    "results": JSONSchema.map(
                        JSONSchema.any(
                            .reference("SegmentDefinition"),
                            JSONSchema.object(
                                "Why there is none.",
                                [
                                    "status": JSONSchema.integer(400...599), "errorCode": JSONSchema.text,
                                    "detail": JSONSchema.text,
                                ],
                                required: ["status", "errorCode", "detail"]
                            )
                        )
                    )
                ],
                required: ["results"]
            )
        ),
        (
            "SelfLink",
            JSONSchema.object(
                "Where an object is.",
                ["self": JSONSchema.object("The object.", ["href": JSONSchema.text], required: ["href"])]
            )
        ),
    ]

    static let definitionRequestMembers = JSONSchema.nullable(
        JSONSchema.union(definitionMembers, JSONSchema.typesOnly(definitionServerMembers)),
        except: ["name", "expression"]
    )

    static let definitionMembers: JSONObject = [
        "name": JSONSchema.text(1...ServerLimits.nameCharactersMax),
        "description": JSONSchema.text,
        "profileInstanceId": JSONSchema.word("ups"),
        "schema": [
            "type": "object",
            "properties": ["name": JSONSchema.text, "id": JSONSchema.text],
            "anyOf": [
                ["properties": ["name": ["const": "_xdm.context.profile"]], "required": ["name"]],
                ["properties": ["id": ["const": "https://ns.adobe.com/xdm/context/profile"]], "required": ["id"]],
                ["type": "null"],
            ],
        ],
        "expression": rule,
        "mergePolicyId": JSONSchema.text,
        "evaluationInfo": JSONSchema.object(
            """
            How Adobe would evaluate it: what is asked for as far as the rule allows it, else batch. Headwater evaluates every \
            audience as data arrives.
            """,
            ["batch": evaluation, "continuous": evaluation, "synchronous": evaluation],
            isClosed: true
        ),
        "dataGovernancePolicy": JSONSchema.object(
            "Whether dataflows that map it leave out who has opted out of everything, while the core policy General opt-out is on.",
            ["excludeOptOut": JSONSchema.flag]
        ),
        "payloadSchema": JSONSchema.text,
        "ttlInDays": JSONSchema.integer,
        "lifecycleState": JSONSchema.word("draft", "published", "inactive"),
        "tags": words, "labels": words,
    ]

    /// Tags or labels.
    static let words = JSONSchema.array(
        JSONSchema.text(1...ServerLimits.tagCharactersMax),
        count: 0...ServerLimits.tagsMax
    )

    /// The rule of a definition.
    static let rule = JSONSchema.object(
        "The rule.",
        [
            "type": JSONSchema.word("PQL"), "format": JSONSchema.word("pql/text", "pql/json"),
            "value": JSONSchema.someText,
        ],
        required: ["value"]
    )

    private static let evaluation = JSONSchema.object(
        "A kind of evaluation.",
        ["enabled": JSONSchema.flag],
        required: ["enabled"]
    )

    static let definitionServerMembers: JSONObject = [
        "id": JSONSchema.text, "version": JSONSchema.integer, "etag": JSONSchema.text,
        "imsOrgId": JSONSchema.text, "sandbox": .reference("Sandbox"),
        "creationTime": JSONSchema.integer, "updateTime": JSONSchema.integer, "updateEpoch": JSONSchema.integer,
        "baselineTime": JSONSchema.integer, "_links": .reference("SelfLink"),
        "evaluationProgress": JSONSchema.object(
            """
            How far the evaluation over stored profiles is: profiles of all, while it runs profiles a second and when it is \
            expected to end (Unix time in milliseconds).
            """,
            [
                "state": JSONSchema.word("waiting", "running", "done"), "processed": JSONSchema.count,
                "total": JSONSchema.count, "rate": JSONSchema.count, "expectedEnd": JSONSchema.integer,
            ],
            required: ["state", "processed", "total"]
        ),
        "evaluationExplanation": JSONSchema.array(
            JSONSchema.object(
                "Whether a mode of evaluation can be had, and why not.",
                [
                    "type": JSONSchema.word("batch", "continuous", "synchronous"), "requested": JSONSchema.flag,
                    "eligible": JSONSchema.flag, "reason": JSONSchema.text, "line": JSONSchema.count,
                    "column": JSONSchema.count,
                ],
                required: ["type", "requested", "eligible"]
            )
        ),
        "evaluationPlan": JSONSchema.object(
            """
            How Headwater evaluates it: from what is kept of the events or without any, by reading the events of a window \
            (the widest, as span), or by reading all of a profile; cause is the part of the rule that asks for it.
            """,
            [
                "type": JSONSchema.word("incremental", "window", "scan"), "span": JSONSchema.text,
                "cause": JSONSchema.text, "line": JSONSchema.count, "column": JSONSchema.count,
            ],
            required: ["type"]
        ),
        "memberCount": JSONSchema.integer, "warnings": JSONSchema.array(.reference("Warning")),
        "headwaterState": .reference("HeadwaterState"),
    ]
}
