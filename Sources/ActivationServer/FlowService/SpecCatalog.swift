import ActivationCore

/// The kinds of connections and flows there are: Adobe's ids, fixed (BEHAVIOUR 1.2).
struct SpecCatalog {
    /// What `/connectionSpecs` lists.
    let connectionSpecs: [JSONObject]

    /// What `/flowSpecs` lists.
    let flowSpecs: [JSONObject]

    init(_ destinations: DestinationCatalog) {
        connectionSpecs = destinations.kinds.map(\.spec.document) + [Self.profileStore, Self.streamingInlet]
        flowSpecs = [Self.destinationFlow(to: destinations.specs)]
    }

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

    private static func destinationFlow(to targets: [String]) -> JSONObject {
        [
            "id": .string(WellKnownSpec.destinationFlow),
            "name": "Profile based destination",
            "providerId": .string(WellKnownSpec.streamingProvider),
            "version": .string(WellKnownSpec.version),
            "sourceConnectionSpecIds": [.string(WellKnownSpec.profileStore)],
            "targetConnectionSpecIds": .array(targets.map { .string($0) }),
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
    }

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
