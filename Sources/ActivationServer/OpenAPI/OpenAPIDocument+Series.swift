import ActivationCore

/// What became of records over time (BEHAVIOUR 7.4).
extension OpenAPIDocument {
    static let series = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/series",
            id: "series",
            tag: "Monitoring",
            summary: "Shows what became of records over time, by the minute, by hours or by days.",
            security: .bearer,
            parameters: [
                .query("range", "How far back; 24h unless told.", JSONSchema.word(of: SeriesRange.self)),
                .query("flowId", "Only this dataflow.", JSONSchema.someText),
            ],
            answers: [.json(200, "The series.", "Series"), .problem(404, "No such dataflow.")]
        )
    ]

    static let seriesSchemas: [(String, JSONValue)] = [
        (
            "Series",
            JSONSchema.object(
                "What became of records; the last step is still running. Measures begin with the server's process.",
                [
                    "range": JSONSchema.word(of: SeriesRange.self), "start": JSONSchema.instant,
                    "end": JSONSchema.instant, "stepSeconds": JSONSchema.count,
                    "measuredSince": JSONSchema.instant, "slots": JSONSchema.array(.reference("SeriesSlot")),
                    "dataflows": JSONSchema.array(.reference("SeriesDataflow")),
                    "shards": JSONSchema.array(
                        JSONSchema.object(
                            "A part of a destination that was throttled; those that were most often come first, 20 at most.",
                            [
                                "flowId": JSONSchema.text, "shard": JSONSchema.text, "total": JSONSchema.count,
                                "throttled": JSONSchema.array(["type": ["integer", "null"]]),
                            ],
                            required: ["flowId", "shard", "total", "throttled"]
                        )
                    ),
                    "alerts": JSONSchema.array(
                        JSONSchema.object(
                            "An alert that was told for the first time.",
                            [
                                "at": JSONSchema.instant, "name": JSONSchema.text,
                                "severity": JSONSchema.word(of: AlertSeverity.self), "text": JSONSchema.text,
                                "flowId": JSONSchema.text, "flowName": JSONSchema.text,
                            ],
                            required: ["at", "name", "severity", "text"]
                        )
                    ),
                ],
                required: [
                    "range", "start", "end", "stepSeconds", "measuredSince", "slots", "dataflows", "shards", "alerts",
                ]
            )
        ),
        (
            "SeriesSlot",
            JSONSchema.object(
                "A step. Members of which nothing is known are not there: that is a gap and no zero.",
                JSONSchema.union(
                    terms,
                    [
                        "start": JSONSchema.instant, "messagesAccepted": JSONSchema.count,
                        "messagesRefused": JSONSchema.count,
                    ]
                ),
                required: ["start"]
            )
        ),
        (
            "SeriesDataflow",
            JSONSchema.object(
                "A dataflow with all steps together, and as it stands now.",
                JSONSchema.union(
                    terms,
                    [
                        "flowId": JSONSchema.text, "name": JSONSchema.text, "state": JSONSchema.text,
                        "activationRate": ["type": "number", "minimum": 0, "maximum": 1],
                        "pending": JSONSchema.count, "oldestPendingAt": JSONSchema.instant,
                        "deadLetters": JSONSchema.integer,
                    ]
                ),
                required: ["flowId", "triggered", "delivered", "suppressed", "parked", "measured", "throttled"]
            )
        ),
    ]

    /// What is told of a step and of a dataflow.
    ///
    /// A delay is the first bound that so many records stayed within; it is not there when no record was measured, or when half
    /// an hour was not enough.
    private static let terms: JSONObject = [
        "triggered": JSONSchema.integer, "delivered": JSONSchema.integer, "suppressed": JSONSchema.count,
        "parked": JSONSchema.integer, "measured": JSONSchema.count, "throttled": JSONSchema.count,
        "delayP50Milliseconds": JSONSchema.count, "delayP99Milliseconds": JSONSchema.count,
        "oldestWaitMilliseconds": JSONSchema.count,
    ]
}
