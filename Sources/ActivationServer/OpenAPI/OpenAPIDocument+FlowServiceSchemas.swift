import ActivationCore

extension OpenAPIDocument {
    /// Connections, dataflows and their books.
    static let flowServiceSchemas: [(String, JSONValue)] =
        kind("ConnectionSpec", "Something that can be connected to.", FlowServiceMembers.spec)
        + kind("FlowSpec", "A kind of dataflow.", FlowServiceMembers.spec)
        + kind("Connection", "An account, the profile store or an inlet.", FlowServiceMembers.connection)
        + kind("SourceConnection", "A dataflow's tie to the profile store.", FlowServiceMembers.source)
        + kind("TargetConnection", "The stream a dataflow writes to.", FlowServiceMembers.target)
        + kind(
            "Flow",
            "What is exported where.",
            JSONSchema.union(FlowServiceMembers.flow, ["state": JSONSchema.word("enabled", "disabled")])
        )
        + kind(
            "Run",
            "What became of a dataflow's records in an hour, or what a backfill made.",
            FlowServiceMembers.run
        ) + [
            (
                "ConnectionDraft",
                draft("A new connection.", FlowServiceMembers.connection, required: ["connectionSpec"])
            ),
            (
                "SourceConnectionDraft",
                draft(
                    "A new source connection.",
                    FlowServiceMembers.source,
                    required: ["connectionSpec", "baseConnectionId"]
                )
            ),
            (
                "TargetConnectionDraft",
                draft(
                    "A new target connection.",
                    FlowServiceMembers.target,
                    required: ["connectionSpec", "baseConnectionId", "params"]
                )
            ),
            (
                "FlowDraft",
                draft(
                    "A new dataflow; its state is left out.",
                    FlowServiceMembers.flow,
                    required: ["flowSpec", "sourceConnectionIds", "targetConnectionIds"]
                )
            ),
            ("DataflowDraft", dataflowDraft),
            (
                "Dataflow",
                JSONSchema.object(
                    "A dataflow that was made, and what it stands on.",
                    [
                        "id": JSONSchema.text, "etag": JSONSchema.text, "accountId": JSONSchema.text,
                        "sourceConnectionId": JSONSchema.text, "targetConnectionId": JSONSchema.text,
                        "backfillId": JSONSchema.text, "warnings": JSONSchema.array(.reference("Warning")),
                    ],
                    required: ["id", "etag", "accountId", "sourceConnectionId", "targetConnectionId"]
                )
            ),
            (
                "DataflowDeletion",
                JSONSchema.object(
                    "What has gone.",
                    [
                        "id": JSONSchema.text, "accountIds": JSONSchema.array(JSONSchema.text),
                        "sourceConnectionIds": JSONSchema.array(JSONSchema.text),
                        "targetConnectionIds": JSONSchema.array(JSONSchema.text),
                    ],
                    required: ["id", "accountIds", "sourceConnectionIds", "targetConnectionIds"]
                )
            ),
            (
                "Count",
                JSONSchema.object("How many there are.", ["count": JSONSchema.count], required: ["count"])
            ),
            (
                "Reference",
                JSONSchema.object(
                    "What was made or changed.",
                    [
                        "id": JSONSchema.text, "etag": JSONSchema.text,
                        "backfillId": JSONSchema.text, "unmappingId": JSONSchema.text,
                        "warnings": JSONSchema.array(.reference("Warning")),
                    ],
                    required: ["id", "etag"]
                )
            ),
            (
                "JSONPatch",
                JSONSchema.array(
                    JSONSchema.object(
                        "One operation (RFC 6902); op in any case.",
                        [
                            "op": JSONSchema.text(
                                matching:
                                    "^([Aa][Dd][Dd]|[Rr][Ee][Pp][Ll][Aa][Cc][Ee]|[Rr][Ee][Mm][Oo][Vv][Ee])$"
                            ),
                            "path": JSONSchema.text(matching: "^(/.*)?$"), "value": [:],
                        ],
                        required: ["op", "path"]
                    ),
                    count: 1...ServerLimits.patchOperationsMax
                )
            ),
            (
                "DataflowBalance",
                JSONSchema.object(
                    "A dataflow's books beside what was counted.",
                    JSONSchema.union(
                        booksTerms(JSONSchema.count),
                        [
                            "flowId": JSONSchema.text, "auditedAt": JSONSchema.instant, "isBalanced": JSONSchema.flag,
                            "pending": JSONSchema.integer, "counted": countedRecords,
                            "told": countedBooks("Of the records that tell of any audience, each once."),
                            "audiences": JSONSchema.array(
                                countedBooks("Of the records that tell of an audience.", ["id": JSONSchema.text])
                            ),
                            "hours": JSONSchema.array(
                                bookedHour(
                                    "What was entered within an hour; what leaves a state counts against it.",
                                    [
                                        "start": JSONSchema.instant,
                                        "told": bookedHour("Of the records that tell of any audience, each once."),
                                        "audiences": JSONSchema.array(
                                            bookedHour("Of the records that tell of it.", ["id": JSONSchema.text])
                                        ),
                                    ],
                                    required: ["start"]
                                )
                            ),
                        ]
                    ),
                    required: [
                        "flowId", "auditedAt", "isBalanced", "triggered", "delivered", "superseded", "suppressed",
                        "parked", "pending", "counted", "hours",
                    ]
                )
            ),
            (
                "DataflowStats",
                JSONSchema.object(
                    "A dataflow's books.",
                    JSONSchema.union(
                        booksTerms(JSONSchema.count),
                        [
                            "flowId": JSONSchema.text,
                            "pending": JSONSchema.count, "isBalanced": JSONSchema.flag,
                            "state": JSONSchema.word("running", "retrying", "paused", "disabled"),
                            "reason": JSONSchema.object(
                                "What is in the way.",
                                ["code": JSONSchema.text, "message": JSONSchema.text],
                                required: ["code", "message"]
                            ),
                            "headwaterState": .reference("HeadwaterState"),
                        ]
                    ),
                    required: [
                        "flowId", "triggered", "delivered", "superseded", "suppressed", "parked", "pending",
                        "isBalanced", "state", "headwaterState",
                    ]
                )
            ),
            ("MessageSchema", JSONSchema.object("A JSON Schema.", ["$schema": JSONSchema.text], required: ["$schema"])),
            (
                "MessageSchemas",
                JSONSchema.object(
                    "Versions of a schema.",
                    [
                        "items": JSONSchema.array(
                            JSONSchema.object(
                                "A version.",
                                [
                                    "number": JSONSchema.count, "since": JSONSchema.instant,
                                    "digest": JSONSchema.text(64...64), "isPresent": JSONSchema.flag,
                                ],
                                required: ["number", "since", "digest", "isPresent"]
                            )
                        )
                    ],
                    required: ["items"]
                )
            ),
            (
                "Samples",
                JSONSchema.object(
                    "Records as they could be.",
                    [
                        "items": JSONSchema.array(
                            JSONSchema.object(
                                "A record.",
                                [
                                    "mergePolicyId": JSONSchema.text,
                                    "reasons": JSONSchema.array(
                                        JSONSchema.word("membership", "identity", "attribute")
                                    ),
                                    "partitionKey": JSONSchema.text, "payload": JSONSchema.anyObject,
                                ],
                                required: ["mergePolicyId", "reasons", "partitionKey", "payload"]
                            )
                        )
                    ],
                    required: ["items"]
                )
            ),
        ]

    /// An object and its pages; with projectionFields only the id is always there.
    private static func kind(
        _ name: String,
        _ description: String,
        _ members: JSONObject
    ) -> [(String, JSONValue)] {
        [
            (
                name,
                JSONSchema.object(description, JSONSchema.union(members, FlowServiceMembers.server), required: ["id"])
            ),
            (
                name + "Page",
                JSONSchema.object(
                    "Objects in a list.",
                    ["items": JSONSchema.array(.reference(name)), "_links": .reference("PageLinks")],
                    required: ["items"]
                )
            ),
        ]
    }

    private static func draft(_ description: String, _ members: JSONObject, required: [String]) -> JSONValue {
        let required = ["name"] + required
        return JSONSchema.object(
            description + " What only the server sets is ignored.",
            JSONSchema.nullable(
                JSONSchema.union(JSONSchema.typesOnly(FlowServiceMembers.server), members),
                except: required
            ),
            required: required
        )
    }

    private static let dataflowDraft = JSONSchema.object(
        "A new dataflow: either accountId, the base connection with its credentials, or account, one to be made.",
        JSONSchema.nullable(
            JSONSchema.union(
                FlowServiceMembers.common,
                [
                    "accountId": JSONSchema.someText,
                    "account": JSONSchema.object(
                        "A base connection; it has the dataflow's name when it has none.",
                        JSONSchema.nullable(FlowServiceMembers.connection, except: ["connectionSpec", "auth"]),
                        required: ["connectionSpec", "auth"]
                    ),
                    "params": FlowServiceMembers.target["params"] ?? JSONSchema.anyObject,
                ],
                FlowServiceMembers.flowChoices
            ),
            except: ["name", "params"]
        ),
        required: ["name", "params"]
    )

    /// The terms of the books' equation but the pending records.
    private static let countedRecords = JSONSchema.object(
        "The records that are stored.",
        ["pending": JSONSchema.count, "parked": JSONSchema.count],
        required: ["pending", "parked"]
    )

    /// Some of a dataflow's books beside what was counted for them.
    private static func countedBooks(_ text: String, _ members: JSONObject = [:]) -> JSONValue {
        JSONSchema.object(
            text,
            JSONSchema.union(
                JSONSchema.union(booksTerms(JSONSchema.count), members),
                ["pending": JSONSchema.integer, "counted": countedRecords, "isBalanced": JSONSchema.flag]
            ),
            required: members.keys.sorted() + [
                "triggered", "delivered", "superseded", "suppressed", "parked", "pending", "counted", "isBalanced",
            ]
        )
    }

    /// What was entered in books within an hour.
    private static func bookedHour(
        _ text: String,
        _ members: JSONObject = [:],
        required: [String]? = nil
    ) -> JSONValue {
        JSONSchema.object(
            text,
            JSONSchema.union(
                JSONSchema.union(booksTerms(JSONSchema.integer), members),
                ["pendingChange": JSONSchema.integer]
            ),
            required: (required ?? members.keys.sorted()) + [
                "triggered", "delivered", "superseded", "suppressed", "parked", "pendingChange",
            ]
        )
    }

    private static func booksTerms(_ number: JSONValue) -> JSONObject {
        [
            "triggered": number, "delivered": number, "superseded": number, "parked": number,
            "suppressed": JSONSchema.object(
                "Not sent, by reason.",
                ["disabled": number, "deleted": number, "discarded": number],
                required: ["disabled", "deleted", "discarded"]
            ),
        ]
    }
}
