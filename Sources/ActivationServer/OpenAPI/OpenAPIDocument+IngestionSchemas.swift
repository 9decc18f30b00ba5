import ActivationCore

extension OpenAPIDocument {
    /// Messages, what became of them, and profiles.
    static let ingestionSchemas: [(String, JSONValue)] = [
        (
            "CollectionMessage",
            JSONSchema.object(
                "One message for an inlet.",
                [
                    "header": JSONSchema.object(
                        "Whose message it is and where it belongs.",
                        JSONSchema.nullable(
                            [
                                "schemaRef": .reference("SchemaReference"), "imsOrgId": JSONSchema.text,
                                "datasetId": JSONSchema.text,
                            ],
                            except: ["datasetId"]
                        ),
                        required: ["datasetId"]
                    ),
                    "body": JSONSchema.object(
                        "The message itself.",
                        JSONSchema.nullable(
                            [
                                "xdmMeta": JSONSchema.object(
                                    "What kind of entity it is.",
                                    JSONSchema.nullable(["schemaRef": .reference("SchemaReference")])
                                ),
                                "xdmEntity": .reference("XDMEntity"),
                            ],
                            except: ["xdmEntity"]
                        ),
                        required: ["xdmEntity"]
                    ),
                ],
                required: ["header", "body"]
            )
        ),
        (
            "CollectionBatch",
            JSONSchema.object(
                "Messages for an inlet, each a CollectionMessage and judged on its own.",
                ["messages": JSONSchema.array([:])],
                required: ["messages"]
            )
        ),
        (
            "CollectionAnswer",
            JSONSchema.object(
                "The message is durable.",
                [
                    "inletId": JSONSchema.text, "xactionId": JSONSchema.text, "receivedTimeMs": JSONSchema.count,
                    "syncValidation": JSONSchema.anyObject, "synchronousValidation": JSONSchema.anyObject,
                    "warnings": JSONSchema.array(.reference("Warning")),
                ],
                required: ["inletId", "xactionId", "receivedTimeMs"]
            )
        ),
        (
            "CollectionBatchAnswer",
            JSONSchema.object(
                "What became of each message, in their order.",
                [
                    "inletId": JSONSchema.text, "batchId": JSONSchema.text, "receivedTimeMs": JSONSchema.count,
                    "responses": JSONSchema.array(
                        JSONSchema.object(
                            "A message that is durable has xactionId, one that is refused the others.",
                            [
                                "xactionId": JSONSchema.text, "statusCode": JSONSchema.integer(400...599),
                                "code": JSONSchema.text, "message": JSONSchema.text,
                                "warnings": JSONSchema.array(.reference("Warning")),
                            ]
                        )
                    ),
                ],
                required: ["inletId", "batchId", "receivedTimeMs", "responses"]
            )
        ),
        (
            "XDMEntity",
            JSONSchema.object(
                "An XDM entity: a profile record, or an event when it has _id and timestamp.",
                [
                    "identityMap": .reference("IdentityMap"), "_id": JSONSchema.text,
                    "timestamp": JSONSchema.instant,
                ]
            )
        ),
        (
            "IdentityMap",
            JSONSchema.map(
                JSONSchema.array(
                    JSONSchema.object(
                        "One identity of the namespace.",
                        [
                            "id": JSONSchema.text, "primary": JSONSchema.flag,
                            "authenticatedState": JSONSchema.text,
                        ],
                        required: ["id"]
                    )
                )
            )
        ),
        (
            "LineReport",
            JSONSchema.object(
                "What became of the lines of a body; all accepted ones are durable.",
                [
                    "accepted": JSONSchema.count, "duplicates": JSONSchema.count, "failed": JSONSchema.count,
                    "errors": JSONSchema.array(
                        JSONSchema.object(
                            "A refused line.",
                            ["line": JSONSchema.count, "code": JSONSchema.text, "message": JSONSchema.text],
                            required: ["line", "code", "message"]
                        )
                    ),
                    "errorsTruncated": JSONSchema.flag, "warnings": JSONSchema.array(.reference("Warning")),
                ],
                required: ["accepted", "duplicates", "failed", "errors", "errorsTruncated", "warnings"]
            )
        ),
        (
            "ProfileByID",
            JSONSchema.map(
                JSONSchema.object(
                    "A profile's merged view.",
                    [
                        "entityId": JSONSchema.text, "mergePolicy": JSONSchema.anyObject,
                        "sources": JSONSchema.array(JSONSchema.text), "tags": JSONSchema.array(JSONSchema.text),
                        "identityGraph": JSONSchema.array(JSONSchema.text), "entity": JSONSchema.anyObject,
                        "revision": JSONSchema.count, "lastModifiedAt": JSONSchema.instant,
                    ],
                    required: [
                        "entityId", "mergePolicy", "sources", "tags", "identityGraph", "entity", "revision",
                        "lastModifiedAt",
                    ]
                )
            )
        ),
        (
            "EventPage",
            JSONSchema.object(
                "A page of a profile's events.",
                [
                    "_page": JSONSchema.object(
                        "Where the page stands.",
                        [
                            "orderby": JSONSchema.word("timestamp", "-timestamp"), "start": JSONSchema.count,
                            "count": JSONSchema.count, "next": JSONSchema.text,
                        ],
                        required: ["orderby", "start", "count", "next"]
                    ),
                    "children": JSONSchema.array(
                        JSONSchema.object(
                            "An event.",
                            [
                                "relatedEntityId": JSONSchema.text, "entityId": JSONSchema.text,
                                "timestamp": JSONSchema.integer, "entity": JSONSchema.anyObject,
                                "lastModifiedAt": JSONSchema.instant,
                            ],
                            required: ["relatedEntityId", "entityId", "timestamp", "entity", "lastModifiedAt"]
                        )
                    ),
                    "_links": .reference("PageLinks"),
                ],
                required: ["_page", "children", "_links"]
            )
        ),
    ]
}
