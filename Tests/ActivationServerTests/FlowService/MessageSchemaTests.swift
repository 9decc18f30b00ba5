import ActivationCore
import Foundation
import HTTPTypes
import Testing

@testable import ActivationServer

/// `/v1/dataflows/{id}/schema` and `/samples` (BEHAVIOUR 3.4), judged by a validator that knows nothing of us.
struct MessageSchemaTests {
    static let options: [(String, JSONObject)] = [
        ("defaults", [:]),
        (
            "everything",
            [
                "envelope": "cloudevents", "includeSegmentNames": true, "includeSegmentTimestamps": true,
                "legacyExistingStatus": true, "namespaceCase": "asDefined", "membershipScope": "mapped",
                "identityNamespaces": ["allow": ["email"]], "allowArraysAndMaps": false,
                "partitionKey": "random", "appendNewline": true,
            ]
        ),
        ("no identities", ["identityNamespaces": ["allow": []], "membershipScope": "changed"]),
        ("denied", ["identityNamespaces": ["deny": ["Email"]], "triggers": ["attribute"]]),
    ]

    /// A flow with options, two mapped audiences of three, and attributes of which one is moved.
    private static func makeFlow(_ options: JSONObject, in world: FlowWorld) async throws -> String {
        let parts = try await world.makeParts()
        var body = FlowWorld.targetBody(base: parts.kinesisBase).object ?? [:]
        var params = body["params"]?.object ?? [:]
        for (key, value) in options { params[key] = value }
        body["params"] = .object(params)
        let target = try await world.flow(.post, "/targetConnections", .object(body))
        #expect(target.status == 201, "\(target.text)")
        let flow = try await world.flow(
            .post,
            "/flows",
            FlowWorld.flowBody(source: parts.source, target: target.id)
        )
        let mapped = [try await world.makeAudience("a"), try await world.makeAudience("b")]
        _ = try await world.makeAudience("c")
        let answer = try await world.patchFlow(
            flow.id,
            mapped.map { FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment($0)) } + [
                FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("person.name")),
                FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("person.age")),
                FlowWorld.add(
                    FlowWorld.attributes + "/-",
                    [
                        "type": "JSON_PATH",
                        "value": ["path": "loyalty.tier", "mapping": ["destination": "person.tier"]],
                    ]
                ),
            ]
        )
        #expect(answer.status == 202, "\(answer.text)")
        return flow.id
    }

    @Test(.enabled(if: PythonCheck.hasValidator, "needs pip install -r Tests/requirements.txt"), arguments: options)
    func `samples fit the schema, and what is no message of the dataflow does not`(
        name: String,
        options: JSONObject
    ) async throws {
        try await FlowWorld.run { world in
            let flow = try await Self.makeFlow(options, in: world)

            let schema = try await world.send(.get, "/v1/dataflows/\(flow)/schema")
            let samples = try await world.send(.get, "/v1/dataflows/\(flow)/samples")
            let items = samples["items"]?.array ?? []
            let payloads = items.compactMap { $0["payload"]?.text }

            #expect(schema.status == 200 && samples.status == 200)
            #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
            #expect(payloads.count == (options["triggers"] == nil ? 3 : 1), "\(samples.text)")
            #expect(try PythonCheck.validate(payloads, by: schema.text) == "valid")
            for wrong in [
                payloads[0].replacingOccurrences(of: "\"realized\"", with: "\"maybe\""),
                payloads[0].replacingOccurrences(of: "\"person\":{", with: "\"person\":{\"unmapped\":1,"),
                payloads[0].replacingOccurrences(of: "\"identityMap\"", with: "\"identities\""),
                #"{"unknown":1,"# + payloads[0].dropFirst(),
            ] where wrong != payloads[0] {
                #expect(try PythonCheck.validate([wrong], by: schema.text) != "valid", "\(wrong)")
            }
        }
    }

    @Test func `samples are made by what makes records`() async throws {
        try await FlowWorld.run { world in
            let flow = try await Self.makeFlow(["envelope": "cloudevents"], in: world)

            let items = try await world.send(.get, "/v1/dataflows/\(flow)/samples")["items"]?.array ?? []

            #expect(items.map { $0["reasons"] } == [["membership"], ["attribute"], ["membership"]])
            let data = items.compactMap { $0["payload"]?["data"] }
            #expect(data.map { $0["reasons"] } == items.map { $0["reasons"] })
            #expect(data.map { $0["revision"] } == [1, 2, 3])
            #expect(data[1]["changedPaths"] == ["person.name"])
            #expect(data[2]["changedAudiences"]?[0]?["previousStatus"] == "realized")
            #expect(data[0]["profile"]?["person"]?["tier"]?.string?.hasPrefix("sample") == true)
            let unmapped = try await world.makeFlow(name: "other").flow.id
            #expect(try await world.send(.get, "/v1/dataflows/\(unmapped)/samples")["items"] == [])
            #expect(try await world.send(.get, "/v1/dataflows/\(unmapped)/schema").status == 200)
        }
    }

    @Test func `an unknown dataflow has neither schema nor samples`() async throws {
        try await FlowWorld.run { world in
            for path in ["schema", "samples"] {
                let id = "00000000-0000-4000-8000-000000000000"
                let answer = try await world.send(.get, "/v1/dataflows/\(id)/\(path)")
                #expect(answer.status == 404)
                #expect(answer.errorCode == "1430-404")
            }
        }
    }
}
