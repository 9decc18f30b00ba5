import ActivationCore

extension OpenAPIDocument {
    /// Why somebody is in an audience.
    static let explanations: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/explain",
            id: "explainAudience",
            tag: "Audiences",
            summary:
                "Shows why a person is in an audience or is not: what each condition of its rule says of them now, the values, "
                + "facts and events behind it, and the fewest conditions that would have to change.",
            security: .bearer,
            parameters: [
                .query("audience", "The audience's id or name.", JSONSchema.someText, required: true),
                .query("namespace", "The identity's namespace.", JSONSchema.someText, required: true),
                .query("value", "The identity's value.", JSONSchema.someText, required: true),
            ],
            answers: [
                .json(200, "The explanation.", "Explanation"),
                .problem(404, "No such audience, or nobody has this identity."),
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
