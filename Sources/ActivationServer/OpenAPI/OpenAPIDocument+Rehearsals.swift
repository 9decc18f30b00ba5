import ActivationCore

extension OpenAPIDocument {
    /// Rehearsals of changes.
    static let rehearsals: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "post",
            path: "/v1/rehearsals",
            id: "rehearse",
            tag: "Dataflows",
            summary: "Tells what a change of a dataflow or of an audience would do; nothing is changed.",
            security: .bearer,
            work: .recording,
            body: .json("RehearsalDraft", "The change: dataflow or audience."),
            answers: [
                .json(200, "What it would do.", "Rehearsal"),
                .problem(400, "Not a usable change; expression errors name line and column."),
                .problem(404, "No such dataflow."),
                .problem(409, "The dataflow cannot be used as it is configured."),
                .problem(429, "As many rehearsals are under way as may be.", headers: ["Retry-After"]),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/dataflows/{id}/dry-run",
            id: "dryRun",
            tag: "Dataflows",
            summary: "Tells what a dataflow would send of one person now, and which changes would call for a record.",
            security: .bearer,
            work: .recording,
            body: .json("DryRunDraft", "The person."),
            answers: [
                .json(200, "What would be sent.", "DryRun"),
                .problem(404, "No such dataflow, or nobody has the identity."),
                .problem(409, "The dataflow cannot be used as it is configured."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/tests",
            id: "listMessageTests",
            tag: "Dataflows",
            summary: "Lists test records that were written to a dataflow's target, the newest first.",
            security: .bearer,
            answers: [.json(200, "The tests that are kept.", "MessageTests"), .problem(404, "No such dataflow.")]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/dataflows/{id}/tests",
            id: "createMessageTest",
            tag: "Dataflows",
            summary: "Writes a record that is about nobody to a dataflow's target, once.",
            security: .bearer,
            work: .writing,
            answers: [
                .json(201, "What came of it; a refusal of the destination is a result.", "MessageTest"),
                .problem(400, "The target has gone."), .problem(404, "No such dataflow."),
            ]
        ),
    ]

    static let rehearsalSchemas: [(String, JSONValue)] = [
        (
            "RehearsalDraft",
            JSONSchema.object(
                "A change to rehearse; either dataflow or audience.",
                JSONSchema.nullable([
                    "dataflow": JSONSchema.object(
                        "A dataflow as it would be; without id one that is not made yet.",
                        JSONSchema.nullable([
                            "id": JSONSchema.text, "transformations": JSONSchema.array(JSONSchema.anyObject),
                            "params": JSONSchema.anyObject, "patch": JSONSchema.array(JSONSchema.anyObject),
                        ])
                    ),
                    "audience": JSONSchema.object(
                        "An audience as it would be; without id a new one.",
                        JSONSchema.nullable([
                            "id": JSONSchema.text, "expression": JSONSchema.anyObject, "mergePolicyId": JSONSchema.text,
                        ])
                    ),
                    "messages": JSONSchema.integer(RehearsalLimits.messages),
                    "seconds": JSONSchema.integer(RehearsalLimits.seconds),
                    "prices": JSONSchema.object(
                        "Prices in US dollars that take the place of list prices.",
                        JSONSchema.nullable(JSONSchema.union(prices, ["region": JSONSchema.text]))
                    ),
                ])
            )
        ),
        (
            "DryRunDraft",
            JSONSchema.object(
                "Whose profile to try a dataflow on.",
                [
                    "identity": JSONSchema.object(
                        "An identity of the person.",
                        ["namespace": JSONSchema.someText, "value": JSONSchema.someText],
                        required: ["namespace", "value"]
                    )
                ],
                required: ["identity"]
            )
        ),
        ("DryRun", dryRun), ("MessageTest", messageTest),
        (
            "MessageTests",
            JSONSchema.object(
                "Test records.",
                ["items": JSONSchema.array(.reference("MessageTest"))],
                required: ["items"]
            )
        ),
        ("Rehearsal", rehearsal), ("RehearsedAudience", rehearsedAudience), ("RehearsedDataflow", rehearsedDataflow),
        ("RehearsedMessage", rehearsedMessage),
        (
            "ContractChange",
            JSONSchema.object(
                "What consumers would notice.",
                ["path": JSONSchema.text, "what": JSONSchema.someText],
                required: ["path", "what"]
            )
        ),
    ]

    private static let rehearsal = JSONSchema.object(
        "What a change would do.",
        [
            "at": JSONSchema.instant,
            "profiles": JSONSchema.object(
                "Profiles there are, and those that were looked at.",
                ["total": JSONSchema.count, "looked": JSONSchema.count, "isWhole": JSONSchema.flag],
                required: ["total", "looked", "isWhole"]
            ),
            "audiences": JSONSchema.array(.reference("RehearsedAudience")),
            "dataflows": JSONSchema.array(.reference("RehearsedDataflow")),
            "messages": JSONSchema.array(.reference("RehearsedMessage")),
            "schema": JSONSchema.object(
                "The version of the dataflow's schema, and the one that the change would make.",
                ["version": JSONSchema.count, "next": JSONSchema.count],
                required: ["version", "next"]
            ),
            "breaking": JSONSchema.array(.reference("ContractChange")),
            "compatible": JSONSchema.array(.reference("ContractChange")),
            "warnings": JSONSchema.array(.reference("Warning")),
            "violatedPolicies": JSONSchema.array(.reference("Policy")),
            "violations": JSONSchema.array(.reference("PolicyViolation")), "violationsTruncated": JSONSchema.flag,
        ],
        required: ["at", "profiles", "audiences", "dataflows", "messages"]
    )

    private static let rehearsedAudience = JSONSchema.object(
        "What becomes of an audience.",
        [
            "audienceId": JSONSchema.text, "name": JSONSchema.text,
            "change": JSONSchema.word("changed", "new", "mapped", "unmapped"), "members": JSONSchema.count,
            "isBeingEvaluated": JSONSchema.flag, "entering": counted("Those who would become members."),
            "exiting": counted("Members who would cease to be."),
        ],
        required: ["name", "change", "members", "isBeingEvaluated"]
    )

    private static let rehearsedDataflow = JSONSchema.object(
        "What a dataflow would send, and what that takes.",
        [
            "flowId": JSONSchema.text, "name": JSONSchema.text, "isEnabled": JSONSchema.flag,
            "exportsNow": counted(
                "Records that are sent at once.",
                ["basis": JSONSchema.word("walk", "counters", "sample"), "seconds": JSONSchema.count]
            ),
            "exportsPerDay": JSONSchema.object(
                "Records of a day, without those of backfills.",
                [
                    "records": JSONSchema.count, "lowest": JSONSchema.count, "highest": JSONSchema.count,
                    "busiestHour": JSONSchema.count, "basis": JSONSchema.word("books", "memberHours"),
                    "days": JSONSchema.count, "factor": ["type": "number", "minimum": 0],
                ],
                required: ["records", "lowest", "highest", "busiestHour", "basis", "days", "factor"]
            ),
            "record": JSONSchema.object(
                "Bytes of a record with its partition key, and the records that they rest on; 0 = made-up ones.",
                ["bytes": JSONSchema.count, "bytesMax": JSONSchema.count, "records": JSONSchema.count],
                required: ["bytes", "bytesMax", "records"]
            ),
            "shards": JSONSchema.object(
                "Shards that a stream needs.",
                ["peak": JSONSchema.count, "average": JSONSchema.count, "busiestHour": JSONSchema.count],
                required: ["peak"]
            ),
            "costs": JSONSchema.object(
                "What it costs, in US dollars, and what that rests on.",
                [
                    "now": costs("Of the records that are sent at once."), "month": costs("Of a month."),
                    "assumptions": JSONSchema.object(
                        "Prices and amounts.",
                        JSONSchema.union(
                            prices,
                            [
                                "currency": JSONSchema.word("USD"), "region": JSONSchema.text,
                                "listedAt": JSONSchema.text, "hoursPerMonth": number, "recordsPerMonth": number,
                                "shards": JSONSchema.count, "putUnitsPerRecord": number,
                            ]
                        ),
                        required: ["currency", "region", "hoursPerMonth", "putUnitsPerRecord"]
                    ),
                ],
                required: ["now", "assumptions"]
            ),
        ],
        required: ["name", "isEnabled", "exportsNow", "record", "shards", "costs"]
    )

    private static let rehearsedMessage = JSONSchema.object(
        "The record of a profile as it is and as it would be.",
        [
            "flowId": JSONSchema.text, "profileId": JSONSchema.text, "mergePolicyId": JSONSchema.text,
            "reasons": JSONSchema.array(JSONSchema.text), "isSent": JSONSchema.flag,
            "before": maskedRecord, "after": maskedRecord,
        ],
        required: ["isSent"]
    )

    private static let maskedMembers: JSONObject = [
        "bytes": JSONSchema.count, "sha256": JSONSchema.text(64...64), "message": JSONSchema.anyObject,
    ]

    private static let maskedRecord = JSONSchema.object(
        "A record; of values the kind and the size.",
        maskedMembers,
        required: maskedMembers.keys
    )

    private static let dryRun = JSONSchema.object(
        "What a dataflow would send of a person.",
        [
            "profileId": JSONSchema.text, "at": JSONSchema.instant, "wouldExport": JSONSchema.flag,
            "audiences": JSONSchema.array(
                JSONSchema.object(
                    "A mapped audience; without status the person never was a member.",
                    [
                        "audienceId": JSONSchema.text, "name": JSONSchema.text,
                        "status": JSONSchema.word("realized", "exited"),
                    ],
                    required: ["audienceId", "name"]
                )
            ),
            "reasons": JSONSchema.array(
                JSONSchema.object(
                    "Whether a change would call for a record.",
                    [
                        "reason": JSONSchema.word("membership", "identity", "attribute"), "exports": JSONSchema.flag,
                        "why": JSONSchema.someText,
                    ],
                    required: ["reason", "exports", "why"]
                )
            ),
            "messages": JSONSchema.array(
                JSONSchema.object(
                    "A record; of values the kind and the size.",
                    JSONSchema.union(maskedMembers, ["mergePolicyId": JSONSchema.text]),
                    required: maskedMembers.keys + ["mergePolicyId"]
                )
            ),
        ],
        required: ["profileId", "at", "wouldExport", "audiences", "reasons", "messages"]
    )

    private static let messageTest = JSONSchema.object(
        "A test record and what came of it.",
        [
            "id": JSONSchema.text, "at": JSONSchema.instant, "by": JSONSchema.text, "isWritten": JSONSchema.flag,
            "receipt": JSONSchema.text, "code": JSONSchema.text, "message": JSONSchema.text,
        ],
        required: ["id", "at", "by", "isWritten"]
    )

    private static let number: JSONValue = ["type": "number", "minimum": 0]

    private static let prices: JSONObject = [
        "shardHour": number, "putUnitsPerMillion": number, "onDemandGigabyte": number, "onDemandStreamHour": number,
    ]

    private static func costs(_ description: String) -> JSONValue {
        JSONSchema.object(
            description,
            ["provisioned": number, "onDemand": number],
            required: ["provisioned", "onDemand"]
        )
    }

    private static func counted(_ description: String, _ more: JSONObject = [:]) -> JSONValue {
        JSONSchema.object(
            description,
            JSONSchema.union(["count": JSONSchema.count, "standardError": number], more),
            required: ["count", "standardError"] + more.keys
        )
    }
}
