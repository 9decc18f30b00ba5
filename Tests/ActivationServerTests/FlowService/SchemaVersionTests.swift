import ActivationCore
import Crypto
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// What consumers may count on, version by version (BEHAVIOUR 3.20).
@Suite struct SchemaVersionTests {
    private static func list(_ flow: String, in world: FlowWorld) async throws -> [JSONValue] {
        try await world.send(.get, "/v1/dataflows/\(flow)/schemas")["items"]?.array ?? []
    }

    private static func numbers(_ flow: String, in world: FlowWorld) async throws -> [Int64?] {
        try await list(flow, in: world).map { $0["number"]?.int64 }
    }

    @Test func `a change of what is sent makes a version, and versions stay as they were`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let audience = try await world.makeAudience("VIP")
            #expect(try await Self.numbers(flow.id, in: world) == [1])
            let first = try await world.send(.get, "/v1/dataflows/\(flow.id)/schema")

            let mapped = try await world.patchFlow(
                flow.id,
                [FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(audience))]
            )
            #expect(mapped.status == 202)
            // What shapes no record makes none.
            for edit in [FlowWorld.add("/name", "Another"), FlowWorld.add("/state", "disabled")] {
                #expect(try await world.patchFlow(flow.id, [edit]).status == 202)
            }
            #expect(try await Self.numbers(flow.id, in: world) == [2, 1])
            let target = try await world.flow(.get, "/targetConnections/\(parts.target)").item["etag"]?.string
            let params = try await world.flow(
                .patch,
                "/targetConnections/\(parts.target)",
                .array([FlowWorld.add("/params/includeSegmentNames", true)]),
                ifMatch: target
            )
            #expect(params.status == 200, "\(params.text)")

            let items = try await Self.list(flow.id, in: world)
            #expect(items.map { $0["number"] } == [3, 2, 1] && items.map { $0["isPresent"] } == [true, false, false])
            let present = try await world.send(.get, "/v1/dataflows/\(flow.id)/schema")
            #expect(present.text.contains("\"name\""))
            let old = try await world.send(.get, "/v1/dataflows/\(flow.id)/schemas/1")
            #expect(old.text == first.text)
            for (answer, item) in [(present, items[0]), (old, items[2])] {
                let digest = SHA256.hash(data: Array(answer.text.utf8)).hexadecimal
                #expect(item["digest"] == .string(digest))
                #expect(answer.headers[.eTag] == "\"\(digest)\"")
            }
            #expect(present["$id"] != old["$id"] && present["title"] == "Another" && old["title"] == "vip-to-kinesis")
            for number in ["0", "4", "x", "01"] {
                let answer = try await world.send(.get, "/v1/dataflows/\(flow.id)/schemas/\(number)")
                #expect(answer.status == 404 && answer.errorCode == "SCHEMA_VERSION_UNKNOWN")
            }
        }
    }

    @Test func `a refused change makes none, and only so many are kept`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            world.engine.state.withLock { $0.failure = EngineError(.storageFull, "full") }
            let path: JSONValue = ["type": "JSON_PATH", "value": ["path": "person.age"]]
            let refused = try await world.patchFlow(flow.id, [FlowWorld.add("\(FlowWorld.attributes)/-", path)])
            #expect(refused.status == 507)
            world.engine.state.withLock { $0.failure = nil }
            #expect(try await Self.numbers(flow.id, in: world) == [1])

            for number in 0..<SchemaVersion.keptMax {
                let path: JSONValue = ["type": "JSON_PATH", "value": ["path": .string("a.p\(number)")]]
                _ = try await world.patchFlow(flow.id, [FlowWorld.add("\(FlowWorld.attributes)/-", path)])
            }

            let numbers = try await Self.numbers(flow.id, in: world).compactMap(\.self)
            #expect(numbers == Array((2...101).reversed()))
        }
    }

    @Test func `flows of an older store get their first version at the start, and deleted ones leave none`()
        async throws
    {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let control = world.dependencies.control
            try await control.forget(by: .server) { $0.entries(.messageSchema) }
            #expect(try await world.send(.get, "/v1/dataflows/\(flow.id)/schema").status == 503)

            try await control.connect(to: world.engine)
            try await control.connect(to: world.engine)

            #expect(try await Self.numbers(flow.id, in: world) == [1])
            #expect(try await world.send(.delete, "/v1/dataflows/\(flow.id)").status == 202)
            for retired in world.engine.state.withLock({ $0.retiring }) { try await retired.finish() }
            #expect(control.entries(.messageSchema).isEmpty && control.entries(.flow).isEmpty)
        }
    }
}
