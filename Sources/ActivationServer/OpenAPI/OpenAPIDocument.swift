import ActivationCore

/// The description of every route at `/openapi.json`, OpenAPI 3.1; a test holds the router to it.
enum OpenAPIDocument {
    /// All routes.
    static let operations: [OpenAPIOperation] =
        operationsRoutes + tokens + ingestion + profiles + identities + audiences + audienceDoor + audienceMembers
        + uploads
        + explanations + ruleChecks + mergePolicies + previews + jobs + schedules + catalog + datasetExpirations
        + flowService + dataflows
        + backfills + deadLetters + alerts + series + rehearsals + changes + audit + access + sandboxes + governance
        + privacy

    /// The document as compact JSON.
    static let bytes: [UInt8] = {
        var bytes: [UInt8] = []
        json.write(to: &bytes)
        return bytes
    }()

    static var json: JSONValue {
        [
            "openapi": "3.1.0",
            "info": [
                "title": "Headwater",
                "version": "1.0",
                "description": .string(
                    "Holds customer profiles, decides audiences as data arrives and streams relevant changes to "
                        + "Amazon Kinesis in order. Paths under /data, /ims and /collection keep Adobe Experience "
                        + "Platform's shapes; paths under /v1 are Headwater's own."
                ),
                "license": ["name": "Apache-2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "paths": paths,
            "components": [
                "schemas": schemas,
                "securitySchemes": [
                    "bearer": [
                        "type": "http",
                        "scheme": "bearer",
                        "description": "An access token from /ims/token/v3.",
                    ],
                    "clientCredentials": [
                        "type": "oauth2",
                        "description": "A token does what its credential's roles allow; a scope narrows that.",
                        "flows": ["clientCredentials": ["tokenUrl": "/ims/token/v3", "scopes": scopes]],
                    ],
                ],
            ],
        ]
    }

    /// What a token can be narrowed to.
    private static var scopes: JSONValue {
        .object(
            Permission.allCases.reduce(into: JSONObject()) { scopes, permission in
                scopes[TokenScope.name(of: permission)] = .string(permission.meaning)
            }
        )
    }

    private static var paths: JSONValue {
        var paths = JSONObject()
        for operation in operations {
            var item = paths[operation.path]?.object ?? JSONObject()
            item[operation.method] = operation.json
            paths[operation.path] = .object(item)
        }
        return .object(paths)
    }
}
