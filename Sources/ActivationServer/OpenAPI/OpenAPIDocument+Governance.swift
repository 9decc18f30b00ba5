import ActivationCore

/// Labels, marketing actions and policies (BEHAVIOUR 9).
extension OpenAPIDocument {
    private static let policyPath = PolicyDocument.base
    private static let datasetLabelsPath = "/data/foundation/dataset/datasets/{id}/labels"
    private static let violated = OpenAPIOperation.Answer.problem(
        409,
        "Dataflows would break a policy (violatedPolicies, violations), or there are too many."
    )
    private static let kinds = MarketingAction.Kind.allCases.map(\.rawValue)

    static let governance: [OpenAPIOperation] =
        labelOperations + placedLabelOperations + policyOperations + actionOperations + evaluationOperations

    private static let page = [
        OpenAPIOperation.Parameter.query("limit", "How many; 100 when absent.", JSONSchema.integer(1...100)),
        .query("start", "The next of the page before.", JSONSchema.text),
        .query("property", "Which, such as name==C1; may be repeated.", JSONSchema.text),
        .query("orderby", "In which order, such as name or -updated.", JSONSchema.text),
    ]

    private static func unknown(_ what: String) -> OpenAPIOperation.Answer { .problem(404, "No such \(what).") }

    private static func word(_ kind: String) -> String { kind == "core" ? "Core" : "Custom" }

    private static let labelOperations =
        kinds.flatMap { kind in
            [
                OpenAPIOperation(
                    method: "get",
                    path: "\(policyPath)/labels/\(kind)",
                    id: "list\(word(kind))Labels",
                    tag: "Governance",
                    summary: "Lists \(kind) labels.",
                    parameters: page,
                    answers: [.json(200, "One page.", "Labels")]
                ),
                OpenAPIOperation(
                    method: "get",
                    path: "\(policyPath)/labels/\(kind)/{name}",
                    id: "get\(word(kind))Label",
                    tag: "Governance",
                    summary: "Shows a \(kind) label.",
                    answers: [.json(200, "The label.", "Label"), unknown("label")]
                ),
            ]
        } + [
            OpenAPIOperation(
                method: "put",
                path: "\(policyPath)/labels/custom/{name}",
                id: "putCustomLabel",
                tag: "Governance",
                summary: "Makes a label, or gives it other words.",
                work: .writing,
                body: .json("LabelDraft", "The label; its name is the one in the path."),
                answers: [
                    .json(200, "It has other words.", "Label"), .json(201, "It is new.", "Label"),
                    .problem(409, "There are too many."),
                ]
            )
        ]

    private static let placedLabelOperations = [
        OpenAPIOperation(
            method: "get",
            path: datasetLabelsPath,
            id: "getDatasetLabels",
            tag: "Governance",
            summary: "Shows the labels of a dataset.",
            answers: [
                .json(200, "The labels, by the dataset.", "DatasetLabels", headers: ["ETag"]), unknown("dataset"),
            ]
        ),
        OpenAPIOperation(
            method: "put",
            path: datasetLabelsPath,
            id: "putDatasetLabels",
            tag: "Governance",
            summary: "Says which labels a dataset has; an empty list takes them off.",
            work: .writing,
            parameters: [.header("If-Match", "The etag of the labels that were read.")],
            body: .json("LabelsBody", "All labels that it is to have."),
            answers: [
                .json(200, "They count from now on.", "DatasetLabelsPut"), unknown("dataset"), violated,
                .problem(412, "The labels were changed meanwhile."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/labels/fields",
            id: "listFieldLabels",
            tag: "Governance",
            summary: "Lists the fields that have labels, by path.",
            security: .bearer,
            parameters: [
                .query("limit", "How many; 100 when absent.", JSONSchema.integer(1...100)),
                .query("after", "The last path of the page before.", JSONSchema.text),
            ],
            answers: [.json(200, "One page.", "FieldLabelsPage")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/labels/fields/{path}",
            id: "getFieldLabels",
            tag: "Governance",
            summary: "Shows the labels of a field.",
            security: .bearer,
            answers: [.json(200, "Its own labels; none when nobody gave it any.", "FieldLabels")]
        ),
        OpenAPIOperation(
            method: "put",
            path: "/v1/labels/fields/{path}",
            id: "putFieldLabels",
            tag: "Governance",
            summary: "Says which labels a field has, with all that lies below it; an empty list takes them off.",
            security: .bearer,
            work: .writing,
            body: .json("LabelsBody", "All labels that it is to have."),
            answers: [.json(200, "They count from now on.", "FieldLabels"), violated]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/audiences/{id}/labels",
            id: "getAudienceLabels",
            tag: "Governance",
            summary: "Tells which labels concern an audience, and where each comes from.",
            security: .bearer,
            answers: [.json(200, "The labels.", "AudienceLabels"), unknown("audience")]
        ),
    ]

    private static let policyOperations =
        kinds.flatMap { kind in
            [
                OpenAPIOperation(
                    method: "get",
                    path: "\(policyPath)/policies/\(kind)",
                    id: "list\(word(kind))Policies",
                    tag: "Governance",
                    summary: "Lists \(kind) policies.",
                    parameters: page + [
                        .query("duleLabels", "Only those that name one of these labels.", JSONSchema.text),
                        .query("marketingAction", "Only those about this marketing action.", JSONSchema.text),
                    ],
                    answers: [.json(200, "One page.", "Policies")]
                ),
                OpenAPIOperation(
                    method: "get",
                    path: "\(policyPath)/policies/\(kind)/{id}",
                    id: "get\(word(kind))Policy",
                    tag: "Governance",
                    summary: "Shows a \(kind) policy.",
                    answers: [.json(200, "The policy.", "Policy"), unknown("policy")]
                ),
            ]
        } + [
            OpenAPIOperation(
                method: "post",
                path: "\(policyPath)/policies/custom",
                id: "createPolicy",
                tag: "Governance",
                summary: "Makes a policy; it is enforced once it is enabled.",
                work: .writing,
                body: .json("PolicyDraft", "The policy."),
                answers: [.json(201, "The policy.", "Policy"), violated]
            ),
            OpenAPIOperation(
                method: "put",
                path: "\(policyPath)/policies/custom/{id}",
                id: "replacePolicy",
                tag: "Governance",
                summary: "Gives a policy other content.",
                work: .writing,
                body: .json("PolicyDraft", "All of it."),
                answers: [.json(200, "The policy.", "Policy"), unknown("policy"), violated]
            ),
            OpenAPIOperation(
                method: "patch",
                path: "\(policyPath)/policies/custom/{id}",
                id: "updatePolicy",
                tag: "Governance",
                summary: "Changes name, description, status, marketingActionRefs or deny of a policy.",
                work: .writing,
                body: .json("JSONPatch", "A JSON Patch."),
                answers: [.json(200, "The policy.", "Policy"), unknown("policy"), violated]
            ),
            OpenAPIOperation(
                method: "delete",
                path: "\(policyPath)/policies/custom/{id}",
                id: "deletePolicy",
                tag: "Governance",
                summary: "Deletes a policy.",
                work: .writing,
                answers: [.empty(200, "It is gone."), unknown("policy")]
            ),
            OpenAPIOperation(
                method: "get",
                path: "\(policyPath)/enabledCorePolicies",
                id: "getEnabledPolicies",
                tag: "Governance",
                summary: "Tells which core policies are on.",
                answers: [.json(200, "Their ids.", "EnabledPolicies")]
            ),
            OpenAPIOperation(
                method: "put",
                path: "\(policyPath)/enabledCorePolicies",
                id: "putEnabledPolicies",
                tag: "Governance",
                summary: "Says which core policies are on; those that are not in the list are off.",
                work: .writing,
                body: .json("EnabledPoliciesDraft", "The ids of all that are to be on."),
                answers: [.json(200, "Their ids.", "EnabledPolicies"), violated]
            ),
        ]

    private static let actionOperations =
        kinds.flatMap { kind in
            [
                OpenAPIOperation(
                    method: "get",
                    path: "\(policyPath)/marketingActions/\(kind)",
                    id: "list\(word(kind))MarketingActions",
                    tag: "Governance",
                    summary: "Lists \(kind) marketing actions.",
                    parameters: page,
                    answers: [.json(200, "One page.", "MarketingActions")]
                ),
                OpenAPIOperation(
                    method: "get",
                    path: "\(policyPath)/marketingActions/\(kind)/{name}",
                    id: "get\(word(kind))MarketingAction",
                    tag: "Governance",
                    summary: "Shows a \(kind) marketing action.",
                    answers: [.json(200, "The action.", "MarketingAction"), unknown("marketing action")]
                ),
            ]
        } + [
            OpenAPIOperation(
                method: "put",
                path: "\(policyPath)/marketingActions/custom/{name}",
                id: "putMarketingAction",
                tag: "Governance",
                summary: "Makes a marketing action that policies can name, or describes it otherwise.",
                work: .writing,
                body: .json("MarketingActionDraft", "The action; its name is the one in the path."),
                answers: [
                    .json(200, "It is described otherwise.", "MarketingAction"),
                    .json(201, "It is new.", "MarketingAction"), .problem(409, "There are too many."),
                ]
            ),
            OpenAPIOperation(
                method: "delete",
                path: "\(policyPath)/marketingActions/custom/{name}",
                id: "deleteMarketingAction",
                tag: "Governance",
                summary: "Deletes a marketing action that no policy names.",
                work: .writing,
                answers: [.empty(200, "It is gone."), unknown("marketing action")]
            ),
        ]

    private static let evaluationOperations =
        kinds.flatMap { kind in
            let path = "\(policyPath)/marketingActions/\(kind)/{name}/constraints"
            let drafts = OpenAPIOperation.Parameter.query(
                "includeDraft",
                "Whether policies that are drafts count too.",
                JSONSchema.flag
            )
            return [
                OpenAPIOperation(
                    method: "get",
                    path: path,
                    id: "evaluate\(word(kind))Labels",
                    tag: "Governance",
                    summary:
                        "Tells which policies labels would break if they were used for a \(kind) marketing action.",
                    parameters: [
                        .query(
                            "duleLabels",
                            "The labels, with commas between them.",
                            JSONSchema.someText,
                            required: true
                        ),
                        drafts,
                    ],
                    answers: [.json(200, "The policies.", "PolicyEvaluation"), unknown("marketing action")]
                ),
                OpenAPIOperation(
                    method: "post",
                    path: path,
                    id: "evaluate\(word(kind))Datasets",
                    tag: "Governance",
                    summary:
                        "Tells which policies datasets would break if they were used for a \(kind) marketing action.",
                    parameters: [drafts],
                    body: .json("PolicyEntities", "The datasets, and the fields of each that count."),
                    answers: [.json(200, "The policies.", "PolicyEvaluation"), unknown("marketing action")]
                ),
            ]
        } + [
            OpenAPIOperation(
                method: "post",
                path: "\(policyPath)/bulk-eval",
                id: "evaluatePolicies",
                tag: "Governance",
                summary: "Answers several evaluations at once, each with its own status.",
                body: .json("PolicyEvaluations", "What is to be evaluated."),
                answers: [.json(200, "The answers in the same order.", "PolicyEvaluationAnswers")]
            )
        ]

}
