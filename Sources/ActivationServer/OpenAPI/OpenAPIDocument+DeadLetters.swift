import ActivationCore
import ActivationEngine

/// Dead letters and replays (BEHAVIOUR 3.18).
extension OpenAPIDocument {
    private static let letters = "/v1/dataflows/{id}/dead-letters"

    static let deadLetters = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/dead-letters",
            id: "deadLetterCounts",
            tag: "Dead letters",
            summary: "Lists the dataflows that have dead letters, deleted ones too, those with the most first.",
            security: .bearer,
            answers: [.json(200, "The dataflows.", "DeadLetterCounts")]
        ),
        OpenAPIOperation(
            method: "get",
            path: letters,
            id: "dataflowDeadLetters",
            tag: "Dead letters",
            summary: "Lists records that the destination refused for good.",
            security: .bearer,
            work: .recording,
            parameters: [
                .query("limit", "Dead letters at most.", JSONSchema.integer(1...1_000)),
                .query("after", "What next said on the page before.", JSONSchema.integer(0...Int.max)),
                .query("code", "Only those with this code.", JSONSchema.text),
            ],
            answers: [
                .json(200, "Dead letters, the oldest first.", "DeadLetters"), .problem(404, "No such dataflow."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: letters + "/causes",
            id: "deadLetterCauses",
            tag: "Dead letters",
            summary: "Counts a dataflow's dead letters by their codes, the most frequent first.",
            security: .bearer,
            answers: [.json(200, "The codes.", "DeadLetterCauses"), .problem(404, "No such dataflow.")]
        ),
        OpenAPIOperation(
            method: "get",
            path: letters + "/{letter}",
            id: "deadLetter",
            tag: "Dead letters",
            summary: "Shows one dead letter.",
            security: .bearer,
            work: .recording,
            answers: [.json(200, "The dead letter.", "DeadLetter"), .problem(404, "No such dead letter.")]
        ),
        OpenAPIOperation(
            method: "post",
            path: letters + "/replay",
            id: "replayDeadLetters",
            tag: "Dead letters",
            summary: "Sends dead letters again: as what is true of their profiles now, or as they were.",
            security: .bearer,
            work: .writing,
            body: .json("DeadLetterReplay", "Which, and in which form."),
            answers: [
                .json(200, "What was done.", "DeadLetterOutcome"), .problem(404, "No such dataflow."),
                .problem(409, "The dataflow is deleted."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: letters + "/discard",
            id: "discardDeadLetters",
            tag: "Dead letters",
            summary: "Gives dead letters up.",
            security: .bearer,
            work: .writing,
            body: .json("DeadLetterSelection", "Which."),
            answers: [.json(200, "What was done.", "DeadLetterOutcome"), .problem(404, "No such dataflow.")]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/dataflows/{id}/replay",
            id: "replayDataflow",
            tag: "Dead letters",
            summary: "Sends what is true now of everybody of whom something was delivered since an instant.",
            security: .bearer,
            work: .writing,
            body: .json("ReplayOrder", "Since when."),
            answers: [
                .json(202, "It is on its way; headwaterState.reconcile of the flow says how far it is.", "ReplayOrder"),
                .problem(404, "No such dataflow."),
                .problem(409, "The dataflow is deleted, or the ledger does not go back so far."),
            ]
        ),
    ]

    static let deadLetterSchemas: [(String, JSONValue)] = [
        (
            "DeadLetterCounts",
            items(
                "Dataflows with dead letters.",
                JSONSchema.object(
                    "A dataflow.",
                    [
                        "flowId": JSONSchema.text, "name": JSONSchema.text, "count": JSONSchema.count,
                        "isDeleted": JSONSchema.flag,
                    ],
                    required: ["flowId", "count", "isDeleted"]
                )
            )
        ),
        (
            "DeadLetters",
            JSONSchema.object(
                "Records that the destination refused for good.",
                ["items": JSONSchema.array(.reference("DeadLetter")), "next": JSONSchema.text],
                required: ["items"]
            )
        ),
        (
            "DeadLetter",
            JSONSchema.object(
                "A record that the destination refused for good, and why.",
                [
                    "id": JSONSchema.text, "profileId": JSONSchema.text, "mergePolicyId": JSONSchema.text,
                    "revision": JSONSchema.count,
                    "reasons": JSONSchema.array(
                        .object(["type": "string", "enum": .array(TriggerReasons.names.map { .string($0.name) })])
                    ),
                    "partitionKey": JSONSchema.text, "code": JSONSchema.text, "message": JSONSchema.text,
                    "admittedAt": JSONSchema.instant, "parkedAt": JSONSchema.instant, "keptUntil": JSONSchema.instant,
                    "payload": [:],
                ],
                required: [
                    "id", "profileId", "mergePolicyId", "revision", "reasons", "partitionKey", "code", "message",
                    "admittedAt", "parkedAt", "payload",
                ]
            )
        ),
        (
            "DeadLetterCauses",
            items(
                "Codes of dead letters.",
                JSONSchema.object(
                    "A code.",
                    [
                        "code": JSONSchema.text, "count": JSONSchema.count, "firstParkedAt": JSONSchema.instant,
                        "lastParkedAt": JSONSchema.instant,
                    ],
                    required: ["code", "count", "firstParkedAt", "lastParkedAt"]
                )
            )
        ),
        ("DeadLetterSelection", JSONSchema.object("Which dead letters: one of ids, code, or all.", selection)),
        (
            "DeadLetterReplay",
            JSONSchema.object(
                """
                Which dead letters: one of ids, code, or all. `present` makes one record of what is true of the profile then; \
                `original` sends the same bytes once more, though newer ones may be in the stream already.
                """,
                JSONSchema.union(selection, ["as": JSONSchema.word("present", "original")])
            )
        ),
        (
            "DeadLetterOutcome",
            JSONSchema.object(
                """
                How many are no dead letters any more. Those that are kept have no present form: their profile is gone, or they \
                tell of an audience that was taken out of the dataflow. When it is not complete, ask again for the rest.
                """,
                ["released": JSONSchema.count, "kept": JSONSchema.count, "isComplete": JSONSchema.flag],
                required: ["released", "kept", "isComplete"]
            )
        ),
        ("ReplayOrder", JSONSchema.object("Since when.", ["since": JSONSchema.instant], required: ["since"])),
    ]

    private static let selection: JSONObject = [
        "ids": JSONSchema.array(JSONSchema.text, count: 0...1_000), "code": JSONSchema.text, "all": JSONSchema.flag,
    ]

    private static func items(_ text: String, _ item: JSONValue) -> JSONValue {
        JSONSchema.object(text, ["items": JSONSchema.array(item)], required: ["items"])
    }
}
