import ActivationCore

extension OpenAPIDocument {
    /// Identities and profiles that go.
    static let identities: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "delete",
            path: "/data/core/ups/access/entities",
            id: "deleteEntity",
            tag: "Profiles",
            summary: "Deletes one profile with everything that is known about it.",
            work: .writing,
            parameters: [
                .query("schema.name", "A profile.", JSONSchema.word("_xdm.context.profile"), required: true),
                .query("entityId", "The identity's value.", JSONSchema.someText, required: true),
                .query("entityIdNS", "The identity's namespace.", JSONSchema.someText, required: true),
                .query("mergePolicyId", "A merge policy; the profile goes whichever it is."),
                .query(
                    "onReturn",
                    "What happens when one of the identities comes again; what the server was started with when absent.",
                    JSONSchema.word("accept", "refuse")
                ),
            ],
            answers: [
                OpenAPIOperation.Answer(
                    status: 202,
                    description: "The profile is deleted; the receipt stands at Location.",
                    headers: ["Location"]
                ),
                .problem(404, "Nobody has this identity."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/v1/identities/unlink",
            id: "unlinkIdentities",
            tag: "Profiles",
            summary: "Takes away the link between two identities; the profile may become two.",
            security: .bearer,
            work: .writing,
            body: .json("UnlinkRequest", "The two identities."),
            answers: [
                .json(200, "What happened.", "IdentityChange"),
                .problem(404, "Nobody has one of the identities."),
                .problem(409, "No message has named the two together."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "/v1/identities",
            id: "removeIdentity",
            tag: "Profiles",
            summary: "Takes an identity out of its profile, which is deleted when it was the last one.",
            security: .bearer,
            work: .writing,
            parameters: [
                .query("namespace", "The identity's namespace.", JSONSchema.someText, required: true),
                .query("value", "The identity's value.", JSONSchema.someText, required: true),
            ],
            answers: [
                .json(200, "What happened.", "IdentityChange"),
                .problem(404, "Nobody has this identity."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/identities/export",
            id: "exportIdentity",
            tag: "Profiles",
            summary: "Shows all that is known about a person, in parts where there is much.",
            security: .bearer,
            work: .recording,
            parameters: [
                .query("namespace", "The identity's namespace.", JSONSchema.someText, required: true),
                .query("value", "The identity's value.", JSONSchema.someText, required: true),
                .query("start", "The next of the part before; absent for the first one.", JSONSchema.someText),
            ],
            answers: [
                .json(200, "A part of it, and where the next one starts if there is more.", "Disclosure"),
                .problem(404, "Nobody has this identity, and it is not suppressed."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/erasures",
            id: "listErasures",
            tag: "Profiles",
            summary: "Lists the profiles that were deleted, the last one first.",
            security: .bearer,
            parameters: [.query("limit", "How many; 100 when absent.", JSONSchema.integer(1...ErasureRoutes.limitMax))],
            answers: [.json(200, "The erasures.", "ErasureList")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/erasures/{id}",
            id: "readErasure",
            tag: "Profiles",
            summary: "Shows what was ever sent of a profile that was deleted.",
            security: .bearer,
            answers: [
                .json(200, "The receipt.", "ErasureReceipt"), .problem(404, "No profile of this id was deleted."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/paths",
            id: "listPaths",
            tag: "Profiles",
            summary: "Lists the paths that a sample of the profiles has, with the kinds of values; no value is shown.",
            security: .bearer,
            parameters: [
                .query("q", "What a path has to contain, in any case.", JSONSchema.text),
                .query("limit", "How many; 100 when absent.", JSONSchema.integer(1...PathRoutes.limitMax)),
                .query("start", "The next of the answer before.", JSONSchema.someText),
            ],
            answers: [.json(200, "The paths in order, and where the next ones start if there are more.", "PathList")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/suppressions",
            id: "listSuppressions",
            tag: "Profiles",
            summary: "Lists the erased identities that may not come again; nobody can tell from it who they are.",
            security: .bearer,
            parameters: [
                .query("limit", "How many; 100 when absent.", JSONSchema.integer(1...SuppressionRoutes.limitMax)),
                .query("start", "The next of the answer before.", JSONSchema.someText),
            ],
            answers: [.json(200, "Some of them, and where the next ones start if there are more.", "SuppressionList")]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "/v1/suppressions",
            id: "readmitIdentity",
            tag: "Profiles",
            summary: "Lets an erased identity come again.",
            security: .bearer,
            work: .writing,
            body: .json("Identity", "The identity."),
            answers: [
                OpenAPIOperation.Answer(status: 204, description: "It may come again."),
                .problem(404, "It is not suppressed."),
            ]
        ),
    ]

    private static let erasureMembers: JSONObject = [
        "id": JSONSchema.text, "revision": JSONSchema.count, "deletedAt": JSONSchema.instant,
        "scrubbed": JSONSchema.flag,
    ]

    static let identitySchemas: [(String, JSONValue)] = [
        (
            "ErasureList",
            JSONSchema.object(
                "Profiles that were deleted.",
                [
                    "erasures": JSONSchema.array(
                        JSONSchema.object(
                            "One of them; scrubbed = no file holds anything of it any more.",
                            erasureMembers,
                            required: ["id", "revision", "deletedAt", "scrubbed"]
                        )
                    )
                ],
                required: ["erasures"]
            )
        ),
        (
            "ErasureReceipt",
            JSONSchema.object(
                "A profile that was deleted, and every record of it that a destination has acknowledged.",
                JSONSchema.union(
                    erasureMembers,
                    [
                        "deliveries": JSONSchema.array(
                            JSONSchema.object(
                                "A record; revision 0 = it left after the deletion. Of Kinesis the receipt is shard and "
                                    + "sequence number, and in an aggregate the place from 0.",
                                [
                                    "dataflowId": JSONSchema.text, "row": JSONSchema.count,
                                    "revision": JSONSchema.count, "receipt": JSONSchema.text,
                                    "deliveredAt": JSONSchema.instant,
                                ],
                                required: ["dataflowId", "row", "revision", "receipt", "deliveredAt"]
                            )
                        )
                    ]
                ),
                required: ["id", "revision", "deletedAt", "scrubbed", "deliveries"]
            )
        ),
        (
            "Suppression",
            JSONSchema.object(
                "An erased identity that may not come again: a keyed hash of it, and the erasure that it was part of.",
                [
                    "id": JSONSchema.text, "namespace": JSONSchema.text, "erasureId": JSONSchema.text,
                    "suppressedAt": JSONSchema.instant,
                ],
                required: ["id", "namespace", "erasureId", "suppressedAt"]
            )
        ),
        (
            "Disclosure",
            JSONSchema.object(
                "A part of all that is known about a person; createdAt to leftUndone stand in the first alone. Of an "
                    + "identity that is suppressed and that nobody has, suppression is all.",
                [
                    "id": JSONSchema.text, "revision": JSONSchema.count, "createdAt": JSONSchema.instant,
                    "updatedAt": JSONSchema.instant, "identities": JSONSchema.array(JSONSchema.anyObject),
                    "links": JSONSchema.array(JSONSchema.array(JSONSchema.count, count: 2...2)),
                    "segmentMembership": JSONSchema.array(JSONSchema.anyObject),
                    "leftUndone": JSONSchema.array(JSONSchema.anyObject),
                    "facts": JSONSchema.array(JSONSchema.anyObject),
                    "events": JSONSchema.array(JSONSchema.anyObject), "waiting": JSONSchema.array(JSONSchema.anyObject),
                    "deadLetters": JSONSchema.array(JSONSchema.anyObject),
                    "deliveries": JSONSchema.array(JSONSchema.anyObject),
                    "suppression": .reference("Suppression"), "next": JSONSchema.text,
                ],
                required: []
            )
        ),
        (
            "PathList",
            JSONSchema.object(
                "Paths of a sample of the profiles.",
                [
                    "sampledAt": JSONSchema.instant, "profiles": JSONSchema.count, "next": JSONSchema.text,
                    "paths": JSONSchema.array(
                        JSONSchema.object(
                            "A path, and how many profiles of the sample have a value there.",
                            [
                                "path": JSONSchema.text, "profiles": JSONSchema.count,
                                "kinds": JSONSchema.array(
                                    JSONSchema.word("text", "integer", "number", "boolean", "array", "object")
                                ), "datasets": JSONSchema.array(JSONSchema.text),
                            ],
                            required: ["path", "profiles", "kinds", "datasets"]
                        )
                    ),
                ],
                required: ["sampledAt", "profiles", "paths"]
            )
        ),
        (
            "SuppressionList",
            JSONSchema.object(
                "Some of the suppressed identities, and where the next ones start.",
                ["suppressions": JSONSchema.array(.reference("Suppression")), "next": JSONSchema.text],
                required: ["suppressions"]
            )
        ),
        (
            "Identity",
            JSONSchema.object(
                "An identity.",
                ["namespace": JSONSchema.someText, "value": JSONSchema.someText],
                required: ["namespace", "value"]
            )
        ),
        (
            "UnlinkRequest",
            JSONSchema.object(
                "Two identities that a message has named together.",
                ["identities": JSONSchema.array(.reference("Identity"), count: 2...2)],
                required: ["identities"]
            )
        ),
        (
            "IdentityChange",
            JSONSchema.object(
                "What happened; of a split first the profile that keeps its id.",
                [
                    "outcome": JSONSchema.word("unlinked", "split", "removed", "deleted"),
                    "profiles": JSONSchema.array(
                        JSONSchema.object(
                            "A profile; of a deleted one what it was.",
                            [
                                "id": JSONSchema.text, "revision": JSONSchema.count,
                                "identities": JSONSchema.array(.reference("Identity")),
                            ],
                            required: ["id", "revision", "identities"]
                        )
                    ),
                ],
                required: ["outcome", "profiles"]
            )
        ),
    ]
}
