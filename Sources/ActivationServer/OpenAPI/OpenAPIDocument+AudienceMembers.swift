import ActivationCore
import ActivationEngine

extension OpenAPIDocument {
    /// Members over time, and those of audiences that others name them for.
    static let audienceMembers: [OpenAPIOperation] = [
        named(
            "put",
            "nameAudienceMembers",
            """
            Names members of an external audience: a person a line, by namespace and id or by identityMap, with validUntil (30 \
            days from now when absent) and payload.
            """
        ),
        named(
            "delete",
            "withdrawAudienceMembers",
            "Takes members of an external audience out: a person a line, by namespace and id or by identityMap."
        ),
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
        ),
    ]

    private static func named(_ method: String, _ id: String, _ summary: String) -> OpenAPIOperation {
        var operation = stream(method, "/v1/audiences/{id}/members", id, summary)
        operation.answers += [
            .problem(404, "No such audience."),
            .problem(409, "The audience is made of a rule, is inactive, or its members have expired."),
        ]
        return operation
    }

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
