import ActivationCore
import ActivationEngine

extension OpenAPIDocument {
    /// Members over time.
    static let audienceMembers: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: "/v1/audiences/{id}/members",
            id: "audienceMembers",
            tag: "Audiences",
            summary: "Shows how many members an audience has, and who entered and who exited by the hour.",
            security: .bearer,
            parameters: [
                .query(
                    "hours",
                    "How many hours, of which the last is the present one; 24 when absent.",
                    JSONSchema.integer(1...Int(BookedHour.keptHours))
                )
            ],
            answers: [
                .json(200, "The figures.", "AudienceMembers"), .problem(404, "No such audience."),
            ]
        )
    ]

    static let audienceMemberSchemas: [(String, JSONValue)] = [
        (
            "AudienceMembers",
            JSONSchema.object(
                "How many members an audience has and had.",
                [
                    "audienceId": JSONSchema.text, "members": JSONSchema.count, "since": JSONSchema.instant,
                    "entered": JSONSchema.count, "exited": JSONSchema.count,
                    "hours": JSONSchema.array(
                        JSONSchema.object(
                            "An hour in which anybody entered or exited.",
                            [
                                "start": JSONSchema.instant, "entered": JSONSchema.count,
                                "exited": JSONSchema.count, "members": JSONSchema.count,
                            ],
                            required: ["start", "entered", "exited", "members"]
                        )
                    ),
                ],
                required: ["audienceId", "members", "since", "entered", "exited", "hours"]
            )
        )
    ]
}
