import ActivationCore

extension OpenAPIDocument {
    /// Backfills.
    static let backfills: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: BackfillRoutes.path,
            id: "listBackfills",
            tag: "Dataflows",
            summary: "Lists backfills, the newest first.",
            security: .bearer,
            parameters: pages + [
                .query("dataflowId", "Only those of this dataflow."),
                .query("state", "Only those that stand so.", state),
            ],
            answers: [.json(200, "One page.", "BackfillPage")]
        ),
        OpenAPIOperation(
            method: "post",
            path: BackfillRoutes.path,
            id: "createBackfill",
            tag: "Dataflows",
            summary: "Exports members of a dataflow's audiences as they are now, behind the call.",
            security: .bearer,
            work: .writing,
            body: .json("BackfillDraft", "Whose members, and which."),
            answers: [.json(201, "The backfill.", "Backfill")]
        ),
        OpenAPIOperation(
            method: "get",
            path: BackfillRoutes.path + "/{id}",
            id: "getBackfill",
            tag: "Dataflows",
            summary: "Shows how a backfill stands.",
            security: .bearer,
            answers: [.json(200, "The backfill.", "Backfill"), .problem(404, "No such backfill, or no longer.")]
        ),
        OpenAPIOperation(
            method: "patch",
            path: BackfillRoutes.path + "/{id}",
            id: "updateBackfill",
            tag: "Dataflows",
            summary: "Pauses or resumes a backfill, or changes how fast it goes.",
            security: .bearer,
            work: .writing,
            body: .json("BackfillChange", "What changes."),
            answers: [.json(200, "The backfill.", "Backfill"), .problem(404, "No such backfill, or no longer.")]
        ),
        OpenAPIOperation(
            method: "delete",
            path: BackfillRoutes.path + "/{id}",
            id: "cancelBackfill",
            tag: "Dataflows",
            summary: "Ends a backfill; records that it has made are sent.",
            security: .bearer,
            work: .writing,
            answers: [.json(200, "The backfill.", "Backfill"), .problem(404, "No such backfill, or no longer.")]
        ),
    ]

    static let backfillSchemas: [(String, JSONValue)] = [
        (
            "BackfillDraft",
            JSONSchema.object(
                "A new backfill.",
                [
                    "dataflowId": JSONSchema.text,
                    "audiences": JSONSchema.array(JSONSchema.text, count: 1...ServerLimits.selectorsMax),
                    "since": JSONSchema.instant,
                    "recordsPerSecond": JSONSchema.integer(BackfillOrder.recordsPerSecond),
                ],
                required: ["dataflowId"]
            )
        ),
        (
            "BackfillChange",
            JSONSchema.object(
                "What changes of a backfill; recordsPerSecond null = the server's own rate.",
                JSONSchema.nullable([
                    "state": wish,
                    "recordsPerSecond": JSONSchema.integer(BackfillOrder.recordsPerSecond),
                ])
            )
        ),
        (
            "Backfill",
            JSONSchema.object(
                "An export of members who have not changed.",
                [
                    "id": JSONSchema.text, "dataflowId": JSONSchema.text,
                    "audiences": JSONSchema.array(JSONSchema.text), "since": JSONSchema.instant,
                    "recordsPerSecond": JSONSchema.integer(BackfillOrder.recordsPerSecond),
                    "origin": JSONSchema.word("mapping", "request", "resume", "unmapping"), "state": state,
                    "reason": JSONSchema.text,
                    "progress": JSONSchema.object(
                        "Profiles looked at.",
                        ["processed": JSONSchema.count, "total": JSONSchema.count],
                        required: ["processed", "total"]
                    ),
                    "records": JSONSchema.count, "secondsLeft": JSONSchema.count, "createdAt": JSONSchema.instant,
                    "createdBy": JSONSchema.text, "startedAt": JSONSchema.instant, "endedAt": JSONSchema.instant,
                ],
                required: ["id", "dataflowId", "origin", "state", "progress", "records", "createdAt", "createdBy"]
            )
        ),
        (
            "BackfillPage",
            JSONSchema.object(
                "One page of a list.",
                [
                    "items": JSONSchema.array(.reference("Backfill")),
                    "_page": JSONSchema.object(
                        "How many there are.",
                        ["totalCount": JSONSchema.count, "pageSize": JSONSchema.count],
                        required: ["totalCount", "pageSize"]
                    ),
                    "_links": .reference("PageLinks"),
                ],
                required: ["items", "_page", "_links"]
            )
        ),
    ]

    private static let state: JSONValue = [
        "type": "string", "enum": .array(BackfillRoutes.states.map { .string($0) }),
    ]
    private static let wish: JSONValue = [
        "type": "string", "enum": .array(Backfill.Wish.allCases.map { .string($0.rawValue) }),
    ]
}
