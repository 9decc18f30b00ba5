import ActivationCore
import ActivationEngine

extension OpenAPIDocument {
    /// The history of the configuration.
    static let changes: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/changes",
            id: "listChanges",
            tag: "History",
            summary: "Lists changes of the configuration, the newest first; they are kept for 365 days.",
            security: .bearer,
            parameters: [
                .query("object", "Only those of the object with this id.", JSONSchema.someText),
                .query("kind", "Only those of this kind of object.", kind),
                .query("author", "Only those by this client id or e-mail address.", JSONSchema.someText),
            ] + changePages,
            answers: [.json(200, "One page, and where the next one starts if there is one.", "ChangePage")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/changes",
            id: "listDataflowChanges",
            tag: "History",
            summary:
                "Lists changes of a dataflow, its connections and its account, the newest first; also after it is gone.",
            security: .bearer,
            parameters: changePages,
            answers: [
                .json(200, "One page, and where the next one starts if there is one.", "ChangePage"),
                .problem(404, "There is no such dataflow, and the history knows of none."),
            ]
        ),
    ]

    private static let changePages: [OpenAPIOperation.Parameter] = [
        .query(
            "limit",
            "How many; \(ChangeHistory.limitDefault) when absent.",
            JSONSchema.integer(1...ChangeHistory.limitMax)
        ),
        .query("before", "The next of the answer before.", ["type": "integer", "minimum": 1]),
    ]

    private static let kind: JSONValue = [
        "type": "string", "enum": .array(ChangeRoutes.kinds.map { .string($0) }),
    ]

    static let changeSchemas: [(String, JSONValue)] = [
        (
            "ChangePage",
            JSONSchema.object(
                "One page of the history.",
                ["items": JSONSchema.array(.reference("Change")), "next": JSONSchema.count],
                required: ["items"]
            )
        ),
        (
            "Change",
            JSONSchema.object(
                "That one object was changed.",
                [
                    "sequence": JSONSchema.count, "changedAt": JSONSchema.instant, "author": JSONSchema.text,
                    "authorName": JSONSchema.text, "way": JSONSchema.word("api", "console", "server"),
                    "requestId": JSONSchema.text, "action": JSONSchema.word("create", "update", "delete"),
                    "kind": JSONSchema.word(among: ChangeRoutes.kinds + [AuditSubject.keyKind]),
                    "id": JSONSchema.text, "name": JSONSchema.text,
                    "difference": JSONSchema.array(
                        JSONSchema.object(
                            "One part that differs. Without before it is new, without after it is gone; of a secret only "
                                + "that it is another. Bytes stand beside the beginning of a value that is too long to keep.",
                            [
                                "path": JSONSchema.text, "before": [:], "after": [:], "beforeBytes": JSONSchema.count,
                                "afterBytes": JSONSchema.count, "isSecret": JSONSchema.flag,
                            ],
                            required: ["path"]
                        )
                    ),
                    "more": JSONSchema.count,
                ],
                required: [
                    "sequence", "changedAt", "author", "way", "action", "kind", "id", "name", "difference",
                ]
            )
        ),
    ]
}
