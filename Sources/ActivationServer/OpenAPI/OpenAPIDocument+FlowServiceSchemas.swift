import ActivationCore

extension OpenAPIDocument {
    /// Connections, dataflows and their books.
    static let flowServiceSchemas: [(String, JSONValue)] =
        kind("ConnectionSpec", "Something that can be connected to.", specMembers)
        + kind("FlowSpec", "A kind of dataflow.", specMembers)
        + kind("Connection", "An account, the profile store or an inlet.", connectionMembers)
        + kind("SourceConnection", "A dataflow's tie to the profile store.", sourceMembers)
        + kind("TargetConnection", "The stream a dataflow writes to.", targetMembers)
        + kind(
            "Flow",
            "What is exported where.",
            JSONSchema.union(flowMembers, ["state": JSONSchema.word("enabled", "disabled")])
        )
        + kind("Run", "What became of a dataflow's records in an hour, or what a backfill made.", runMembers) + [
            ("ConnectionDraft", draft("A new connection.", connectionMembers, required: ["connectionSpec"])),
            (
                "SourceConnectionDraft",
                draft("A new source connection.", sourceMembers, required: ["connectionSpec", "baseConnectionId"])
            ),
            (
                "TargetConnectionDraft",
                draft(
                    "A new target connection.",
                    targetMembers,
                    required: ["connectionSpec", "baseConnectionId", "params"]
                )
            ),
            (
                "FlowDraft",
                draft(
                    "A new dataflow; its state is left out.",
                    flowMembers,
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
                "DataflowStats",
                JSONSchema.object(
                    "A dataflow's books.",
                    [
                        "flowId": JSONSchema.text, "triggered": JSONSchema.count, "delivered": JSONSchema.count,
                        "superseded": JSONSchema.count,
                        "suppressed": JSONSchema.object(
                            "Not sent, by reason.",
                            ["disabled": JSONSchema.count, "deleted": JSONSchema.count],
                            required: ["disabled", "deleted"]
                        ),
                        "parked": JSONSchema.count, "pending": JSONSchema.count, "isBalanced": JSONSchema.flag,
                        "state": JSONSchema.word("running", "retrying", "paused", "disabled"),
                        "reason": JSONSchema.object(
                            "What is in the way.",
                            ["code": JSONSchema.text, "message": JSONSchema.text],
                            required: ["code", "message"]
                        ),
                        "headwaterState": .reference("HeadwaterState"),
                    ],
                    required: [
                        "flowId", "triggered", "delivered", "superseded", "suppressed", "parked", "pending",
                        "isBalanced", "state", "headwaterState",
                    ]
                )
            ),
            (
                "DeadLetters",
                JSONSchema.object(
                    "Records that the destination refused for good.",
                    [
                        "items": JSONSchema.array(
                            JSONSchema.object(
                                "A record.",
                                [
                                    "profileId": JSONSchema.text, "mergePolicyId": JSONSchema.text,
                                    "revision": JSONSchema.count,
                                    "reasons": JSONSchema.array(
                                        .object([
                                            "type": "string",
                                            "enum": .array(TriggerReasons.names.map { .string($0.name) }),
                                        ])
                                    ),
                                    "partitionKey": JSONSchema.text, "code": JSONSchema.text,
                                    "message": JSONSchema.text, "parkedAt": JSONSchema.instant, "payload": [:],
                                ],
                                required: [
                                    "profileId", "mergePolicyId", "revision", "reasons", "partitionKey", "code",
                                    "message", "parkedAt", "payload",
                                ]
                            )
                        )
                    ],
                    required: ["items"]
                )
            ),
            ("MessageSchema", JSONSchema.object("A JSON Schema.", ["$schema": JSONSchema.text], required: ["$schema"])),
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
                JSONSchema.object(description, JSONSchema.union(members, serverMembers), required: ["id"])
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
                JSONSchema.union(JSONSchema.typesOnly(serverMembers), members),
                except: required
            ),
            required: required
        )
    }

    private static let serverMembers: JSONObject = [
        "id": JSONSchema.text, "createdAt": JSONSchema.integer, "updatedAt": JSONSchema.integer,
        "createdBy": JSONSchema.text, "updatedBy": JSONSchema.text, "createdClient": JSONSchema.text,
        "updatedClient": JSONSchema.text, "sandboxId": JSONSchema.text, "sandboxName": JSONSchema.text,
        "imsOrgId": JSONSchema.text, "version": JSONSchema.text, "etag": JSONSchema.text,
        "inletId": JSONSchema.text, "inletUrl": JSONSchema.text, "inheritedAttributes": JSONSchema.anyObject,
        "headwaterState": .reference("HeadwaterState"),
    ]

    private static let runMembers: JSONObject = [
        "flowId": JSONSchema.text, "kind": JSONSchema.word("hour", "backfill"),
        "state": JSONSchema.word("inProgress", "completed", "failed"),
        "metrics": JSONSchema.object(
            "Figures; of an hour what happened in it.",
            [
                "durationSummary": JSONSchema.object(
                    "From when to when, in milliseconds since 1970.",
                    ["startedAtUTC": JSONSchema.integer, "completedAtUTC": JSONSchema.integer]
                ),
                "recordSummary": JSONSchema.object(
                    "Records triggered, delivered, refused and suppressed; of a backfill profiles and records.",
                    [
                        "inputRecordCount": JSONSchema.count, "outputRecordCount": JSONSchema.count,
                        "failedRecordCount": JSONSchema.count, "skippedRecordCount": JSONSchema.count,
                        "targetSummaries": JSONSchema.array(JSONSchema.anyObject),
                    ]
                ),
                "fileSummary": JSONSchema.anyObject,
                "statusSummary": JSONSchema.object(
                    "How it stands.",
                    [
                        "status": JSONSchema.word("inProgress", "success", "failed"),
                        "errors": JSONSchema.array(JSONSchema.anyObject),
                        "activityRefs": JSONSchema.array(JSONSchema.text),
                    ]
                ),
            ]
        ),
        "activities": JSONSchema.array(JSONSchema.anyObject),
    ]

    private static let specMembers: JSONObject = [
        "name": JSONSchema.text, "providerId": JSONSchema.text, "attributes": JSONSchema.anyObject,
    ]

    private static let commonMembers: JSONObject = [
        "name": JSONSchema.text(1...ServerLimits.nameCharactersMax),
        "description": JSONSchema.text(0...4_096),
    ]

    private static let connectionMembers = JSONSchema.union(
        commonMembers,
        [
            "connectionSpec": spec(),
            "auth": JSONSchema.object(
                "How to sign in; the spec of the connection says what it needs.",
                JSONSchema.nullable(["specName": JSONSchema.text, "params": JSONSchema.anyObject])
            ),
            "state": JSONSchema.text,
        ]
    )

    private static let boundMembers = JSONSchema.union(
        commonMembers,
        [
            "connectionSpec": spec(), "baseConnectionId": JSONSchema.someText,
            "data": JSONSchema.object(
                "The format.",
                ["format": ["type": ["string", "null"], "enum": ["json", .null]]]
            ),
            "params": JSONSchema.anyObject, "state": JSONSchema.text,
        ]
    )

    private static let sourceMembers = JSONSchema.union(
        boundMembers,
        ["connectionSpec": spec(WellKnownSpec.profileStore)]
    )

    private static let targetMembers = JSONSchema.union(
        boundMembers,
        [
            "params": JSONSchema.object(
                "The stream.",
                JSONSchema.nullable(
                    JSONSchema.union(
                        [
                            "stream": JSONSchema.text(1...128, pattern: "^[a-zA-Z0-9_.-]+$"),
                            "region": JSONSchema.someText, "wire": JSONSchema.word("json", "cbor"),
                            "retries": JSONSchema.integer(0...1_000),
                        ],
                        TargetOptions.schemas
                    ),
                    except: ["stream"]
                )
            )
        ]
    )

    private static let dataflowDraft = JSONSchema.object(
        "A new dataflow: either accountId, the base connection with its credentials, or account, one to be made.",
        JSONSchema.nullable(
            JSONSchema.union(
                commonMembers,
                [
                    "accountId": JSONSchema.someText,
                    "account": JSONSchema.object(
                        "A base connection; it has the dataflow's name when it has none.",
                        JSONSchema.nullable(connectionMembers, except: ["connectionSpec", "auth"]),
                        required: ["connectionSpec", "auth"]
                    ),
                    "params": targetMembers["params"] ?? JSONSchema.anyObject,
                    "transformations": flowMembers["transformations"] ?? JSONSchema.anyObject,
                ]
            ),
            except: ["name", "params"]
        ),
        required: ["name", "params"]
    )

    private static let flowMembers = JSONSchema.union(
        commonMembers,
        [
            "flowSpec": spec(WellKnownSpec.destinationFlow),
            "sourceConnectionIds": JSONSchema.array(JSONSchema.someText, count: 1...1),
            "targetConnectionIds": JSONSchema.array(JSONSchema.someText, count: 1...1),
            "transformations": JSONSchema.array(
                JSONSchema.object(
                    "What is mapped.",
                    JSONSchema.nullable([
                        "name": JSONSchema.word("GeneralTransform"),
                        "params": JSONSchema.object(
                            "Attributes and audiences.",
                            JSONSchema.nullable([
                                "profileSelectors": selectors("JSON_PATH", "path"),
                                "segmentSelectors": selectors("PLATFORM_SEGMENT", "id", ["backfill": JSONSchema.flag]),
                            ])
                        ),
                    ])
                ),
                count: 0...1
            ),
            "marketingActions": JSONSchema.array(
                JSONSchema.object(
                    "What the records are used for; kept, not enforced.",
                    [
                        "type": words(MarketingAction.Kind.allCases.map(\.rawValue)), "name": JSONSchema.someText,
                        "description": ["type": ["string", "null"]],
                    ],
                    required: ["type", "name"]
                ),
                count: 0...MarketingAction.perFlowMax
            ),
            "alerts": JSONSchema.array(
                JSONSchema.object(
                    "Of what somebody wants to be told; kept, not told.",
                    [
                        "type": words(FlowAlert.Kind.allCases.map(\.rawValue)),
                        "threshold": ["type": ["number", "null"]],
                    ],
                    required: ["type"]
                ),
                count: 0...FlowAlert.Kind.allCases.count
            ),
        ]
    )

    private static func words(_ words: [String]) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    /// A reference to a spec; one that is given is the only one.
    private static func spec(_ id: String? = nil) -> JSONValue {
        JSONSchema.object(
            "A spec.",
            [
                "id": id.map { JSONSchema.word($0) } ?? JSONSchema.someText,
                "version": ["type": ["string", "null"], "enum": [.string(WellKnownSpec.version), .null]],
            ],
            required: ["id"]
        )
    }

    private static func selectors(_ type: String, _ key: String, _ options: JSONObject = [:]) -> JSONValue {
        var value = options
        value[key] = JSONSchema.someText
        return JSONSchema.object(
            "Selectors.",
            [
                "selectors": [
                    "type": ["array", "null"],
                    "maxItems": .integer(Int64(ServerLimits.selectorsMax)),
                    "items": JSONSchema.object(
                        "One selector.",
                        [
                            "type": JSONSchema.word(type),
                            "value": JSONSchema.object("What is selected.", value, required: [key]),
                        ],
                        required: ["type", "value"]
                    ),
                ]
            ]
        )
    }
}
