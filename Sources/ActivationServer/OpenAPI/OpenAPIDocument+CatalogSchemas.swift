import ActivationCore

extension OpenAPIDocument {
    /// Namespaces and datasets.
    static let catalogSchemas: [(String, JSONValue)] = [
        (
            "IdentityNamespace",
            JSONSchema.object(
                "An identity namespace.",
                JSONSchema.union(namespaceMembers, namespaceServerMembers),
                required: [
                    "id", "code", "name", "idType", "description", "custom", "status", "ignoredValues", "createTime",
                    "updateTime",
                ]
            )
        ),
        (
            "IdentityNamespaceDraft",
            JSONSchema.object(
                "A new namespace. What only the server sets is ignored.",
                JSONSchema.nullable(
                    JSONSchema.union(namespaceMembers, JSONSchema.typesOnly(namespaceServerMembers)),
                    except: ["code", "name", "idType"]
                ),
                required: ["code", "name", "idType"]
            )
        ),
        ("IdentityNamespaces", JSONSchema.array(.reference("IdentityNamespace"))),
        (
            "IgnoredValues",
            JSONSchema.object(
                """
                Values that mean nobody, compared without regard to ASCII case; identities with them, and empty or blank \
                ones, are left out of messages. null = the default list.
                """,
                JSONSchema.nullable(namespaceSettings),
                isClosed: true
            )
        ),
        (
            "Dataset",
            JSONSchema.object(
                """
                A dataset. With usesSourceTime its records' extSourceSystemAudit.lastUpdatedDate, where there is one, is the \
                time of the write; an older write than the stored one changes nothing. One with an audienceId is what files \
                have brought of an external audience; it changes with the audience alone.
                """,
                JSONSchema.union(datasetMembers, datasetServerMembers),
                required: [
                    "name", "tags", "imsOrg", "sandboxId", "version", "created", "updated", "classification",
                ]
            )
        ),
        (
            "DatasetDraft",
            JSONSchema.object(
                "A new dataset; a name is enough. What only the server sets is ignored.",
                JSONSchema.nullable(
                    JSONSchema.union(datasetMembers, JSONSchema.typesOnly(datasetServerMembers)),
                    except: ["name", "schemaRef", "usesSourceTime"]
                ),
                required: ["name"]
            )
        ),
        (
            "DatasetChange",
            JSONSchema.object(
                "Members of a dataset to change. What only the server sets is ignored.",
                JSONSchema.nullable(
                    JSONSchema.union(datasetChanges, JSONSchema.typesOnly(datasetServerMembers)),
                    except: ["name", "schemaRef", "usesSourceTime"]
                )
            )
        ),
        ("Datasets", JSONSchema.map(.reference("Dataset"))),
        ("DatasetReferences", JSONSchema.array(JSONSchema.text(matching: "^@/dataSets/"), count: 1...1)),
        (
            "SchemaReference",
            JSONSchema.object(
                "A schema, kept and not resolved.",
                JSONSchema.nullable(["id": JSONSchema.text, "contentType": JSONSchema.text])
            )
        ),
    ]

    private static let namespaceMembers: JSONObject = [
        "code": JSONSchema.text(1...64, pattern: "^[A-Za-z0-9][A-Za-z0-9_.-]*$"),
        "name": JSONSchema.text(1...ServerLimits.nameCharactersMax),
        "idType": ["type": "string", "enum": .array(IdentityType.allCases.map { .string($0.rawValue) })],
        "description": JSONSchema.text,
        "ignoredValues": ignoredValues, "pattern": JSONSchema.nullable(["a": patternText])["a"] ?? patternText,
        "profileMax": JSONSchema.nullable(["a": profileMax])["a"] ?? profileMax,
        "onViolation": JSONSchema.word("refuse", "drop"),
    ]

    private static let namespaceSettings: JSONObject = [
        "ignoredValues": ignoredValues, "pattern": patternText, "profileMax": profileMax,
        "onViolation": JSONSchema.word("refuse", "drop"),
    ]

    private static let patternText = JSONSchema.text(1...500)
    private static let profileMax = JSONSchema.integer(1...Limits.profileIdentitiesMax)

    private static let ignoredValues = JSONSchema.array(JSONSchema.someText, count: 0...100)

    private static let namespaceServerMembers: JSONObject = [
        "id": JSONSchema.integer, "custom": JSONSchema.flag, "status": JSONSchema.text,
        "createTime": JSONSchema.integer, "updateTime": JSONSchema.integer,
    ]

    private static let datasetMembers: JSONObject = [
        "name": JSONSchema.datasetName,
        "description": JSONSchema.text,
        "schemaRef": JSONSchema.object(
            "The schema, kept and not resolved.",
            ["id": JSONSchema.text, "contentType": JSONSchema.text],
            required: ["id"]
        ),
        "tags": JSONSchema.map(JSONSchema.array(JSONSchema.text)),
        "usesSourceTime": JSONSchema.flag,
        "extensions": JSONSchema.object(
            "What products add to a dataset.",
            JSONSchema.nullable([
                "adobe_unifiedProfile": JSONSchema.object(
                    "What profiles take of it.",
                    JSONSchema.nullable([
                        "rowExpiration": JSONSchema.object(
                            "How long profiles keep its events: for ever where nothing is said.",
                            JSONSchema.nullable(["ttlValue": JSONSchema.text(3...6, pattern: EventExpiration.pattern)])
                        )
                    ])
                )
            ])
        ),
        "state": JSONSchema.text,
        "namespace": JSONSchema.text,
        "fileDescription": JSONSchema.anyObject,
        "observableSchema": JSONSchema.anyObject,
        "enableErrorDiagnostics": JSONSchema.flag,
        "unifiedTags": JSONSchema.array(JSONSchema.text),
        "systemLabels": JSONSchema.array(JSONSchema.text),
    ]

    /// What changes of a dataset: of the schema's reference any member.
    private static var datasetChanges: JSONObject {
        JSONSchema.union(
            datasetMembers,
            [
                "schemaRef": JSONSchema.object(
                    "The schema, kept and not resolved.",
                    ["id": JSONSchema.text, "contentType": JSONSchema.text]
                )
            ]
        )
    }

    private static let datasetServerMembers: JSONObject = [
        "id": JSONSchema.text, "imsOrg": JSONSchema.text, "sandboxId": JSONSchema.text, "version": JSONSchema.text,
        "created": JSONSchema.integer, "updated": JSONSchema.integer, "createdClient": JSONSchema.text,
        "createdUser": JSONSchema.text, "updatedUser": JSONSchema.text, "eventExpirationSince": JSONSchema.integer,
        "audienceId": JSONSchema.text,
        "classification": JSONSchema.object(
            "Who manages it, and what it holds where its schema says so.",
            ["managedBy": JSONSchema.text, "dataBehavior": JSONSchema.word("record", "time-series")]
        ),
    ]
}
