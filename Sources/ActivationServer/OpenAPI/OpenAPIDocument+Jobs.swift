import ActivationCore

extension OpenAPIDocument {
    private static let jobPath = "/data/core/ups/segment/jobs"
    private static let schedulePath = "/data/core/ups/config/schedules"

    /// Segment jobs.
    static let jobs: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: jobPath,
            id: "listSegmentJobs",
            tag: "Audiences",
            summary: "Lists jobs, the newest first.",
            parameters: pages + [
                .query(
                    "status",
                    "Only those that stand so.",
                    ["type": "string", "enum": .array(SegmentJob.statuses.map { .string($0) })]
                ),
                .query(
                    "sort",
                    "creationTime or updateTime, then :asc or :desc.",
                    JSONSchema.text(matching: "^(creationTime|updateTime)(:(asc|desc))?$")
                ),
                .query("property", "A filter: path==value or list~key==value."),
            ],
            answers: [.json(200, "One page.", "SegmentJobPage")]
        ),
        OpenAPIOperation(
            method: "post",
            path: jobPath,
            id: "createSegmentJob",
            tag: "Audiences",
            summary: "Evaluates audiences over all profiles once more, behind the call.",
            work: .writing,
            body: .json("SegmentJobDraft", "The audiences."),
            answers: [
                .json(200, "The job.", "SegmentJob"), .problem(400, "Not a list of definitions that are in use."),
                .problem(429, "As many jobs have not ended as may be.", headers: ["Retry-After"]),
            ]
        ),
        OpenAPIOperation(
            method: "post",
            path: jobPath + "/bulk-get",
            id: "bulkGetSegmentJobs",
            tag: "Audiences",
            summary: "Shows several jobs.",
            body: .json("IDList", "The ids."),
            answers: [.json(207, "Jobs by id.", "SegmentJobResults")]
        ),
        OpenAPIOperation(
            method: "get",
            path: jobPath + "/{id}",
            id: "getSegmentJob",
            tag: "Audiences",
            summary: "Shows how a job stands.",
            answers: [.json(200, "The job.", "SegmentJob"), .problem(404, "No such job, or no longer.")]
        ),
        OpenAPIOperation(
            method: "delete",
            path: jobPath + "/{id}",
            id: "cancelSegmentJob",
            tag: "Audiences",
            summary: "Ends a job; what it has changed stays.",
            work: .writing,
            answers: [.empty(204, "It has ended."), .problem(404, "No such job, or no longer.")]
        ),
    ]

    /// Schedules.
    static let schedules: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: schedulePath,
            id: "listSchedules",
            tag: "Audiences",
            summary: "Lists schedules, the oldest first.",
            parameters: pages,
            answers: [.json(200, "One page.", "SchedulePage")]
        ),
        OpenAPIOperation(
            method: "post",
            path: schedulePath,
            id: "createSchedule",
            tag: "Audiences",
            summary: "Makes a schedule that evaluates audiences over all profiles, once a day at most.",
            work: .writing,
            body: .json("ScheduleDraft", "The schedule; times are UTC."),
            answers: [.json(200, "The schedule.", "Schedule")]
        ),
        OpenAPIOperation(
            method: "get",
            path: schedulePath + "/{id}",
            id: "getSchedule",
            tag: "Audiences",
            summary: "Shows a schedule.",
            answers: [.json(200, "The schedule.", "Schedule"), .problem(404, "No such schedule.")]
        ),
        OpenAPIOperation(
            method: "patch",
            path: schedulePath + "/{id}",
            id: "updateSchedule",
            tag: "Audiences",
            summary: "Changes the state or the times of a schedule.",
            work: .writing,
            body: .json("JSONPatch", "Edits of /state and /schedule."),
            answers: [.empty(204, "Changed."), .problem(404, "No such schedule.")]
        ),
        OpenAPIOperation(
            method: "delete",
            path: schedulePath + "/{id}",
            id: "deleteSchedule",
            tag: "Audiences",
            summary: "Deletes a schedule; jobs that it has begun go on.",
            work: .writing,
            answers: [.empty(204, "Deleted."), .problem(404, "No such schedule.")]
        ),
    ]

    static let jobSchemas: [(String, JSONValue)] = [
        (
            "SegmentJobDraft",
            JSONSchema.any(
                segmentIDs,
                JSONSchema.object(
                    "The audiences, as Adobe has it for many.",
                    ["segments": segmentIDs],
                    required: ["segments"]
                )
            )
        ),
        (
            "SegmentJob",
            JSONSchema.object(
                "An evaluation of audiences over all profiles.",
                [
                    "id": JSONSchema.text, "imsOrgId": JSONSchema.text, "sandbox": .reference("Sandbox"),
                    "profileInstanceId": JSONSchema.word("ups"), "source": JSONSchema.word("api", "scheduler"),
                    "status": ["type": "string", "enum": .array(SegmentJob.statuses.map { .string($0) })],
                    "segments": JSONSchema.array(
                        JSONSchema.object(
                            "An audience; * alone where there are more than \(SegmentJob.segmentsMax).",
                            ["segmentId": JSONSchema.text, "segment": JSONSchema.anyObject],
                            required: ["segmentId"]
                        )
                    ),
                    "metrics": jobMetrics, "requestId": JSONSchema.text, "schema": JSONSchema.anyObject,
                    "properties": JSONSchema.object(
                        "Which schedule began it.",
                        ["scheduleId": JSONSchema.text, "runId": JSONSchema.text]
                    ),
                    "evaluationProgress": JSONSchema.object(
                        "How far it is.",
                        ["processed": JSONSchema.count, "total": JSONSchema.count],
                        required: ["processed", "total"]
                    ),
                    "failure": JSONSchema.text, "_links": JSONSchema.anyObject, "updateTime": JSONSchema.integer,
                    "creationTime": JSONSchema.integer, "updateEpoch": JSONSchema.integer,
                ],
                required: [
                    "id", "imsOrgId", "sandbox", "source", "status", "segments", "metrics", "updateTime",
                    "creationTime",
                    "updateEpoch", "_links",
                ]
            )
        ),
        ("SegmentJobPage", page(of: "SegmentJob")),
        (
            "SegmentJobResults",
            JSONSchema.object(
                "Jobs by id.",
                ["results": JSONSchema.map(JSONSchema.any(.reference("SegmentJob"), missing))],
                required: ["results"]
            )
        ),
        (
            "ScheduleDraft",
            JSONSchema.object(
                "A new schedule.",
                [
                    "name": JSONSchema.text(1...ServerLimits.nameCharactersMax),
                    "type": JSONSchema.word("batch_segmentation"),
                    "properties": JSONSchema.object(
                        "What is evaluated.",
                        ["segments": JSONSchema.array(JSONSchema.text, count: 1...ServerLimits.objectsMax)],
                        required: ["segments"]
                    ),
                    "schedule": ["type": "string", "description": "Cron in Quartz's form, 0 0 1 * * ? by default."],
                    "state": JSONSchema.word("active", "inactive"),
                ],
                required: ["name", "type", "properties"]
            )
        ),
        (
            "Schedule",
            JSONSchema.object(
                "When audiences are evaluated over all profiles.",
                [
                    "id": JSONSchema.text, "imsOrgId": JSONSchema.text, "sandbox": .reference("Sandbox"),
                    "name": JSONSchema.text, "state": JSONSchema.word("active", "inactive"),
                    "type": JSONSchema.word("batch_segmentation"), "schedule": JSONSchema.text,
                    "properties": JSONSchema.anyObject, "createEpoch": JSONSchema.integer,
                    "updateEpoch": JSONSchema.integer, "lastRunTime": JSONSchema.integer,
                    "nextRunTime": JSONSchema.integer,
                ],
                required: [
                    "id", "imsOrgId", "sandbox", "name", "state", "type", "schedule", "properties", "createEpoch",
                    "updateEpoch",
                ]
            )
        ),
        ("SchedulePage", page(of: "Schedule")),
    ]

    private static let segmentIDs = JSONSchema.array(
        JSONSchema.object(
            "The id of a definition, or * for all.",
            ["segmentId": JSONSchema.text],
            required: ["segmentId"]
        )
    )

    private static let missing = JSONSchema.object(
        "Why there is none.",
        ["status": JSONSchema.integer(400...599), "errorCode": JSONSchema.text, "detail": JSONSchema.text],
        required: ["status", "errorCode", "detail"]
    )

    private static let jobTime = JSONSchema.object(
        "From when to when; the end is missing before it.",
        ["startTimeInMs": JSONSchema.integer, "endTimeInMs": JSONSchema.integer, "totalTimeInMs": JSONSchema.count]
    )

    private static let jobMetrics = JSONSchema.object(
        "What it has done so far.",
        [
            "totalTime": jobTime, "profileSegmentationTime": jobTime, "totalProfiles": JSONSchema.count,
            "segmentedProfileCounter": JSONSchema.map(JSONSchema.count),
            "segmentedProfileByNamespaceCounter": JSONSchema.map(JSONSchema.map(JSONSchema.count)),
            "segmentedProfileByStatusCounter": JSONSchema.map(
                JSONSchema.object(
                    "Profiles that came in and went out.",
                    ["realized": JSONSchema.count, "exited": JSONSchema.count],
                    required: ["realized", "exited"]
                )
            ),
            "totalProfilesByMergePolicy": JSONSchema.map(JSONSchema.count),
        ]
    )

    private static func page(of schema: String) -> JSONValue {
        JSONSchema.object(
            "One page of a list.",
            [
                "children": JSONSchema.array(.reference(schema)),
                "_page": JSONSchema.object(
                    "How many there are.",
                    ["totalCount": JSONSchema.count, "pageSize": JSONSchema.count],
                    required: ["totalCount", "pageSize"]
                ),
                "_links": .reference("PageLinks"),
            ],
            required: ["children", "_page", "_links"]
        )
    }
}
