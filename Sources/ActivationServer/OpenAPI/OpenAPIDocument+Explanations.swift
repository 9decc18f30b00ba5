import ActivationCore

extension OpenAPIDocument {
    /// Why somebody is in an audience, and why a dataflow sent something of them or did not.
    static let explanations: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/explain",
            id: "explainAudience",
            tag: "Audiences",
            summary:
                "With audience: shows why a person is in an audience or is not: what each condition of its rule says of them "
                + "now, the values, facts and events behind it, and the fewest conditions that would have to change. With "
                + "dataflow: shows of each of the person's last changes whether the dataflow sent it, why or why not, and where "
                + "the records are. One of the two is needed.",
            security: .bearer,
            work: .recording,
            parameters: [
                .query("audience", "The audience's id or name.", JSONSchema.someText),
                .query("dataflow", "The dataflow's id or name.", JSONSchema.someText),
                .query("limit", "Changes at most, with dataflow.", JSONSchema.integer(1...TracedChange.keptMax)),
                .query("namespace", "The identity's namespace.", JSONSchema.someText, required: true),
                .query("value", "The identity's value.", JSONSchema.someText, required: true),
            ],
            answers: [
                .init(
                    status: 200,
                    description: "The explanation.",
                    schema: JSONSchema.any(.reference("Explanation"), .reference("DataflowExplanation"))
                ),
                .problem(404, "No such audience or dataflow, or nobody has this identity."),
            ]
        )
    ]

    static let explanationSchemas: [(String, JSONValue)] = [
        (
            "Explanation",
            JSONSchema.object(
                "Why a person is in an audience, or is not.",
                [
                    "audienceId": JSONSchema.text, "name": JSONSchema.text, "profileId": JSONSchema.text,
                    "evaluatedAt": JSONSchema.instant, "qualifies": JSONSchema.flag, "changesAt": JSONSchema.instant,
                    "membership": standing, "evaluationPending": JSONSchema.flag,
                    "reversal": JSONSchema.object(
                        "The fewest conditions that would have to say the opposite for the rule to say the opposite.",
                        [
                            "possible": JSONSchema.flag, "smallest": JSONSchema.flag,
                            "conditions": JSONSchema.array(JSONSchema.count),
                        ],
                        required: ["possible", "smallest", "conditions"]
                    ),
                    "rule": .reference("ExplanationNode"),
                ],
                required: [
                    "audienceId", "name", "profileId", "evaluatedAt", "qualifies", "evaluationPending", "reversal",
                    "rule",
                ]
            )
        ),
        (
            "DataflowExplanation",
            JSONSchema.object(
                "What a dataflow made of the last changes of a person, the last one first.",
                [
                    "dataflowId": JSONSchema.text, "name": JSONSchema.text, "state": JSONSchema.text,
                    "profileId": JSONSchema.text, "explainedAt": JSONSchema.instant, "complete": JSONSchema.flag,
                    "leftUndone": JSONSchema.array(JSONSchema.text),
                    "changes": JSONSchema.array(.reference("ExplainedChange")),
                ],
                required: ["dataflowId", "name", "state", "profileId", "explainedAt", "complete", "changes"]
            )
        ),
        (
            "ExplainedChange",
            JSONSchema.object(
                "A change of a person, and what became of it.",
                [
                    "revision": JSONSchema.count, "at": JSONSchema.instant, "title": JSONSchema.text,
                    "kinds": JSONSchema.array(JSONSchema.text), "dataset": JSONSchema.text,
                    "paths": JSONSchema.array(JSONSchema.text), "morePaths": JSONSchema.count,
                    "audiences": JSONSchema.array(
                        JSONSchema.object(
                            "An audience that was entered or left.",
                            [
                                "id": JSONSchema.text, "name": JSONSchema.text,
                                "status": JSONSchema.word("realized", "exited"),
                                "previousStatus": JSONSchema.word("realized", "exited"),
                            ],
                            required: ["id", "status"]
                        )
                    ),
                    "moreAudiences": JSONSchema.count,
                    "outcome": JSONSchema.word(of: DataflowExplanation.Outcome.self),
                    "text": JSONSchema.text, "reasons": JSONSchema.array(JSONSchema.text),
                    "findings": JSONSchema.array(
                        JSONSchema.object(
                            "What a part of the change meant, for records of a merge policy.",
                            [
                                "mergePolicyId": JSONSchema.text,
                                "part": JSONSchema.word(of: ChangeReplay.Part.self),
                                "answer": JSONSchema.word(of: ChangeReplay.Answer.self),
                                "text": JSONSchema.text,
                            ],
                            required: ["mergePolicyId", "part", "answer", "text"]
                        )
                    ),
                    "records": JSONSchema.array(
                        JSONSchema.object(
                            "A record of the change, and where it is.",
                            [
                                "row": JSONSchema.count, "revision": JSONSchema.count,
                                "reasons": JSONSchema.array(JSONSchema.text),
                                "state": JSONSchema.word("waiting", "parked", "delivered"), "code": JSONSchema.text,
                                "parkedAt": JSONSchema.instant, "receipt": JSONSchema.text,
                                "deliveredAt": JSONSchema.instant,
                            ],
                            required: ["row", "revision", "state"]
                        )
                    ),
                    "configurationChangedAt": JSONSchema.instant,
                ],
                required: [
                    "revision", "at", "title", "kinds", "paths", "audiences", "outcome", "text", "reasons", "findings",
                    "records",
                ]
            )
        ),
        (
            "ExplanationNode",
            JSONSchema.object(
                "A part of a rule and what it says; a condition has a number, any other part has parts.",
                [
                    "kind": JSONSchema.word("all", "any", "not", "choice", "condition"), "text": JSONSchema.text,
                    "line": JSONSchema.count, "column": JSONSchema.count, "holds": JSONSchema.flag,
                    "decides": JSONSchema.flag, "changesAt": JSONSchema.instant, "condition": JSONSchema.count,
                    "hasToChange": JSONSchema.flag,
                    "attributes": JSONSchema.array(
                        JSONSchema.object(
                            "An attribute that is read; without value where there is none.",
                            [
                                "path": JSONSchema.text, "value": [:], "dataset": JSONSchema.text,
                                "namespace": JSONSchema.text, "writtenAt": JSONSchema.instant,
                                "others": JSONSchema.count,
                            ],
                            required: ["path", "others"]
                        )
                    ),
                    "events": JSONSchema.object(
                        "The events that passed the condition, or were looked at.",
                        [
                            "passed": JSONSchema.flag, "count": JSONSchema.count, "oldest": JSONSchema.instant,
                            "newest": JSONSchema.instant, "datasets": JSONSchema.array(JSONSchema.text),
                        ],
                        required: ["passed", "count", "datasets"]
                    ),
                    "statements": JSONSchema.array(
                        JSONSchema.object(
                            "That others named the person, by an identity of a namespace, in an upload or after it.",
                            [
                                "namespace": JSONSchema.text, "edition": JSONSchema.count,
                                "statedAt": JSONSchema.instant, "validUntil": JSONSchema.instant,
                                "counts": JSONSchema.flag,
                            ],
                            required: ["namespace", "edition", "statedAt", "counts"]
                        )
                    ),
                    "audiences": JSONSchema.array(
                        JSONSchema.object(
                            "An audience that is asked for.",
                            ["id": JSONSchema.text, "name": JSONSchema.text, "membership": standing],
                            required: ["id"]
                        )
                    ),
                    "parts": JSONSchema.array(.reference("ExplanationNode")),
                ],
                required: ["kind", "text", "line", "column", "holds", "decides"]
            )
        ),
    ]

    private static let standing = JSONSchema.object(
        "Where the person stands in an audience, as stored.",
        ["status": JSONSchema.word("realized", "exited"), "lastQualificationTime": JSONSchema.instant],
        required: ["status", "lastQualificationTime"]
    )
}
