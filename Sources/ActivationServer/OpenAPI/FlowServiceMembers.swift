import ActivationCore

/// The members of connections, dataflows and runs as JSON Schemas.
enum FlowServiceMembers {
    /// What the server alone sets.
    static let server: JSONObject = [
        "id": JSONSchema.text, "createdAt": JSONSchema.integer, "updatedAt": JSONSchema.integer,
        "createdBy": JSONSchema.text, "updatedBy": JSONSchema.text, "createdClient": JSONSchema.text,
        "updatedClient": JSONSchema.text, "sandboxId": JSONSchema.text, "sandboxName": JSONSchema.text,
        "imsOrgId": JSONSchema.text, "version": JSONSchema.text, "etag": JSONSchema.text,
        "inletId": JSONSchema.text, "inletUrl": JSONSchema.text, "inheritedAttributes": JSONSchema.anyObject,
        "headwaterState": .reference("HeadwaterState"),
    ]

    /// The counts of records that a run has, of all of them or of some.
    private static let recordCounts: JSONObject = [
        "inputRecordCount": JSONSchema.count, "outputRecordCount": JSONSchema.count,
        "failedRecordCount": JSONSchema.count, "skippedRecordCount": JSONSchema.count,
    ]

    /// Of a run.
    static let run: JSONObject = [
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
                    JSONSchema.union(
                        recordCounts,
                        [
                            "withoutAudience": JSONSchema.object(
                                "Of the records that tell of no audience: attributes or identities alone caused them.",
                                recordCounts
                            ),
                            "targetSummaries": JSONSchema.array(
                                JSONSchema.object(
                                    "By audience.",
                                    [
                                        "entitySummaries": JSONSchema.array(
                                            JSONSchema.object(
                                                "Of the records that tell of an audience, `segment:` and its id.",
                                                JSONSchema.union(recordCounts, ["id": JSONSchema.text])
                                            )
                                        )
                                    ]
                                )
                            ),
                        ]
                    )
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

    /// Of a connection or flow spec.
    static let spec: JSONObject = [
        "name": JSONSchema.text, "providerId": JSONSchema.text, "attributes": JSONSchema.anyObject,
        "authSpec": JSONSchema.array(
            JSONSchema.object(
                "A way to sign in; `trustPolicy` is what the owner of a role writes into it to let this server in.",
                [
                    "name": JSONSchema.text, "type": JSONSchema.text, "spec": JSONSchema.anyObject,
                    "trustPolicy": JSONSchema.anyObject,
                ]
            )
        ),
    ]

    /// What every object of a client has.
    static let common: JSONObject = [
        "name": JSONSchema.text(1...ServerLimits.nameCharactersMax),
        "description": JSONSchema.text(0...4_096),
    ]

    /// Of a base connection.
    static let connection = JSONSchema.union(
        common,
        [
            "connectionSpec": specReference(),
            "auth": JSONSchema.object(
                "How to sign in: one of the ways in `authSpec` of the connection's spec, which says what it needs.",
                JSONSchema.nullable(["specName": JSONSchema.text, "params": JSONSchema.anyObject])
            ),
            "state": JSONSchema.text,
        ]
    )

    /// What source and target have in common.
    private static let bound = JSONSchema.union(
        common,
        [
            "connectionSpec": specReference(), "baseConnectionId": JSONSchema.someText,
            "data": JSONSchema.object(
                "The format.",
                ["format": ["type": ["string", "null"], "enum": ["json", .null]]]
            ),
            "params": JSONSchema.anyObject, "state": JSONSchema.text,
        ]
    )

    /// Of a source connection.
    static let source = JSONSchema.union(
        bound,
        ["connectionSpec": specReference(WellKnownSpec.profileStore)]
    )

    /// Of a target connection.
    static let target = JSONSchema.union(
        bound,
        [
            "params": JSONSchema.object(
                "The stream.",
                JSONSchema.nullable(
                    JSONSchema.union(
                        [
                            "stream": JSONSchema.text(
                                1...256,
                                pattern: "^([a-zA-Z0-9_.-]{1,128}|arn:aws[a-z-]*:kinesis:[a-z0-9-]+:[0-9]{12}:stream/"
                                    + "[a-zA-Z0-9_.-]{1,128})$"
                            ),
                            "region": JSONSchema.someText, "wire": JSONSchema.word("json", "cbor"),
                            "aggregate": JSONSchema.flag,
                            "retries": JSONSchema.integer(0...1_000),
                        ],
                        TargetOptions.schemas
                    ),
                    except: ["stream"]
                )
            )
        ]
    )

    /// Of a flow, without its state.
    static let flow = JSONSchema.union(
        common,
        [
            "flowSpec": specReference(WellKnownSpec.destinationFlow),
            "sourceConnectionIds": JSONSchema.array(JSONSchema.someText, count: 1...1),
            "targetConnectionIds": JSONSchema.array(JSONSchema.someText, count: 1...1),
        ],
        flowChoices
    )

    /// What is exported, what for, and of what somebody wants to be told.
    static let flowChoices: JSONObject = [
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
                    "type": words(AlertKind.ofDataflows.map(\.rawValue)),
                    "threshold": ["type": ["number", "null"]],
                ],
                required: ["type"]
            ),
            count: 0...AlertKind.ofDataflows.count
        ),
    ]

    private static func words(_ words: [String]) -> JSONValue {
        ["type": "string", "enum": .array(words.map { .string($0) })]
    }

    /// A reference to a spec; one that is given is the only one.
    private static func specReference(_ id: String? = nil) -> JSONValue {
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
