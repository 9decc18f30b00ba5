import ActivationCore

extension OpenAPIDocument {
    /// The schemas that operations refer to.
    static let schemas: JSONValue = {
        var schemas = JSONObject()
        for (name, schema) in errorSchemas + ingestionSchemas + objectSchemas { schemas[name] = schema }
        return .object(schemas)
    }()

    private static let errorSchemas: [(String, JSONValue)] = [
        (
            "Problem",
            object(
                "Problem details (RFC 9457).",
                [
                    "type": text, "title": text, "status": integer, "detail": text,
                    "errorCode": text, "requestId": text,
                ],
                required: ["title", "status"]
            )
        ),
        (
            "GatewayError",
            object(
                "Why a request was stopped before it reached a service.",
                ["error_code": text, "message": text],
                required: ["error_code", "message"]
            )
        ),
    ]

    private static let ingestionSchemas: [(String, JSONValue)] = [
        (
            "CollectionMessage",
            object(
                "One message for an inlet.",
                [
                    "header": object(
                        "Whose message it is and where it belongs.",
                        ["schemaRef": anyObject, "imsOrgId": text, "datasetId": text],
                        required: ["datasetId"]
                    ),
                    "body": object(
                        "The message itself.",
                        ["xdmMeta": anyObject, "xdmEntity": .reference("XDMEntity")],
                        required: ["xdmEntity"]
                    ),
                ],
                required: ["header", "body"]
            )
        ),
        (
            "CollectionBatch",
            object(
                "Messages for an inlet.",
                ["messages": array(.reference("CollectionMessage"))],
                required: ["messages"]
            )
        ),
        (
            "CollectionAnswer",
            object(
                "The message is durable.",
                [
                    "inletId": text, "xactionId": text, "receivedTimeMs": integer, "syncValidation": anyObject,
                    "warnings": array(.reference("Warning")),
                ],
                required: ["inletId", "xactionId", "receivedTimeMs"]
            )
        ),
        (
            "CollectionBatchAnswer",
            object(
                "What became of each message, in their order.",
                ["inletId": text, "batchId": text, "receivedTimeMs": integer, "responses": array(anyObject)],
                required: ["inletId", "batchId", "receivedTimeMs", "responses"]
            )
        ),
        (
            "XDMEntity",
            object(
                "An XDM entity: a profile record, or an event when it has _id and timestamp.",
                ["identityMap": .reference("IdentityMap"), "_id": text, "timestamp": instant]
            )
        ),
        (
            "IdentityMap",
            [
                "type": "object",
                "description": "From namespace symbols to identities.",
                "additionalProperties": array(
                    object(
                        "One identity.",
                        ["id": text, "primary": ["type": "boolean"], "authenticatedState": text],
                        required: ["id"]
                    )
                ),
            ]
        ),
        (
            "LineReport",
            object(
                "What became of the lines of a body; all accepted ones are durable.",
                [
                    "accepted": integer, "duplicates": integer, "failed": integer,
                    "errors": array(
                        object("A refused line.", ["line": integer, "code": text, "message": text])
                    ),
                    "errorsTruncated": ["type": "boolean"],
                    "warnings": array(.reference("Warning")),
                ],
                required: ["accepted", "duplicates", "failed", "errors", "errorsTruncated"]
            )
        ),
    ]

    private static let objectSchemas: [(String, JSONValue)] = [
        (
            "SegmentDefinition",
            object(
                "An audience's definition.",
                [
                    "id": text, "name": text, "description": text,
                    "expression": object(
                        "The rule.",
                        ["type": ["const": "PQL"], "format": text, "value": text],
                        required: ["value"]
                    ),
                    "mergePolicyId": text, "evaluationInfo": anyObject, "version": integer,
                    "creationTime": integer, "updateTime": integer, "updateEpoch": integer,
                    "evaluationProgress": anyObject, "memberCount": integer, "warnings": array(anyObject),
                ],
                required: ["name", "expression"]
            )
        ),
        ("SegmentDefinitionPage", page("segments", "SegmentDefinition")),
        (
            "IDList",
            object(
                "Ids to look up.",
                ["ids": array(object("One id.", ["id": text], required: ["id"]))],
                required: ["ids"]
            )
        ),
        ("Results", object("Objects by id.", ["results": anyObject], required: ["results"])),
        ("MergePolicy", object("How fragments become one view.", ["id": text, "name": text, "default": flag])),
        ("MergePolicyPage", page("children", "MergePolicy")),
        ("Entities", object("Profiles by an opaque id, or a page of events.", [:])),
        (
            "IdentityNamespace",
            object(
                "An identity namespace.",
                [
                    "id": integer, "code": text, "name": text, "idType": text, "description": text,
                    "custom": flag, "status": text, "ignoredValues": ["type": ["array", "null"], "items": text],
                ],
                required: ["code", "name", "idType"]
            )
        ),
        ("IdentityNamespaces", array(.reference("IdentityNamespace"))),
        (
            "Dataset",
            object(
                """
                A dataset. With usesSourceTime its records' extSourceSystemAudit.lastUpdatedDate, where there is one, is the \
                time of the write; an older write than the stored one changes nothing.
                """,
                ["name": text, "schemaRef": anyObject, "tags": anyObject, "usesSourceTime": flag],
                required: ["name"]
            )
        ),
        ("Datasets", ["type": "object", "additionalProperties": .reference("Dataset")]),
        ("DatasetReferences", array(text)),
        (
            "Warning",
            object(
                "What to look at although the request is accepted, such as identities that were left out.",
                ["code": text, "message": text, "namespace": text, "count": integer, "line": integer, "path": text],
                required: ["code", "message"]
            )
        ),
        (
            "IgnoredValues",
            object(
                """
                Values that mean nobody, compared without regard to ASCII case; identities with them, and empty or blank \
                ones, are left out of messages. null = the default list.
                """,
                ["ignoredValues": ["type": ["array", "null"], "items": text]],
                required: ["ignoredValues"]
            )
        ),
        (
            "HeadwaterState",
            object(
                "Whether a dataflow's records are leaving, and what is in the way.",
                [
                    "state": ["type": "string", "enum": ["running", "retrying", "paused", "disabled"]],
                    "code": text, "message": text, "since": instant, "attempts": integer, "oldestPendingAt": instant,
                ],
                required: ["state"]
            )
        ),
        (
            "Readiness",
            object(
                "Whether messages are taken, and what to look at.",
                [
                    "status": ["type": "string", "enum": ["ready", "unavailable"]], "code": text, "reason": text,
                    "clock": object(
                        "There when the clock stands far from the instants of messages.",
                        ["behindSeconds": integer, "aheadSeconds": integer, "message": text]
                    ),
                ],
                required: ["status"]
            )
        ),
        ("Health", object("Whether the server works.", ["status": text], required: ["status"])),
        ("Token", object("An access token.", ["access_token": text, "token_type": text, "expires_in": integer])),
        ("Document", object("A JSON document.", [:])),
        ("Items", object("Objects in a list.", ["items": array(anyObject), "_links": anyObject])),
        (
            "FlowList",
            object(
                "Dataflows in a list.",
                [
                    "items": array(
                        object(
                            "A dataflow.",
                            [
                                "id": text, "name": text, "state": text, "etag": text,
                                "transformations": array(anyObject),
                                "headwaterState": .reference("HeadwaterState"),
                            ]
                        )
                    ),
                    "_links": anyObject,
                ]
            )
        ),
        ("Reference", object("What was made or changed.", ["id": text, "etag": text], required: ["id"])),
        (
            "JSONPatch",
            array(
                object(
                    "One operation (RFC 6902).",
                    ["op": text, "path": text, "value": [:]],
                    required: ["op", "path"]
                )
            )
        ),
        (
            "DataflowStats",
            object(
                "A dataflow's books.",
                [
                    "triggered": integer, "delivered": integer, "suppressed": anyObject, "parked": integer,
                    "pending": integer, "isBalanced": flag, "state": text, "reason": anyObject,
                    "headwaterState": .reference("HeadwaterState"),
                ]
            )
        ),
    ]

    private static let text: JSONValue = ["type": "string"]
    private static let instant: JSONValue = ["type": "string", "format": "date-time"]
    private static let integer: JSONValue = ["type": "integer"]
    private static let flag: JSONValue = ["type": "boolean"]
    private static let anyObject: JSONValue = ["type": "object"]

    private static func array(_ items: JSONValue) -> JSONValue {
        ["type": "array", "items": items]
    }

    private static func object(
        _ description: String,
        _ properties: JSONObject,
        required: [String] = []
    ) -> JSONValue {
        var schema: JSONObject = ["type": "object", "description": .string(description)]
        schema["properties"] = .object(properties)
        if !required.isEmpty { schema["required"] = .array(required.map { .string($0) }) }
        return .object(schema)
    }

    private static func page(_ list: String, _ schema: String) -> JSONValue {
        var properties = JSONObject()
        properties[list] = array(.reference(schema))
        return object("One page of a list.", properties, required: [list])
    }
}
