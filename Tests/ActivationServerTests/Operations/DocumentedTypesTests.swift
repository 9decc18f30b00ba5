import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Every member that the document knows is held to its type, in every body.
struct DocumentedTypesTests {
    /// A body that is accepted but for the member in question.
    private struct Case {
        var method: HTTPRequest.Method
        var path: String
        var schema: String
        var body: JSONValue
        /// Members below which other rules hold.
        var except: Set<String> = []
    }

    /// A member's place and the types it may have.
    private struct Place {
        var keys: [String]
        var types: Set<String>
    }

    private static func places(_ schema: JSONValue, _ keys: [String] = []) -> [Place] {
        if let name = schema["$ref"]?.string?.split(separator: "/").last {
            return places(OpenAPIDocument.schemas[String(name)] ?? .null, keys)
        }
        if let parts = schema["anyOf"]?.array, parts.last == JSONSchema.null {
            return places(parts[0], keys).map { place in
                place.keys == keys ? Place(keys: keys, types: place.types.union(["null"])) : place
            }
        }
        let types = schema["type"]?.array?.compactMap(\.string) ?? schema["type"]?.string.map { [$0] } ?? []
        var all = keys.isEmpty || types.isEmpty ? [] : [Place(keys: keys, types: Set(types))]
        for (key, member) in schema["properties"]?.object ?? [:] { all += places(member, keys + [key]) }
        if let items = schema["items"] { all += places(items, keys + ["0"]) }
        return all
    }

    private static let samples: [(type: String, value: JSONValue)] = [
        ("array", []), ("object", [:]), ("string", "text"), ("integer", 5), ("number", .number(text: "1.5")),
        ("boolean", true), ("null", .null),
    ]

    private static func put(_ value: JSONValue, at keys: ArraySlice<String>, in body: JSONValue?) -> JSONValue {
        guard let key = keys.first else { return value }
        if key == "0" { return [put(value, at: keys.dropFirst(), in: body?[0])] }
        var object = body?.object ?? [:]
        object[key] = put(value, at: keys.dropFirst(), in: object[key])
        return .object(object)
    }

    @Test func `a member of another type is refused and named`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            let expression: JSONValue = ["type": "PQL", "format": "pql/text", "value": "a = 1"]
            let definition: JSONValue = ["name": "new", "expression": expression]
            let audience = try await world.send(
                .post,
                "/data/core/ups/segment/definitions",
                ["name": "one", "expression": expression]
            ).id
            let dataset = try await world.send(.post, "/data/foundation/catalog/dataSets", ["name": "crm"])
            let datasetID = String(dataset.json[0]?.string?.split(separator: "/").last ?? "")
            let base = FlowWorld.base
            let cases = [
                Case(
                    method: .post,
                    path: "/data/core/ups/segment/definitions",
                    schema: "SegmentDefinitionDraft",
                    body: definition
                ),
                Case(
                    method: .patch,
                    path: "/data/core/ups/segment/definitions/\(audience)",
                    schema: "SegmentDefinitionChange",
                    body: ["expression": expression]
                ),
                Case(
                    method: .post,
                    path: "/data/core/ups/segment/definitions/bulk-get",
                    schema: "IDList",
                    body: ["ids": []]
                ),
                Case(
                    method: .post,
                    path: "/data/foundation/catalog/dataSets",
                    schema: "DatasetDraft",
                    body: ["name": "new", "schemaRef": ["id": "https://x/s"]]
                ),
                Case(
                    method: .post,
                    path: "/data/core/idnamespace/identities",
                    schema: "IdentityNamespaceDraft",
                    body: ["code": "new", "name": "new", "idType": "EMAIL"]
                ),
                Case(
                    method: .patch,
                    path: "/data/core/idnamespace/identities/Email",
                    schema: "IgnoredValues",
                    body: ["ignoredValues": []]
                ),
                Case(
                    method: .post,
                    path: base + "/connections",
                    schema: "ConnectionDraft",
                    body: FlowWorld.kinesisBody
                ),
                Case(
                    method: .post,
                    path: base + "/sourceConnections",
                    schema: "SourceConnectionDraft",
                    body: [
                        "name": "s", "connectionSpec": FlowWorld.profileSpec,
                        "baseConnectionId": .string(parts.profileBase),
                    ]
                ),
                Case(
                    method: .post,
                    path: base + "/targetConnections",
                    schema: "TargetConnectionDraft",
                    body: FlowWorld.targetBody(base: parts.kinesisBase)
                ),
                Case(
                    method: .post,
                    path: base + "/flows",
                    schema: "FlowDraft",
                    body: DocumentedTypesTests.put(
                        [
                            "profileSelectors": ["selectors": [FlowWorld.attribute("a.b")]],
                            "segmentSelectors": ["selectors": [FlowWorld.segment(audience)]],
                        ],
                        at: ["transformations", "0", "params"],
                        in: DocumentedTypesTests.put(
                            ["type": "custom", "name": "newsletter"],
                            at: ["marketingActions", "0"],
                            in: FlowWorld.flowBody(source: parts.source, target: parts.target)
                        )
                    )
                ),
                Case(
                    method: .post,
                    path: "/collection/\(world.start.inletID)",
                    schema: "CollectionMessage",
                    body: [
                        "header": ["datasetId": .string(datasetID)],
                        "body": ["xdmEntity": ["identityMap": ["Email": [["id": "a@x.org"]]]]],
                    ],
                    except: ["xdmEntity"]
                ),
                Case(
                    method: .post,
                    path: "/ims/token/v3",
                    schema: "TokenRequest",
                    body: [
                        "grant_type": "client_credentials", "client_id": .string(world.start.clientID),
                        "client_secret": .string(world.start.clientSecret),
                    ]
                ),
            ]
            var tried = 0
            for test in cases {
                let schema = try #require(OpenAPIDocument.schemas[test.schema], "\(test.schema)")
                for place in DocumentedTypesTests.places(schema) where test.except.isDisjoint(with: place.keys) {
                    for (type, value) in DocumentedTypesTests.samples where !place.types.contains(type) {
                        if type == "integer" && place.types.contains("number") { continue }
                        let body = DocumentedTypesTests.put(value, at: place.keys[...], in: test.body)
                        let answer = try await world.send(test.method, test.path, body)
                        let name = place.keys.last { $0 != "0" } ?? ""
                        tried += 1
                        #expect(answer.status == 400, "\(test.schema) \(place.keys) as \(type): \(answer.text)")
                        #expect(answer.text.contains(name), "\(test.schema) \(place.keys) as \(type): \(answer.text)")
                    }
                }
                // Without the wrong member it is accepted.
                let right = try await world.send(test.method, test.path, test.body)
                #expect(right.status < 300, "\(test.schema): \(right.text)")
            }
            #expect(tried > 500)
        }
    }

    @Test func `creationTime as a list is refused, and as a number ignored`() async throws {
        try await FlowWorld.run { world in
            func make(_ time: JSONValue) async throws -> FlowWorld.Answer {
                try await world.send(
                    .post,
                    "/data/core/ups/segment/definitions",
                    ["name": "one", "expression": ["value": "a = 1"], "creationTime": time]
                )
            }
            let list = try await make([])
            let number = try await make(5)

            #expect(list.status == 400)
            #expect(list.errorCode == "FIELD_INVALID")
            #expect(list.detail.contains("/creationTime"))
            #expect(number.status == 200)
            #expect(number["creationTime"]?.int64 == world.clock.now().milliseconds)
        }
    }
}
