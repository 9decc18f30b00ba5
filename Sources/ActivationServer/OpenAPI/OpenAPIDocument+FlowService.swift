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
                contentType: "application/x-www-form-urlencoded",
                description: "grant_type=client_credentials, client_id and client_secret.",
                schema: ["type": "object"]
            ),
            answers: [
                .json(200, "The token.", "Token"), .problem(400, "A field is missing."),
                .problem(401, "The credentials are wrong."),
            ]
        )
    ]

    /// The Flow Service: connections and dataflows.
    static let flowService: [OpenAPIOperation] =
        [
            list("connectionSpecs", "ConnectionSpecs", "Lists what can be connected to."),
            one("connectionSpecs", "ConnectionSpec", "something that can be connected to"),
            list("flowSpecs", "FlowSpecs", "Lists the kinds of dataflows."),
            one("flowSpecs", "FlowSpec", "a kind of dataflow"),
        ]
        + resource("connections", "Connection", "a connection", deleted: 204)
        + resource("sourceConnections", "SourceConnection", "a source connection", deleted: 204)
        + resource("targetConnections", "TargetConnection", "a target connection", deleted: 204)
        + resource("flows", "Flow", "a dataflow", deleted: 202) + [
            OpenAPIOperation(
                method: "post",
                path: base + "/flows/{id}/action",
                id: "actOnFlow",
                tag: "Flow Service",
                summary: "Enables or disables a dataflow.",
                parameters: [.query("op", "enable or disable.", required: true)],
                answers: [
                    .json(200, "The dataflow's new version.", "Reference"),
                    .problem(400, "The action does not apply."),
                    .problem(404, "No such dataflow."),
                ]
            )
        ]

    /// A dataflow's books.
    static let dataflows: [OpenAPIOperation] = [
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
            path: "/v1/dataflows/{id}/dead-letters",
            id: "dataflowDeadLetters",
            tag: "Dataflows",
            summary: "Lists records that the destination refused for good.",
            security: .bearer,
            parameters: [.count("limit", "Dead letters at most.")],
            answers: [.json(200, "Dead letters, the oldest first.", "Items"), .problem(404, "No such dataflow.")]
        ),
    ]

    private static func list(_ name: String, _ id: String, _ summary: String) -> OpenAPIOperation {
        OpenAPIOperation(
            method: "get",
            path: "\(base)/\(name)",
            id: "list\(id)",
            tag: "Flow Service",
            summary: summary,
            parameters: [
                .query("property", "A filter such as id==…; repeated filters must all hold."),
                .query("orderby", "A field, with + or - before it."),
                .count("limit", "Objects per page, at most 100."),
                .query("count", "true: only the number of objects."),
                .query("continuationToken", "Where the last page ended."),
            ],
            answers: [
                .json(200, "One page.", name == "flows" ? "FlowList" : "Items"),
                .problem(400, "A parameter is not usable."),
            ]
        )
    }

    private static func one(_ name: String, _ id: String, _ noun: String) -> OpenAPIOperation {
        OpenAPIOperation(
            method: "get",
            path: "\(base)/\(name)/{id}",
            id: "get\(id)",
            tag: "Flow Service",
            summary: "Shows \(noun).",
            answers: [
                .json(200, "The object in a list.", name == "flows" ? "FlowList" : "Items"),
                .problem(404, "No such object."),
            ]
        )
    }

    private static func resource(
        _ name: String,
        _ id: String,
        _ noun: String,
        deleted: Int
    ) -> [OpenAPIOperation] {
        let path = "\(base)/\(name)/{id}"
        return [
            list(name, id + "s", "Lists objects of the kind: \(noun)."),
            OpenAPIOperation(
                method: "post",
                path: "\(base)/\(name)",
                id: "create\(id)",
                tag: "Flow Service",
                summary: "Makes \(noun).",
                body: .json("Document", "The object."),
                answers: [
                    .json(201, "Its id and version.", "Reference"),
                    .problem(400, "It cannot be made; the detail says which step failed and what to do."),
                ]
            ),
            one(name, id, noun),
            OpenAPIOperation(
                method: "patch",
                path: path,
                id: "update\(id)",
                tag: "Flow Service",
                summary: "Changes \(noun) by JSON Patch.",
                parameters: [.header("If-Match", "The etag of the last read.", required: true)],
                body: .json("JSONPatch", "The operations."),
                answers: [
                    .json(200, "Its id and new version.", "Reference"),
                    .problem(400, "If-Match is missing, or the patch cannot be applied."),
                    .problem(404, "No such object."),
                    .problem(412, "The object has changed since it was read."),
                ]
            ),
            OpenAPIOperation(
                method: "delete",
                path: path,
                id: "delete\(id)",
                tag: "Flow Service",
                summary: "Deletes \(noun).",
                answers: [
                    .empty(deleted, "Deleted."),
                    .problem(400, "It is still used."),
                    .problem(404, "No such object."),
                ]
            ),
        ]
    }
}
