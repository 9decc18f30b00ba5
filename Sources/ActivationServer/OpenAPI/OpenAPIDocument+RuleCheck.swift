import ActivationCore

extension OpenAPIDocument {
    /// Checks of rules.
    static let ruleChecks: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "post",
            path: "/v1/audiences/check",
            id: "checkRule",
            tag: "Audiences",
            summary:
                "Says whether a rule can be used and what in it is most likely not what was meant; nothing is stored.",
            security: .bearer,
            body: .json("RuleCheck", "The rule."),
            answers: [
                .json(200, "It can be used.", "RuleFindings"),
                .problem(400, "Not a usable rule; expression errors name line and column."),
                .problem(404, "No such audience."),
            ]
        )
    ]

    static let ruleCheckSchemas: [(String, JSONValue)] = [
        (
            "RuleCheck",
            JSONSchema.object(
                "A rule to check.",
                ["expression": rule, "audienceId": JSONSchema.text],
                required: ["expression"]
            )
        ),
        (
            "RuleFindings",
            JSONSchema.object(
                "A rule that can be used.",
                [
                    "expression": JSONSchema.text,
                    "warnings": JSONSchema.array(.reference("Warning")),
                ],
                required: ["expression", "warnings"]
            )
        ),
    ]
}
