import ActivationCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import ActivationEngine
@testable import ActivationServer

@Suite struct OpenAPITests {
    @Test func `every route of the router is described and every description has a route`() async throws {
        try await IngestWorld.run { world in
            // The console's pages are for people, and change as people need.
            let routes = Set(
                buildRouter(world.dependencies).routes.map { "\($0.method.rawValue.lowercased()) \($0.path)" }
                    .filter { !$0.contains(" /console") }
            )
            let described = Set(OpenAPIDocument.operations.map { "\($0.method) \($0.path)" })

            #expect(routes.subtracting(described).sorted() == [], "routes without a description")
            #expect(described.subtracting(routes).sorted() == [], "descriptions without a route")
        }
    }

    @Test func `every reference leads to a schema and every operation has its own id`() throws {
        let text = OpenAPIDocument.json.text
        let schemas = try #require(OpenAPIDocument.schemas.object)
        let marker = "#/components/schemas/"
        let references = text.split(separator: "\"").filter { $0.hasPrefix(marker) }.map {
            String($0.dropFirst(marker.count))
        }

        #expect(!references.isEmpty)
        #expect(Set(references).subtracting(schemas.keys) == [])
        #expect(Set(schemas.keys).subtracting(references) == [], "schemas that nothing uses")
        let ids = OpenAPIDocument.operations.map(\.id)
        #expect(Set(ids).count == ids.count)
    }

    @Test func `what takes few values lists them`() throws {
        func id(_ draft: String, _ spec: String) -> JSONValue? {
            OpenAPIDocument.schemas[draft]?["properties"]?[spec]?["properties"]?["id"]?["enum"]
        }
        func schema(_ path: String, _ name: String) -> JSONValue? {
            OpenAPIDocument.operations.first { $0.path == path && $0.method == "post" }?
                .parameters.first { $0.name == name }?.schema
        }

        #expect(id("SourceConnectionDraft", "connectionSpec") == [.string(WellKnownSpec.profileStore)])
        #expect(id("FlowDraft", "flowSpec") == [.string(WellKnownSpec.destinationFlow)])
        #expect(schema("/v1/events", "dataset")?["pattern"] == "^[^\\u0000-\\u001f\\u007f]*$")
        for path in ["/v1/profiles", "/v1/events", "/collection/{inletId}", "/collection/batch/{inletId}"] {
            #expect(schema(path, "Content-Encoding")?["enum"] == ["gzip", "x-gzip", "identity", ""], "\(path)")
        }
    }

    @Test(.enabled(if: PythonCheck.hasValidator, "needs pip install openapi-spec-validator"))
    func `an independent validator accepts the served document`() async throws {
        try await IngestWorld.run { world in
            let answer = try await world.client.executeRequest(
                uri: "/openapi.json",
                method: .get,
                headers: [:],
                body: nil
            )
            #expect(answer.status == .ok)

            let outcome = try PythonCheck.validateOpenAPI(String(buffer: answer.body))

            #expect(outcome == "valid")
        }
    }

    @Test func `the server is not ready while every write is refused, and says why`() async throws {
        try await FlowWorld.run { world in
            let ready = try await world.raw(.get, "/ready")
            world.engine.state.withLock { $0.health.writeFailure = EngineError(.storageFull, "inside") }
            let full = try await world.raw(.get, "/ready")
            world.engine.state.withLock { $0.health = Engine.Health(isAccepting: false) }
            let stopping = try await world.raw(.get, "/ready")

            #expect(ready.status == 200)
            #expect(ready.json == ["status": "ready", "role": "leader", "timeZone": "UTC"])
            #expect(full.status == 503)
            #expect(full["code"] == "storage_full")
            #expect(full["reason"]?.string?.contains("disk is full") == true)
            #expect(!full.text.contains("inside"))
            #expect(stopping.status == 503)
            #expect(stopping["reason"]?.string?.contains("stopping") == true)
        }
    }

    @Test func `the server is not ready while the database keeps a batch waiting, and says so`() async throws {
        try await FlowWorld.run { world in
            world.engine.state.withLock { $0.health.stall = .milliseconds(3_400) }
            let stalled = try await world.raw(.get, "/ready")

            #expect(stalled.status == 503)
            #expect(stalled["reason"]?.string?.contains("stored for 3 s") == true)
        }
    }

    @Test func `the server is not ready once a change of the configuration was refused`() async throws {
        try await FlowWorld.run { world in
            world.storage.failWrites(with: StorageError(.full, "no room"))
            let refused = try await world.send(
                .post,
                "\(FlowWorld.base)/connections",
                ["name": "s", "connectionSpec": ["id": "8a9c3494-9708-43d7-ae3f-cda01e5030e1", "version": "1.0"]]
            )
            let ready = try await world.raw(.get, "/ready")

            #expect(refused.status == 507)
            #expect(ready.status == 503)
            #expect(ready["code"] == "storage_full")
        }
    }

    @Test func `a clock far behind is said and keeps nobody from sending`() async throws {
        try await FlowWorld.run { world in
            world.engine.state.withLock { $0.health.clockBehind = .seconds(172_800) }

            let ready = try await world.raw(.get, "/ready")

            #expect(ready.status == 200)
            #expect(ready["clock"]?["behindSeconds"] == 172_800)
            world.engine.state.withLock {
                $0.health = Engine.Health(isAccepting: true, clockAhead: .seconds(3_456_000))
            }
            #expect(try await world.raw(.get, "/ready")["clock"]?["aheadSeconds"] == 3_456_000)
        }
    }

    @Test func `the server says that it is alive and ready without credentials`() async throws {
        try await IngestWorld.run { world in
            let health = try await world.send(.get, "/health", bytes: nil, isSigned: false)
            let ready = try await world.send(.get, "/ready", bytes: nil, isSigned: false)

            #expect(health.status == 200)
            #expect(ready.status == 200)
        }
    }
}
