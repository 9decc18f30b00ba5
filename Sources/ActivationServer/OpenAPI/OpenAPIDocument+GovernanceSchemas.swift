import ActivationCore

/// The bodies of labels, marketing actions and policies (BEHAVIOUR 9).
extension OpenAPIDocument {
    private static let labelNames = JSONSchema.array(JSONSchema.text, count: 0...UsageLabel.perPlaceMax)
    private static let oneLine = JSONSchema.text(1...100)
    private static let trail: JSONObject = [
        "sandboxName": JSONSchema.text, "created": JSONSchema.integer, "createdClient": JSONSchema.text,
        "createdUser": JSONSchema.text, "updated": JSONSchema.integer, "updatedClient": JSONSchema.text,
        "updatedUser": JSONSchema.text, "_links": JSONSchema.anyObject,
    ]
    private static let status = JSONSchema.word(of: UsagePolicy.Status.self)
    private static let policy: JSONObject = [
        "name": JSONSchema.text, "description": JSONSchema.text, "status": status,
        "marketingActionRefs": JSONSchema.array(JSONSchema.text), "deny": JSONSchema.anyObject,
        "consent": consentRule,
    ]
    private static let consentRule = JSONSchema.object(
        "What has to hold of people, in the form that the rules of audiences have; of a policy that has no deny.",
        [
            "type": ["const": "PQL"], "format": ["const": "pql/text"],
            "value": JSONSchema.text(1...ConsentRule.bytesMax),
        ],
        required: ["value"]
    )

    private static func list(_ what: String, of schema: String) -> JSONValue {
        JSONSchema.object(
            "One page of \(what).",
            [
                "children": JSONSchema.array(.reference(schema)), "_page": JSONSchema.anyObject,
                "_links": JSONSchema.anyObject,
            ],
            required: ["children", "_page", "_links"]
        )
    }

    static let governanceSchemas: [(String, JSONValue)] = [
        (
            "Label",
            JSONSchema.object(
                "A word for what may not be done with data, or who may see it.",
                JSONSchema.union(
                    [
                        "name": JSONSchema.text, "category": JSONSchema.text, "friendlyName": JSONSchema.text,
                        "description": JSONSchema.text,
                    ],
                    trail
                ),
                required: ["name", "category", "friendlyName", "description"]
            )
        ),
        ("Labels", list("labels", of: "Label")),
        (
            "LabelDraft",
            JSONSchema.object(
                "What a label is to be.",
                [
                    "name": JSONSchema.text(matching: UsageLabel.namePattern), "category": oneLine,
                    "friendlyName": JSONSchema.text(1...1_024), "description": JSONSchema.text(0...1_024),
                ],
                required: ["name"]
            )
        ),
        ("LabelsBody", JSONSchema.object("Labels by name.", ["labels": labelNames], required: ["labels"])),
        (
            "DatasetLabels",
            JSONSchema.map(
                JSONSchema.object(
                    "The labels of one dataset.",
                    [
                        "imsOrg": JSONSchema.text, "labels": JSONSchema.array(JSONSchema.text),
                        "optionalLabels": JSONSchema.array(JSONSchema.anyObject),
                    ],
                    required: ["imsOrg", "labels", "optionalLabels"]
                )
            )
        ),
        (
            "DatasetLabelsPut",
            JSONSchema.object(
                "The labels that a dataset has now.",
                [
                    "labels": JSONSchema.array(JSONSchema.text),
                    "optionalLabels": JSONSchema.array(JSONSchema.anyObject),
                    "parents": JSONSchema.array(JSONSchema.anyObject), "code": JSONSchema.text,
                    "message": JSONSchema.text,
                ],
                required: ["labels", "code", "message"]
            )
        ),
        (
            "FieldLabels",
            JSONSchema.object(
                "The labels of a field.",
                ["path": JSONSchema.text, "labels": JSONSchema.array(JSONSchema.text)],
                required: ["path", "labels"]
            )
        ),
        (
            "FieldLabelsPage",
            JSONSchema.object(
                "One page of fields with labels.",
                ["items": JSONSchema.array(.reference("FieldLabels")), "_links": JSONSchema.anyObject],
                required: ["items"]
            )
        ),
        (
            "FoundLabel",
            JSONSchema.object(
                "A label and where it comes from.",
                [
                    "label": JSONSchema.text,
                    "on": JSONSchema.word("field", "dataSet", "audience", "mergePolicy", "hidden"),
                    "path": JSONSchema.text, "through": JSONSchema.word("definition", "mapping"),
                    "audienceId": JSONSchema.text, "dataSetId": JSONSchema.text, "mergePolicyId": JSONSchema.text,
                ],
                required: ["label", "on"]
            )
        ),
        (
            "AudienceLabels",
            JSONSchema.object(
                "The labels that concern an audience.",
                ["audienceId": JSONSchema.text, "labels": JSONSchema.array(.reference("FoundLabel"))],
                required: ["audienceId", "labels"]
            )
        ),
        (
            "MarketingAction",
            JSONSchema.object(
                "What data is used for.",
                JSONSchema.union(
                    ["name": JSONSchema.text, "friendlyName": JSONSchema.text, "description": JSONSchema.text],
                    trail
                ),
                required: ["name", "friendlyName", "description"]
            )
        ),
        ("MarketingActions", list("marketing actions", of: "MarketingAction")),
        (
            "MarketingActionDraft",
            JSONSchema.object(
                "What a marketing action is to be.",
                [
                    "name": JSONSchema.text(1...MarketingAction.nameCharactersMax),
                    "description": JSONSchema.text(0...1_024),
                ],
                required: ["name"]
            )
        ),
        (
            "Policy",
            JSONSchema.object(
                "A rule that data with some labels is not used for some marketing actions, or only of people who consent.",
                JSONSchema.union(["id": JSONSchema.text], policy, trail),
                required: ["id", "name", "description", "status", "marketingActionRefs"]
            )
        ),
        ("Policies", list("policies", of: "Policy")),
        (
            "PolicyViolation",
            JSONSchema.object(
                "A policy that a dataflow would break, with the labels that make it so and what would cure it.",
                [
                    "flowId": JSONSchema.text, "flowName": JSONSchema.text, "audienceId": JSONSchema.text,
                    "audienceName": JSONSchema.text, "policyId": JSONSchema.text, "policyName": JSONSchema.text,
                    "condition": JSONSchema.text, "labels": JSONSchema.array(.reference("FoundLabel")),
                    "marketingActions": JSONSchema.array(JSONSchema.text), "cures": JSONSchema.array(JSONSchema.text),
                ],
                required: ["flowId", "policyId", "policyName", "condition", "labels", "cures"]
            )
        ),
        (
            "PolicyDraft",
            JSONSchema.object(
                "What a policy is to be.",
                [
                    "name": JSONSchema.text(1...ServerLimits.nameCharactersMax), "status": status,
                    "description": JSONSchema.text(0...1_024),
                    "marketingActionRefs": JSONSchema.array(JSONSchema.someText, count: 1...UsagePolicy.actionsMax),
                    "deny": JSONSchema.anyObject, "consent": consentRule,
                ],
                required: ["name", "marketingActionRefs"]
            )
        ),
        (
            "EnabledPolicies",
            JSONSchema.object(
                "The core policies that are on.",
                JSONSchema.union(["policyIds": JSONSchema.array(JSONSchema.text)], trail),
                required: ["policyIds"]
            )
        ),
        (
            "EnabledPoliciesDraft",
            JSONSchema.object(
                "The core policies that are to be on.",
                ["policyIds": JSONSchema.array(JSONSchema.text, count: 0...UsagePolicy.core.count * 2)],
                required: ["policyIds"]
            )
        ),
        (
            "PolicyEntities",
            JSONSchema.array(
                JSONSchema.object(
                    "A dataset.",
                    [
                        "entityType": JSONSchema.word("dataSet"), "entityId": JSONSchema.someText,
                        "entityMeta": JSONSchema.object(
                            "What of it counts.",
                            ["fields": JSONSchema.array(JSONSchema.text, count: 0...1_000)]
                        ),
                    ],
                    required: ["entityType", "entityId"]
                ),
                count: 0...100
            )
        ),
        (
            "PolicyEvaluation",
            JSONSchema.object(
                "Which policies would be broken.",
                [
                    "timestamp": JSONSchema.integer, "clientId": JSONSchema.text, "userId": JSONSchema.text,
                    "imsOrg": JSONSchema.text, "sandboxName": JSONSchema.text, "marketingActionRef": JSONSchema.text,
                    "duleLabels": JSONSchema.array(JSONSchema.text),
                    "discoveredLabels": JSONSchema.array(JSONSchema.anyObject),
                    "violatedPolicies": JSONSchema.array(.reference("Policy")),
                ],
                required: ["timestamp", "marketingActionRef", "duleLabels", "violatedPolicies"]
            )
        ),
        (
            "PolicyEvaluations",
            JSONSchema.array(
                JSONSchema.object(
                    "One evaluation, of labels or of datasets.",
                    [
                        "evalRef": JSONSchema.someText, "includeDraft": JSONSchema.flag,
                        "labels": JSONSchema.array(JSONSchema.text, count: 0...1_000),
                        "entityList": JSONSchema.array(JSONSchema.anyObject, count: 0...100),
                    ],
                    required: ["evalRef"]
                ),
                count: 0...100
            )
        ),
        (
            "PolicyEvaluationAnswers",
            JSONSchema.array(
                JSONSchema.object(
                    "An evaluation, or what was wrong with the question.",
                    [
                        "status": JSONSchema.integer, "body": .reference("PolicyEvaluation"),
                        "error": JSONSchema.anyObject,
                    ],
                    required: ["status"]
                )
            )
        ),
    ]
}
