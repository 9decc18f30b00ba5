import ActivationCore

extension OpenAPIDocument {
    private static let base = "/data/foundation/flowservice"

    /// Access tokens.
    static let tokens: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "post",
            path: "/ims/token/v3",
            id: "issueToken",
            tag: "Authentication",
            summary: "Issues an access token for client credentials.",
            security: .none,
            body: OpenAPIOperation.Body(
                contentTypes: ["application/x-www-form-urlencoded", "application/json"],
                description: "grant_type=client_credentials, client_id and client_secret; scope may narrow the token.",
                schema: .reference("TokenRequest")
            ),
            answers: [
                .json(200, "The token.", "Token"),
                .problem(400, "A field is missing, or there is no such scope."),
                .problem(401, "The credentials are wrong.", headers: ["WWW-Authenticate"]),
                .problem(
                    429,
                    "Too many wrong secrets came from the sender's address.",
                    headers: ["Retry-After"]
                ),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/ims/revoke",
            id: "revokeToken",
            tag: "Authentication",
            summary: "Ends an access token of the client that asks (RFC 7009).",
            security: .none,
            body: OpenAPIOperation.Body(
                contentTypes: ["application/x-www-form-urlencoded", "application/json"],
                description: "token, with client_id and client_secret unless these are in a Basic header.",
                schema: .reference("TokenRevocation")
            ),
            answers: [
                .empty(200, "The token is not good, whether it was or not."),
                .problem(400, "A field is missing, or the token is another client's."),
                .problem(401, "The credentials are wrong.", headers: ["WWW-Authenticate"]),
                .problem(
                    429,
                    "Too many wrong secrets came from the sender's address.",
                    headers: ["Retry-After"]
                ),
                .problem(503, "It cannot be stored, or too many were ended one by one.", headers: ["Retry-After"]),
            ]
        ),
    ]

    /// The Flow Service: connections and dataflows.
    static let flowService: [OpenAPIOperation] =
        [
            list("connectionSpecs", "ConnectionSpec", "Lists what can be connected to."),
            one("connectionSpecs", "ConnectionSpec", "something that can be connected to"),
            list("flowSpecs", "FlowSpec", "Lists the kinds of dataflows."),
            one("flowSpecs", "FlowSpec", "a kind of dataflow"),
        ]
        + resource("connections", "Connection", "a connection")
        + resource("sourceConnections", "SourceConnection", "a source connection")
        + resource("targetConnections", "TargetConnection", "a target connection")
        + resource("flows", "Flow", "a dataflow", changed: 202, deleted: 202) + [
            OpenAPIOperation(
                method: "post",
                path: base + "/flows/{id}/action",
                id: "actOnFlow",
                tag: "Flow Service",
                summary: "Enables or disables a dataflow, or sends what waits for a former target to the present one.",
                work: .writing,
                parameters: [
                    .query("op", "What to do.", JSONSchema.word("enable", "disable", "redirect"), required: true),
                    .query(
                        "onResume",
                        "What enabling does about changes that made no records meanwhile; reconcile when it is left out.",
                        JSONSchema.word("reconcile", "skip", "backfill")
                    ),
                ],
                answers: [
                    .json(200, "The dataflow's new version.", "Reference", headers: ["ETag"]),
                    .problem(400, "The action does not apply."),
                    .problem(404, "No such dataflow."),
                ]
            ),
            list("runs", "Run", "Lists what became of dataflows' records, by the hour and by the backfill."),
            one("runs", "Run", "a run"),
        ]

    /// Whole dataflows, their books and their messages.
    static let dataflows: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "post",
            path: "/v1/dataflows",
            id: "createDataflow",
            tag: "Dataflows",
            summary:
                "Makes a dataflow with its source, its target and, where wanted, its account: all of them or none.",
            security: .bearer,
            work: .writing,
            body: .json("DataflowDraft", "The dataflow, with either account or accountId."),
            answers: [
                .json(201, "What was made.", "Dataflow", headers: ["ETag"]),
                .problem(400, "It cannot be made, and nothing was; the detail says which step failed and what to do."),
            ]
        ),
        OpenAPIOperation(
            method: "delete",
            path: "/v1/dataflows/{id}",
            id: "deleteDataflow",
            tag: "Dataflows",
            summary: "Deletes a dataflow with its source and target, where no other dataflow uses them.",
            security: .bearer,
            work: .writing,
            parameters: match + [
                .query("account", "true: its account as well, unless something else stands on it.", JSONSchema.flag)
            ],
            answers: [
                .json(202, "What has gone; the records that wait are not sent.", "DataflowDeletion"),
                .problem(400, "Something else stands on the account; nothing was deleted."),
                .problem(404, "No such dataflow."),
                .problem(412, "The dataflow has changed since it was read."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/stats",
            id: "dataflowStats",
            tag: "Dataflows",
            summary: "Shows a dataflow's books; they balance.",
            security: .bearer,
            answers: [.json(200, "The books.", "DataflowStats"), .problem(404, "No such dataflow.")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/balance",
            id: "dataflowBalance",
            tag: "Dataflows",
            summary:
                "Compares a dataflow's books with the records that are stored, counted one by one, and shows their hours.",
            security: .bearer,
            parameters: [
                .query(
                    "since",
                    "Hours from the one in which this instant lies; a day back unless told.",
                    JSONSchema.instant
                ),
                .query(
                    "audiences",
                    "Whether the books by audience are shown too, counted row by row; no unless told.",
                    JSONSchema.flag
                ),
            ],
            answers: [
                .json(200, "The books, what was counted, and the hours.", "DataflowBalance"),
                .problem(400, "since is no instant, or audiences no truth value."), .problem(404, "No such dataflow."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/schema",
            id: "dataflowSchema",
            tag: "Dataflows",
            summary: "Shows the JSON Schema (draft 2020-12) of a dataflow's messages.",
            security: .bearer,
            answers: [
                .json(200, "The version that is so now.", "MessageSchema", headers: ["ETag"]),
                .problem(404, "No such dataflow."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/schemas",
            id: "dataflowSchemas",
            tag: "Dataflows",
            summary: "Lists the versions of a dataflow's schema, the newest first.",
            security: .bearer,
            answers: [.json(200, "The versions.", "MessageSchemas"), .problem(404, "No such dataflow.")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/schemas/{number}",
            id: "dataflowSchemaVersion",
            tag: "Dataflows",
            summary: "Shows a version of a dataflow's schema as it was; it never changes.",
            security: .bearer,
            answers: [
                .json(200, "The schema.", "MessageSchema", headers: ["ETag"]),
                .problem(404, "No such dataflow or version, or no longer."),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/v1/dataflows/{id}/samples",
            id: "dataflowSamples",
            tag: "Dataflows",
            summary: "Shows records of a dataflow as they could be, made of made-up values.",
            security: .bearer,
            answers: [
                .json(200, "The records.", "Samples"), .problem(404, "No such dataflow."),
                .problem(409, "The dataflow cannot be used as it is configured."),
            ]
        ),
    ]

    private static func list(_ name: String, _ schema: String, _ summary: String) -> OpenAPIOperation {
        OpenAPIOperation(
            method: "get",
            path: "\(base)/\(name)",
            id: "list\(schema)s",
            tag: "Flow Service",
            summary: summary,
            parameters: [
                .query("property", "A filter such as id==…; repeated filters must all hold."),
                .query("orderby", "A field, with + or - before it; orderBy means the same."),
                .query("projectionFields", "The fields to show, separated by commas; all when absent."),
                .query("limit", "Objects per page.", JSONSchema.integer(1...ServerLimits.pageItemsMax)),
                .query("count", "true: only the number of objects; not together with limit.", JSONSchema.flag),
                .query("continuationToken", "Where the last page ended; it says all about the list."),
            ],
            answers: [
                OpenAPIOperation.Answer(
                    status: 200,
                    description: "One page, or the number of objects.",
                    schema: JSONSchema.any(.reference("\(schema)Page"), .reference("Count"))
                )
            ]
        )
    }

    private static func one(_ name: String, _ schema: String, _ noun: String) -> OpenAPIOperation {
        OpenAPIOperation(
            method: "get",
            path: "\(base)/\(name)/{id}",
            id: "get\(schema)",
            tag: "Flow Service",
            summary: "Shows \(noun).",
            answers: [.json(200, "The object in a list.", "\(schema)Page"), .problem(404, "No such object.")]
        )
    }

    /// The tag of a version, in one of the two.
    private static let match: [OpenAPIOperation.Parameter] = [
        .header("If-Match", "The etag of the last read."),
        .query("if-match", "The same for clients that cannot set the header, which wins."),
    ]

    private static func resource(
        _ name: String,
        _ schema: String,
        _ noun: String,
        changed: Int = 200,
        deleted: Int = 204
    ) -> [OpenAPIOperation] {
        let path = "\(base)/\(name)/{id}"
        return [
            list(name, schema, "Lists objects of the kind: \(noun)."),
            OpenAPIOperation(
                method: "post",
                path: "\(base)/\(name)",
                id: "create\(schema)",
                tag: "Flow Service",
                summary: "Makes \(noun).",
                work: .writing,
                body: .json("\(schema)Draft", "The object."),
                answers: [
                    .json(201, "Its id and version.", "Reference", headers: ["ETag"]),
                    .problem(400, "It cannot be made; the detail says which step failed and what to do."),
                ]
            ),
            one(name, schema, noun),
            OpenAPIOperation(
                method: "patch",
                path: path,
                id: "update\(schema)",
                tag: "Flow Service",
                summary: "Changes \(noun) by JSON Patch.",
                work: .writing,
                parameters: match,
                body: .json("JSONPatch", "The operations."),
                answers: [
                    .json(changed, "Its id and new version.", "Reference", headers: ["ETag"]),
                    .problem(400, "The etag is missing, or the patch cannot be applied."),
                    .problem(404, "No such object."),
                    .problem(412, "The object has changed since it was read."),
                ]
            ),
            OpenAPIOperation(
                method: "delete",
                path: path,
                id: "delete\(schema)",
                tag: "Flow Service",
                summary: "Deletes \(noun).",
                work: .writing,
                parameters: match,
                answers: [
                    .empty(deleted, "Deleted."),
                    .problem(400, "It is still used."),
                    .problem(404, "No such object."),
                    .problem(412, "The object has changed since it was read."),
                ]
            ),
        ]
    }
}
