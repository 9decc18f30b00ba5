import ActivationCore

extension OpenAPIDocument {
    /// Ingestion over HTTP.
    static let ingestion: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "post",
            path: "/collection/{inletId}",
            id: "collectMessage",
            tag: "Ingestion",
            summary: "Stores one message.",
            security: .inlet,
            parameters: [
                .query("syncValidation", "true: the answer states that the message was validated."),
                .query("synchronousValidation", "The older name of syncValidation."),
            ],
            body: .json("CollectionMessage", "The message; 1 MB at most."),
            answers: [
                .json(200, "The message is durable.", "CollectionAnswer"),
                .problem(400, "The message is not valid; the report says where."),
                .problem(404, "No such inlet."),
                .problem(413, "More than 1 MB."),
                .problem(429, "Busy; Retry-After says when to come back."),
                .problem(503, "The storage refuses; nothing was stored."),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: "/collection/batch/{inletId}",
            id: "collectBatch",
            tag: "Ingestion",
            summary: "Stores messages, each on its own.",
            security: .inlet,
            body: .json("CollectionBatch", "The messages; 1 MB at most."),
            answers: [
                .json(207, "What became of each message, in their order.", "CollectionBatchAnswer"),
                .problem(400, "Not a list of messages."),
                .problem(404, "No such inlet."),
                .problem(413, "More than 1 MB."),
                .problem(429, "Busy; Retry-After says when to come back."),
                .problem(503, "The storage refuses; nothing was stored."),
            ]
        ),
        lines("/v1/profiles", "ingestProfiles", "Stores profile records, one XDM entity per line."),
        lines("/v1/events", "ingestEvents", "Stores events, one XDM entity per line; a repeated _id counts once."),
    ]

    private static func lines(_ path: String, _ id: String, _ summary: String) -> OpenAPIOperation {
        OpenAPIOperation(
            method: "post",
            path: path,
            id: id,
            tag: "Ingestion",
            summary: summary,
            security: .bearer,
            parameters: [
                .query("dataset", "The dataset's id; it is registered on first use. default when absent."),
                .header("Content-Encoding", "gzip, or absent."),
            ],
            body: OpenAPIOperation.Body(
                contentType: "application/x-ndjson",
                description: "Any number of lines.",
                schema: ["type": "string"]
            ),
            answers: [
                .json(200, "What became of the lines, after the last is durable.", "LineReport"),
                .problem(400, "The dataset or the encoding cannot be used."),
                .problem(413, "The body expands to more than is accepted."),
                .problem(429, "Busy; nothing was stored; Retry-After says when to come back."),
                .problem(503, "The storage refuses; settledThroughLine says which lines are durable."),
                .problem(507, "The disk is full; settledThroughLine says which lines are durable."),
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
            parameters: [
                .query("schema.name", "_xdm.context.profile or _xdm.context.experienceevent.", required: true),
                .query("relatedSchema.name", "_xdm.context.profile, with events."),
                .query("entityId", "The identity's value, with profiles."),
                .query("entityIdNS", "The identity's namespace, with profiles."),
                .query("relatedEntityId", "The identity's value, with events."),
                .query("relatedEntityIdNS", "The identity's namespace, with events."),
                .query("fields", "Paths to show, separated by commas; all when absent."),
                .query("mergePolicyId", "The merge policy; the default one when absent."),
                .query("orderBy", "+timestamp or -timestamp, with events."),
                .count("startTime", "Events from this instant on, ms."),
                .count("endTime", "Events up to this instant, ms."),
                .count("start", "Events to skip."),
                .count("limit", "Events to show, at most 1000."),
            ],
            answers: [
                .json(200, "The profile or its events.", "Entities"),
                .problem(400, "A parameter is missing or not usable."),
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
            answers: [.json(200, "Alive.", "Health")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/ready",
            id: "ready",
            tag: "Operations",
            summary: "Says whether messages are taken and can be stored.",
            security: .none,
            answers: [
                .json(200, "They are; a clock that is far off is told.", "Readiness"),
                .json(503, "They are not, or every write is refused; the reason is told.", "Readiness"),
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/metrics",
            id: "metrics",
            tag: "Operations",
            summary: "Shows counters for Prometheus.",
            security: .none,
            answers: [
                OpenAPIOperation.Answer(
                    status: 200,
                    description: "Counters, the text format.",
                    contentType: "text/plain",
                    schema: ["type": "string"]
                )
            ]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/openapi.json",
            id: "openapi",
            tag: "Operations",
            summary: "This document.",
            security: .none,
            answers: [.json(200, "OpenAPI 3.1.", "Document")]
        ),
    ]
}
