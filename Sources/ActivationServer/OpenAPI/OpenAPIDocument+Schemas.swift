import ActivationCore

extension OpenAPIDocument {
    /// The schemas that operations refer to.
    static let schemas: JSONValue = {
        var schemas = JSONObject()
        let all =
            generalSchemas + ingestionSchemas + identitySchemas + audienceSchemas + audienceDoorSchemas
            + audienceMemberSchemas + uploadSchemas + explanationSchemas + ruleCheckSchemas + mergePolicySchemas
            + previewSchemas
            + jobSchemas + catalogSchemas + datasetExpirationSchemas + flowServiceSchemas + backfillSchemas
            + deadLetterSchemas + alertSchemas + seriesSchemas + rehearsalSchemas + changeSchemas + auditSchemas
            + accessSchemas + groupSchemas + sandboxSchemas + governanceSchemas + privacySchemas
        for (name, schema) in all { schemas[name] = schema }
        return .object(schemas)
    }()

    private static let generalSchemas: [(String, JSONValue)] = [
        (
            "Problem",
            JSONSchema.object(
                "Problem details (RFC 9457).",
                [
                    "type": JSONSchema.text, "title": JSONSchema.text, "status": JSONSchema.integer(400...599),
                    "detail": JSONSchema.text, "errorCode": JSONSchema.text, "requestId": JSONSchema.text,
                ],
                required: ["type", "title", "status", "detail", "errorCode", "requestId"]
            )
        ),
        (
            "GatewayError",
            JSONSchema.object(
                "Why a request was stopped before it reached a service.",
                ["error_code": JSONSchema.text, "message": JSONSchema.text],
                required: ["error_code", "message"]
            )
        ),
        (
            "Warning",
            JSONSchema.object(
                "What to look at although the request is accepted, such as identities that were left out.",
                [
                    "code": JSONSchema.text, "message": JSONSchema.text, "namespace": JSONSchema.text,
                    "count": JSONSchema.count, "line": JSONSchema.count, "path": JSONSchema.text,
                    "column": JSONSchema.count, "suggestion": JSONSchema.text, "textForm": JSONSchema.text,
                ],
                required: ["code", "message"]
            )
        ),
        (
            "Sandbox",
            JSONSchema.object(
                "The sandbox of an object.",
                [
                    "sandboxId": JSONSchema.text, "sandboxName": JSONSchema.text, "type": JSONSchema.text,
                    "default": JSONSchema.flag,
                ]
            )
        ),
        (
            "PageLinks",
            JSONSchema.object(
                "Where the next page is; empty on the last one.",
                [
                    "next": JSONSchema.object(
                        "The next page.",
                        ["href": JSONSchema.text],
                        required: ["href"]
                    )
                ]
            )
        ),
        (
            "HeadwaterState",
            JSONSchema.object(
                "Whether something works, such as whether a dataflow's records are leaving, and what is in the way.",
                [
                    "state": JSONSchema.word("running", "retrying", "paused", "disabled"), "code": JSONSchema.text,
                    "message": JSONSchema.text, "since": JSONSchema.instant, "attempts": JSONSchema.count,
                    "nextAttemptAt": JSONSchema.instant, "notice": JSONSchema.text,
                    "oldestPendingAt": JSONSchema.instant,
                    "reconcile": JSONSchema.object(
                        "How far a dataflow that was disabled is in making up for that; absent when it is not at it.",
                        [
                            "processed": JSONSchema.count, "total": JSONSchema.count,
                            "secondsLeft": JSONSchema.count,
                        ],
                        required: ["processed", "total"]
                    ),
                    "formerTargets": JSONSchema.array(
                        JSONSchema.object(
                            "Where records that were triggered before a change of the target still go, oldest first.",
                            [
                                "params": JSONSchema.anyObject, "account": JSONSchema.anyObject,
                                "since": JSONSchema.instant,
                            ],
                            required: ["params", "since"]
                        )
                    ),
                ]
            )
        ),
        (
            "Readiness",
            JSONSchema.object(
                "Whether messages are taken, and what to look at.",
                [
                    "status": JSONSchema.word("ready", "standby", "unavailable"),
                    "role": JSONSchema.word("leader", "follower"), "code": JSONSchema.text,
                    "reason": JSONSchema.text,
                    "timeZone": JSONSchema.text,
                    "failedSandboxes": JSONSchema.count,
                    "clock": JSONSchema.object(
                        "There when the clock stands far from the instants of messages.",
                        [
                            "behindSeconds": JSONSchema.integer, "aheadSeconds": JSONSchema.integer,
                            "message": JSONSchema.text,
                        ],
                        required: ["message"]
                    ),
                ],
                required: ["status", "timeZone"]
            )
        ),
        (
            "Health",
            JSONSchema.object(
                "The process is alive.",
                ["status": JSONSchema.word("alive")],
                required: ["status"]
            )
        ),
        (
            "OpenAPI",
            JSONSchema.object(
                "An OpenAPI document.",
                ["openapi": JSONSchema.text, "info": JSONSchema.anyObject, "paths": JSONSchema.anyObject],
                required: ["openapi", "info", "paths"]
            )
        ),
        (
            "TokenRequest",
            JSONSchema.object(
                "Client credentials.",
                [
                    "grant_type": JSONSchema.word("client_credentials"), "client_id": JSONSchema.text,
                    "client_secret": JSONSchema.text, "scope": JSONSchema.text,
                ],
                required: ["grant_type", "client_id", "client_secret"]
            )
        ),
        (
            "TokenRevocation",
            JSONSchema.object(
                "A token to end, and the client whose it is.",
                [
                    "token": JSONSchema.text, "token_type_hint": JSONSchema.text, "client_id": JSONSchema.text,
                    "client_secret": JSONSchema.text,
                ],
                required: ["token"]
            )
        ),
        (
            "Token",
            JSONSchema.object(
                "An access token.",
                [
                    "access_token": JSONSchema.text, "token_type": JSONSchema.word("bearer"),
                    "expires_in": JSONSchema.count, "scope": JSONSchema.text,
                ],
                required: ["access_token", "token_type", "expires_in"]
            )
        ),
    ]
}
