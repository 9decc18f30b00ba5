import ActivationCore

extension OpenAPIDocument {
    private static let policiesPath = "/data/core/ups/config/mergePolicies"

    /// Merge policies.
    static let mergePolicies: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: policiesPath,
            id: "listMergePolicies",
            tag: "Audiences",
            summary: "Lists merge policies.",
            parameters: pages + [
                .query("default", "Only those with this value.", JSONSchema.flag),
                .query("version", "Only those at this version.", JSONSchema.integer(0...Int(Int32.max))),
                .query("orderBy", "By name.", JSONSchema.text(matching: "^([ +-]?name)?$")),
            ]
                + MergePolicyRoutes.words.map { item, words in
                    .query(
                        item,
                        "Only those with this value.",
                        ["type": "string", "enum": .array(words.map { .string($0) })]
                    )
                },
            answers: [.json(200, "One page.", "MergePolicyPage")]
        ),
        OpenAPIOperation(
            method: "post",
            path: policiesPath,
            id: "createMergePolicy",
            tag: "Audiences",
            summary: "Makes a merge policy; as the default it takes over the audiences of the default before it.",
            work: .writing,
            body: .json("MergePolicyDraft", "The policy."),
            answers: [
                .json(201, "The policy.", "MergePolicy"),
                .problem(400, "Not a usable policy, or a dataset that there is none of."),
                .problem(409, "There are as many policies as there may be."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: policiesPath + "/bulk-get",
            id: "bulkGetMergePolicies",
            tag: "Audiences",
            summary: "Shows several merge policies.",
            body: .json("IDList", "The ids."),
            answers: [.json(207, "Policies by id.", "MergePolicyResults")]
        ),
        OpenAPIOperation(
            method: "get",
            path: policiesPath + "/{id}",
            id: "getMergePolicy",
            tag: "Audiences",
            summary: "Shows a merge policy.",
            answers: [.json(200, "The policy.", "MergePolicy"), .problem(404, "No such policy.")]
        ),
        OpenAPIOperation(
            method: "put",
            path: policiesPath + "/{id}",
            id: "replaceMergePolicy",
            tag: "Audiences",
            summary: "Puts a merge policy in the place of another; with another rule its audiences are evaluated anew.",
            work: .writing,
            body: .json("MergePolicyDraft", "The policy; without default that stays as it is."),
            answers: [
                .json(200, "The policy.", "MergePolicy"),
                .problem(400, "Not a usable policy, or there would be no default."),
                .problem(404, "No such policy."),
            ]
        ),
        OpenAPIOperation(
            method: "patch",
            path: policiesPath + "/{id}",
            id: "updateMergePolicy",
            tag: "Audiences",
            summary: """
                Changes parts of a merge policy; with another rule its audiences are evaluated anew. A single operation may \
                come without the list, and paths may have dots below the first slash.
                """,
            work: .writing,
            body: .json("JSONPatch", "The operations."),
            answers: [
                .json(200, "The policy.", "MergePolicy"),
                .problem(400, "Not a usable policy, or there would be no default."),
                .problem(404, "No such policy."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: policiesPath + "/{id}",
            id: "deleteMergePolicy",
            tag: "Audiences",
            summary: "Deletes a merge policy that is not the default and that no audience uses.",
            work: .writing,
            answers: [
                .empty(200, "Deleted."),
                .problem(404, "No such policy."),
                .problem(409, "It is the default, or audiences use it."),
            ]
        ),
    ]

    /// What they take and give.
    static let mergePolicySchemas: [(String, JSONValue)] = [
        (
            "MergePolicyDraft",
            JSONSchema.object(
                "A merge policy as its maker gives it. What only the server sets is ignored.",
                JSONSchema.nullable(
                    JSONSchema.union(draftMembers, JSONSchema.typesOnly(serverMembers)),
                    except: ["name"]
                ),
                required: ["name"]
            )
        ),
        (
            "MergePolicy",
            JSONSchema.object(
                "How fragments become one view.",
                JSONSchema.union(
                    JSONSchema.union(draftMembers, serverMembers),
                    ["default": JSONSchema.flag]
                ),
                required: [
                    "id", "name", "imsOrgId", "sandbox", "schema", "version", "identityGraph", "attributeMerge",
                    "default", "updateEpoch", "_links",
                ]
            )
        ),
        (
            "MergePolicyPage",
            JSONSchema.object(
                "One page of a list.",
                [
                    "children": JSONSchema.array(.reference("MergePolicy")),
                    "_page": JSONSchema.object(
                        "How many there are.",
                        ["totalCount": JSONSchema.count, "pageSize": JSONSchema.count],
                        required: ["totalCount", "pageSize"]
                    ),
                    "_links": .reference("PageLinks"),
                ],
                required: ["children", "_page", "_links"]
            )
        ),
        (
            "MergePolicyResults",
            JSONSchema.object(
                "Each id with its policy, or why there is none.",
                [
                    "results": JSONSchema.map(
                        JSONSchema.any(
                            .reference("MergePolicy"),
                            JSONSchema.object(
                                "Why there is none.",
                                [
                                    "status": JSONSchema.integer(400...599), "errorCode": JSONSchema.text,
                                    "detail": JSONSchema.text,
                                ],
                                required: ["status", "errorCode", "detail"]
                            )
                        )
                    )
                ],
                required: ["results"]
            )
        ),
    ]

    private static let draftMembers: JSONObject = [
        "name": JSONSchema.text(1...ServerLimits.nameCharactersMax),
        "schema": JSONSchema.object(
            "The class of schemas.",
            ["name": JSONSchema.word(MergePolicyDraft.schemaName)],
            required: ["name"]
        ),
        "identityGraph": JSONSchema.object(
            "Which identities make one profile.",
            ["type": JSONSchema.word("pdg", "none")],
            required: ["type"]
        ),
        "attributeMerge": JSONSchema.object(
            """
            Who wins: the latest write, or of the datasets in order (ids or names, with dataSetPrecedence only) the first \
            that has a value.
            """,
            [
                "type": JSONSchema.word("timestampOrdered", "dataSetPrecedence"),
                "order": JSONSchema.array(JSONSchema.text),
            ],
            required: ["type"]
        ),
        "default": ["type": ["boolean", "string"], "enum": [true, false, "true", "false"]],
        "isActiveOnEdge": JSONSchema.flag,
    ]

    private static let serverMembers: JSONObject = [
        "id": JSONSchema.text, "imsOrgId": JSONSchema.text, "sandbox": .reference("Sandbox"),
        "version": JSONSchema.count, "updateEpoch": JSONSchema.count, "_links": .reference("SelfLink"),
    ]
}
