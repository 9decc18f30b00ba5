import ActivationCore

extension OpenAPIDocument {
    private static let preview = "/data/core/ups/preview"

    /// Previews and estimates.
    static let previews: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "post",
            path: preview,
            id: "createPreview",
            tag: "Audiences",
            summary:
                "Tries a rule on the stored profiles, behind the call; an estimate with the same id comes with it. "
                + "With audienceId it also tells what would change if that audience got the rule; nothing does.",
            body: .json("PreviewDraft", "The rule."),
            answers: [
                .json(201, "The preview.", "Preview"),
                .problem(400, "Not a usable rule; expression errors name line and column."),
                .problem(429, "As many previews are under way as may be.", headers: ["Retry-After"]),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: preview + "/{id}",
            id: "getPreview",
            tag: "Audiences",
            summary: "Shows profiles for which the rule holds, by their ids.",
            work: .recording,
            parameters: pages,
            answers: [.json(200, "One page.", "PreviewResults"), .problem(404, "No such preview, or no longer.")]
        ),
        OpenAPIOperation(
            method: "delete",
            path: preview + "/{id}",
            id: "deletePreview",
            tag: "Audiences",
            summary: "Ends and forgets a preview.",
            answers: [.empty(204, "Forgotten."), .problem(404, "No such preview, or no longer.")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/data/core/ups/estimate/{id}",
            id: "getEstimate",
            tag: "Audiences",
            summary: "Shows for how many profiles the rule of a preview holds, as far as known.",
            answers: [.json(200, "The figures.", "Estimate"), .problem(404, "No such preview, or no longer.")]
        ),
    ]

    static let previewSchemas: [(String, JSONValue)] = [
        (
            "PreviewDraft",
            JSONSchema.object(
                "A rule to try.",
                [
                    "predicateExpression": JSONSchema.someText,
                    "predicateType": JSONSchema.word("pql/text", "pql/json"),
                    "predicateModel": JSONSchema.word("_xdm.context.profile"),
                    "mergePolicyId": JSONSchema.text, "graphType": JSONSchema.text, "mergeStrategy": JSONSchema.text,
                    "audienceId": JSONSchema.text,
                ],
                required: ["predicateExpression"]
            )
        ),
        (
            "Preview",
            JSONSchema.object(
                "A preview that has begun.",
                [
                    "state": previewState, "previewQueryId": JSONSchema.text, "previewQueryStatus": previewState,
                    "previewId": JSONSchema.text, "previewExecutionId": JSONSchema.count,
                ],
                required: ["state", "previewQueryId", "previewQueryStatus", "previewId", "previewExecutionId"]
            )
        ),
        (
            "PreviewResults",
            JSONSchema.object(
                "Profiles for which a rule holds.",
                [
                    "results": JSONSchema.array(
                        JSONSchema.map(
                            JSONSchema.object(
                                "A profile under its id.",
                                [
                                    "_href": JSONSchema.text,
                                    "endCustomerIds": JSONSchema.map(
                                        JSONSchema.object(
                                            "An identity.",
                                            ["_href": JSONSchema.text],
                                            required: ["_href"]
                                        )
                                    ),
                                ],
                                required: ["endCustomerIds"]
                            )
                        )
                    ),
                    "state": previewState,
                    "page": JSONSchema.object(
                        "Where the page stands.",
                        ["offset": JSONSchema.count, "size": JSONSchema.count],
                        required: ["offset", "size"]
                    ),
                    "links": JSONSchema.object(
                        "Other pages; empty where there is none.",
                        ["_self": JSONSchema.text, "next": JSONSchema.text, "prev": JSONSchema.text],
                        required: ["_self", "next", "prev"]
                    ),
                ],
                required: ["results", "state", "page", "links"]
            )
        ),
        (
            "Estimate",
            JSONSchema.object(
                "For how many profiles a rule holds, as far as known.",
                [
                    "estimatedSize": JSONSchema.count, "numRowsToRead": JSONSchema.count, "state": previewState,
                    "profilesReadSoFar": JSONSchema.count, "standardError": ["type": "number", "minimum": 0],
                    "error": JSONSchema.object(
                        "Why it failed; empty when it did not.",
                        ["description": JSONSchema.text, "traceback": JSONSchema.text],
                        required: ["description", "traceback"]
                    ),
                    "profilesMatchedSoFar": JSONSchema.count, "totalRows": JSONSchema.count,
                    "confidenceInterval": JSONSchema.text,
                    "_links": JSONSchema.object("Its preview.", ["preview": JSONSchema.text], required: ["preview"]),
                    "audienceId": JSONSchema.text,
                    "entering": figure("Those who would become members of the audience."),
                    "exiting": figure("Members of the audience who would cease to be."),
                    "records": JSONSchema.array(
                        figure(
                            "Records that a dataflow would get.",
                            ["flowId": JSONSchema.text, "name": JSONSchema.text],
                            required: ["flowId"]
                        )
                    ),
                ],
                required: [
                    "estimatedSize", "numRowsToRead", "state", "profilesReadSoFar", "standardError", "error",
                    "profilesMatchedSoFar", "totalRows", "confidenceInterval", "_links",
                ]
            )
        ),
    ]

    private static func figure(
        _ description: String,
        _ more: JSONObject = [:],
        required: [String] = []
    ) -> JSONValue {
        var members: JSONObject = [
            "estimatedSize": JSONSchema.count, "standardError": ["type": "number", "minimum": 0],
        ]
        for (name, schema) in more { members[name] = schema }
        return JSONSchema.object(description, members, required: ["estimatedSize", "standardError"] + required)
    }

    private static let previewState = JSONSchema.word("NEW", "RUNNING", "RESULT_READY", "FAILED")
}
