import ActivationCore

/// The kinds of connections and flows there are: Adobe's ids, fixed (SPEC 1.2).
enum SpecCatalog {
    /// What `/connectionSpecs` lists.
    static let connectionSpecs: [JSONObject] = [kinesis, profileStore, streamingInlet]

    /// What `/flowSpecs` lists.
    static let flowSpecs: [JSONObject] = [destinationFlow]

    private static let kinesis: JSONObject = [
        "id": .string(WellKnownSpec.kinesis),
        "name": "Amazon Kinesis",
        "providerId": .string(WellKnownSpec.streamingProvider),
        "version": .string(WellKnownSpec.version),
        "attributes": ["category": "cloudStorage", "isDestination": true, "frequency": "streaming"],
        "authSpec": [
            [
                "name": .string(WellKnownSpec.kinesisAuthentication),
                "type": "KeyAuth",
                "spec": [
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "type": "object",
                    "properties": [
                        "accessKeyId": ["type": "string"],
                        "secretKey": ["type": "string", "format": "password"],
                        "sessionToken": ["type": "string", "format": "password"],
                        "region": ["type": "string"],
                        "connectionUrl": ["type": "string", "format": "uri"],
                    ],
                    "required": ["accessKeyId", "secretKey"],
                    "anyOf": [["required": ["region"]], ["required": ["connectionUrl"]]],
                ],
            ]
        ],
        "targetSpec": [
            "name": "Stream",
            "spec": [
                "$schema": "http://json-schema.org/draft-07/schema#",
                "type": "object",
                "properties": [
                    "stream": ["type": "string", "pattern": "^[a-zA-Z0-9_.-]{1,128}$"],
                    "region": ["type": "string"],
                    "includeSegmentNames": ["type": "boolean", "default": false],
                    "includeSegmentTimestamps": ["type": "boolean", "default": false],
                    "wire": ["type": "string", "enum": ["json", "cbor"]],
                    "retries": ["type": "integer", "minimum": 0],
                ],
                "required": ["stream"],
            ],
        ],
    ]

    private static let profileStore: JSONObject = [
        "id": .string(WellKnownSpec.profileStore),
        "name": "Profile Service",
        "providerId": .string(WellKnownSpec.streamingProvider),
        "version": .string(WellKnownSpec.version),
        "attributes": ["category": "profile", "isSource": true],
    ]

    private static let streamingInlet: JSONObject = [
        "id": .string(WellKnownSpec.streamingInlet),
        "name": "Streaming Connection",
        "providerId": .string(WellKnownSpec.streamingProvider),
        "version": .string(WellKnownSpec.version),
        "attributes": ["category": "streaming", "isSource": true],
        "authSpec": [
            [
                "name": .string(WellKnownSpec.inletAuthentication),
                "type": "Streaming_Connection",
                "spec": [
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "type": "object",
                    "properties": [
                        "sourceId": ["type": "string"],
                        "dataType": ["type": "string", "enum": ["xdm"]],
                        "name": ["type": "string"],
                        "authenticationRequired": ["type": "boolean", "default": true],
                        "identities": [
                            "type": "array",
                            "items": [
                                "type": "object",
                                "properties": [
                                    "path": ["type": "string"],
                                    "namespace": ["type": "string"],
                                    "primary": ["type": "boolean", "default": false],
                                ],
                                "required": ["path", "namespace"],
                            ],
                        ],
                    ],
                ],
            ]
        ],
    ]

    private static let destinationFlow: JSONObject = [
        "id": .string(WellKnownSpec.destinationFlow),
        "name": "Profile based destination",
        "providerId": .string(WellKnownSpec.streamingProvider),
        "version": .string(WellKnownSpec.version),
        "sourceConnectionSpecIds": [.string(WellKnownSpec.profileStore)],
        "targetConnectionSpecIds": [.string(WellKnownSpec.kinesis)],
        "attributes": ["isDestinationFlow": true],
        "transformationSpecs": [
            [
                "name": "GeneralTransform",
                "spec": [
                    "$schema": "http://json-schema.org/draft-07/schema#",
                    "type": "object",
                    "properties": [
                        "profileSelectors": selectors(type: "JSON_PATH", required: "path"),
                        "segmentSelectors": selectors(type: "PLATFORM_SEGMENT", required: "id"),
                    ],
                ],
            ]
        ],
    ]

    private static func selectors(type: String, required: String) -> JSONValue {
        [
            "type": "object",
            "properties": [
                "selectors": [
                    "type": "array",
                    "items": [
                        "type": "object",
                        "properties": [
                            "type": ["type": "string", "enum": [.string(type)]],
                            "value": ["type": "object", "required": [.string(required)]],
                        ],
                        "required": ["type", "value"],
                    ],
                ]
            ],
        ]
    }
}
