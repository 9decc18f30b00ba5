import ActivationCore
import ActivationEngine

extension OpenAPIDocument {
    /// The audit log.
    static let audit: [OpenAPIOperation] = [
        OpenAPIOperation(
            method: "get",
            path: "/data/foundation/audit/events",
            id: "listAuditEvents",
            tag: "Audit",
            summary:
                "Lists who did what, when, from where and with which outcome; kept for at least 365 days. Pages reach the "
                + "newest \(AuditRoutes.reachedMax) that are asked for, before goes on from there.",
            parameters: auditFilters + [
                .query("limit", "How many; 50 when absent.", JSONSchema.integer(1...AuditRoutes.limitMax)),
                .query("start", "How many to leave out.", JSONSchema.integer(0...AuditRoutes.reachedMax)),
            ],
            answers: [.json(200, "One page.", "AuditEventPage")]
        ),
        OpenAPIOperation(
            method: "get",
            path: "/data/foundation/audit/export",
            id: "exportAuditEvents",
            tag: "Audit",
            summary: "Gives out all events that are asked for as a file; that is recorded itself.",
            work: .recording,
            parameters: auditFilters + [
                .query(
                    "format",
                    "csv or json; without it the answer says where the file is.",
                    JSONSchema.word("csv", "json")
                )
            ],
            answers: [
                OpenAPIOperation.Answer(
                    status: 200,
                    description: "The file, the newest event first.",
                    contentType: "text/csv",
                    schema: JSONSchema.text
                ),
                OpenAPIOperation.Answer(
                    status: 200,
                    description: "The file, the newest event first.",
                    schema: JSONSchema.array(.reference("AuditEvent"))
                ), .empty(204, "Nothing is in it."),
                OpenAPIOperation.Answer(status: 307, description: "Where the file is.", headers: ["Location"]),
            ]
        ),
    ]

    private static let auditFilters: [OpenAPIOperation.Parameter] = [
        .query(
            "property",
            "A condition such as action==Create,Update; all of several count. Names: "
                + AuditQuery.Property.allCases.map(\.rawValue).joined(separator: ", ")
                + "; timestamp is compared with < and > too.",
            JSONSchema.array(JSONSchema.someText, count: 0...20)
        ),
        .query("orderBy", "-timestamp, the newest first, or timestamp.", JSONSchema.text),
        .query("queryId", "The queryId of an answer: the same query as then; property and orderBy are not looked at."),
        .query("before", "The before of an answer: only events before that one.", ["type": "integer", "minimum": 1]),
    ]

    static let auditSchemas: [(String, JSONValue)] = [
        (
            "AuditEventPage",
            JSONSchema.object(
                "One page of the audit log. before = there are more events than pages reach.",
                [
                    "_embedded": JSONSchema.object(
                        "The page.",
                        ["events": JSONSchema.array(.reference("AuditEvent"))],
                        required: ["events"]
                    ), "_links": JSONSchema.anyObject,
                    "page": JSONSchema.object(
                        "Where it is among the pages.",
                        [
                            "size": JSONSchema.count, "totalElements": JSONSchema.count,
                            "totalPages": JSONSchema.count, "number": JSONSchema.count,
                        ],
                        required: ["size", "totalElements", "totalPages", "number"]
                    ), "queryId": JSONSchema.text, "before": JSONSchema.count,
                ],
                required: ["_embedded", "_links", "page", "queryId"]
            )
        ),
        (
            "AuditEvent",
            JSONSchema.object(
                "That somebody did something. userEmail is the client id of a program; headwater holds what Adobe's events "
                    + "have no place for.",
                [
                    "id": JSONSchema.text, "version": JSONSchema.text, "imsOrgId": JSONSchema.text,
                    "sandboxName": JSONSchema.text, "userEmail": JSONSchema.text, "authId": JSONSchema.text,
                    "userIpAddresses": JSONSchema.array(JSONSchema.text), "enhancedEvents": JSONSchema.array([:]),
                    "requestId": JSONSchema.text, "permissionResource": JSONSchema.text,
                    "permissionType": JSONSchema.text, "assetType": JSONSchema.text, "assetId": JSONSchema.text,
                    "assetName": JSONSchema.text, "action": JSONSchema.text,
                    "status": JSONSchema.word("Allow", "Deny", "Failure"), "failureCode": JSONSchema.text,
                    "timestamp": JSONSchema.text,
                    "headwater": JSONSchema.object(
                        "The number of the entry in the chain of the history, and what was different or is said of it.",
                        [
                            "sequence": JSONSchema.count, "way": JSONSchema.word("api", "console", "server"),
                            "kind": JSONSchema.text, "actions": JSONSchema.array(JSONSchema.text),
                            "authorName": JSONSchema.text, "difference": JSONSchema.array(JSONSchema.anyObject),
                            "more": JSONSchema.count, "details": JSONSchema.anyObject,
                        ],
                        required: ["sequence", "way", "kind", "actions"]
                    ),
                ],
                required: [
                    "id", "imsOrgId", "userEmail", "userIpAddresses", "requestId", "assetType", "assetId", "assetName",
                    "action", "status", "failureCode", "timestamp", "headwater",
                ]
            )
        ),
    ]
}
