import ActivationCore

extension OpenAPIDocument {
    /// Ingestion over HTTP.
    static let ingestion: [OpenAPIOperation] =
        collection("/collection", "")
        + collection("/data/foundation/import/collection", "Import") + [
            lines("/v1/profiles", "ingestProfiles", "Stores profile records, one XDM entity per line."),
            lines(
                "/v1/events",
                "ingestEvents",
                "Stores events, one XDM entity per line; a repeated _id counts once."
            ),
        ]

    private static let contentEncoding = OpenAPIOperation.Parameter.header(
        "Content-Encoding",
        "How the body is packed; not at all when absent.",
        JSONSchema.word("gzip", "x-gzip", "identity", "")
    )

    /// Of requests that make records.
    static let traceparent = OpenAPIOperation.Parameter.header(
        "traceparent",
        "The trace that the request is part of, as W3C Trace Context level 1 writes it; anything else is ignored."
    )

    /// The inlets under one of their two paths.
    private static func collection(_ base: String, _ suffix: String) -> [OpenAPIOperation] {
        [
            OpenAPIOperation(
                method: "post",
                path: base + "/{inletId}",
                id: "collectMessage" + suffix,
                tag: "Ingestion",
                summary: "Stores one message.",
                security: .inlet,
                work: .writing,
                parameters: [
                    .query(
                        "syncValidation",
                        "true: the answer states that the message was validated.",
                        JSONSchema.flag
                    ),
                    .query("synchronousValidation", "The older name of syncValidation.", JSONSchema.flag),
                    contentEncoding,
                    traceparent,
                ],
                body: .json("CollectionMessage", "The message; 1 MB at most."),
                answers: [
                    .json(200, "The message is durable.", "CollectionAnswer"),
                    .problem(400, "The message is not valid; the report says where."),
                ]
            ),
            OpenAPIOperation(
                method: "post",
                path: base + "/batch/{inletId}",
                id: "collectBatch" + suffix,
                tag: "Ingestion",
                summary: "Stores messages, each on its own.",
                security: .inlet,
                work: .writing,
                parameters: [contentEncoding, traceparent],
                body: .json("CollectionBatch", "The messages; 1 MB at most."),
                answers: [.json(207, "What became of each message, in their order.", "CollectionBatchAnswer")]
            ),
        ]
    }

    private static func lines(_ path: String, _ id: String, _ summary: String) -> OpenAPIOperation {
        var operation = stream("post", path, id, summary)
        operation.tag = "Ingestion"
        operation.parameters.insert(
            .query(
                "dataset",
                "The dataset's id or name; it is registered on first use. default when absent.",
                JSONSchema.datasetName
            ),
            at: 0
        )
        operation.answers.append(.problem(404, "The dataset ended on its expiration date."))
        return operation
    }

    /// A route that takes any number of lines.
    static func stream(_ method: String, _ path: String, _ id: String, _ summary: String) -> OpenAPIOperation {
        OpenAPIOperation(
            method: method,
            path: path,
            id: id,
            tag: "Audiences",
            summary: summary,
            security: .bearer,
            work: .writing,
            parameters: [contentEncoding, traceparent],
            body: OpenAPIOperation.Body(
                contentTypes: ["application/x-ndjson"],
                description: "Any number of lines.",
                schema: [:],
                isRequired: false
            ),
            answers: [
                .json(200, "What became of the lines, after the last is durable.", "LineReport"),
                .problem(413, "The body expands to more than is accepted."),
                .problem(
                    503,
                    "The storage refuses; settledThroughLine says which lines are durable.",
                    headers: ["Retry-After"]
                ),
                .problem(
                    507,
                    "The disk is full; settledThroughLine says which lines are durable.",
                    headers: ["Retry-After"]
                ),
            ]
        )
    }

    /// Profile lookup.
    static let profiles: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: "/data/core/ups/access/entities",
            id: "accessEntities",
            tag: "Profiles",
            summary: "Shows one profile's merged view, or its events.",
            work: .recording,
            parameters: [
                .query(
                    "schema.name",
                    "The profile or its events.",
                    JSONSchema.word("_xdm.context.profile", "_xdm.context.experienceevent"),
                    required: true
                ),
                .query("relatedSchema.name", "With events.", JSONSchema.word("_xdm.context.profile")),
                .query("entityId", "The identity's value, with profiles.", JSONSchema.someText),
                .query("entityIdNS", "The identity's namespace, with profiles.", JSONSchema.someText),
                .query("relatedEntityId", "The identity's value, with events.", JSONSchema.someText),
                .query("relatedEntityIdNS", "The identity's namespace, with events.", JSONSchema.someText),
                .query("fields", "Paths to show, separated by commas; all when absent."),
                .query("mergePolicyId", "The merge policy; the default one when absent."),
                .query(
                    "orderBy",
                    "+timestamp or -timestamp, with events.",
                    JSONSchema.text(matching: "^[ +-]?timestamp$")
                ),
                .query("startTime", "Events from this instant on, ms.", JSONSchema.integer),
                .query("endTime", "Events up to this instant, ms.", JSONSchema.integer),
                .query("start", "Events to skip.", JSONSchema.integer(0...Limits.profileEventsMax)),
                .query("offsets", "Another name of start.", JSONSchema.integer(0...Limits.profileEventsMax)),
                .query("limit", "Events to show.", JSONSchema.integer(1...EntityQuery.EventWindow.limitMax)),
            ],
            answers: [
                OpenAPIOperation.Answer(
                    status: 200,
                    description: "The profile or its events.",
                    schema: JSONSchema.any(.reference("EventPage"), .reference("ProfileByID"))
                ),
                .problem(404, "Nobody has this identity."),
            ]
        )
    ]

    /// What the server says about itself.
    static let operationsRoutes: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: "/health",
            id: "health",
            tag: "Operations",
            summary: "Answers while the process is alive.",
            security: .none,
            work: .nothing,
            answers: [.json(200, "Alive.", "Health")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/ready",
            id: "ready",
            tag: "Operations",
            summary: "Says whether messages are taken and can be stored.",
            security: .none,
            work: .nothing,
            answers: [
                .json(200, "They are; a clock that is far off is told.", "Readiness"),
                .json(503, "They are not, or cannot be stored; the reason is told.", "Readiness"),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/metrics",
            id: "metrics",
            tag: "Operations",
            summary: "Shows counters for Prometheus.",
            security: .none,
            work: .nothing,
            parameters: [.query("sandbox", "The sandbox; prod when absent.")],
            answers: [
                .problem(404, "No such sandbox."), .problem(400, "The query is malformed."),
                OpenAPIOperation.Answer(
                    status: 200,
                    description: "Counters, the text format.",
                    contentType: "text/plain",
                    schema: JSONSchema.text
                ),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/openapi.json",
            id: "openapi",
            tag: "Operations",
            summary: "This document.",
            security: .none,
            work: .nothing,
            answers: [.json(200, "OpenAPI 3.1.", "OpenAPI")]
        ),
    ]
}
