import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// Soft limits warn, hard ones refuse (BEHAVIOUR 10.1).
struct FlowLimitTests {
    @Test func `A44: the 251st audience is accepted with a warning`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            var audiences: [String] = []
            for number in 0..<251 { audiences.append(try await world.makeAudience("a\(number)")) }

            let within = try await world.patchFlow(
                flow.id,
                audiences.prefix(250).map { FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment($0)) }
            )
            #expect(within.status == 202 && within["warnings"] == nil, "\(within.text)")
            let over = try await world.patchFlow(
                flow.id,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audiences[250]))]
            )

            #expect(over.status == 202)
            #expect(over["warnings"]?[0]?["code"] == "LIMIT_ADVISED_EXCEEDED", "\(over.text)")
            #expect(over["warnings"]?[0]?["limit"] == 250)
            #expect(world.engine.catalog?.dataflows.first?.audiences.count == 251)
        }
    }

    @Test func `the 51st attribute is accepted with a warning`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            world.engine.state.withLock { $0.knownPaths = Set((0..<51).map { ["p\($0)"] }) }
            let operations = (0..<51).map { FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("p\($0)")) }
            #expect(try await world.patchFlow(flow.id, Array(operations.prefix(50)))["warnings"] == nil)

            let over = try await world.patchFlow(flow.id, [operations[50]])

            #expect(over.status == 202)
            #expect(over["warnings"]?[0]?["code"] == "LIMIT_ADVISED_EXCEEDED", "\(over.text)")
            #expect(over["warnings"]?[0]?["limit"] == 50)
        }
    }

    @Test func `A45: the 101st destination of a sandbox is refused, until one is deleted`() async throws {
        try await FlowWorld.run { world in
            let (first, parts) = try await world.makeFlow()
            func make() async throws -> FlowWorld.Answer {
                try await world.flow(.post, "/flows", FlowWorld.flowBody(source: parts.source, target: parts.target))
            }
            for _ in 1..<100 { #expect(try await make().status == 201) }

            let refused = try await make()

            #expect(refused.status == 409 && refused.errorCode == "CONFLICT", "\(refused.text)")
            #expect(refused.detail.contains("--dataflows-max"))
            #expect(try await world.flow(.get, "/flows?count=true")["count"] == 100)
            #expect(try await world.flow(.delete, "/flows/\(first.id)").status == 202)
            #expect(try await make().status == 201)
        }
    }

    @Test func `a refused patch leaves no trace in store, memory, paths or warnings`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let audience = try await world.makeAudience("adults")
            let good = FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("brand.new.path"))
            let added = FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))
            func bytes() async throws -> [[UInt8]] {
                var bytes: [[UInt8]] = []
                for kind in ControlKind.allCases {
                    for object in try await world.storage.objects(kind: kind.rawValue, scope: .production) {
                        bytes += [Array(object.etag.utf8), object.body]
                    }
                }
                return bytes
            }
            func shown() async throws -> [String] {
                [
                    try await world.flow(.get, "/flows/\(flow.id)").text,
                    try await world.flow(.get, "/targetConnections/\(parts.target)").text,
                    try await world.flow(.get, "/connections/\(parts.kinesisBase)").text,
                ]
            }
            let before = (try await bytes(), try await shown(), world.engine.state.withLock { $0.paths.count })
            let catalogs = world.engine.state.withLock { $0.catalogs.count }
            let wrong: [JSONValue] = [
                ["op": "move", "path": "/name", "from": "/description"],
                ["op": "replace", "path": "/nothing", "value": 1],
                ["op": "remove", "path": .string(FlowWorld.segments + "/7")],
                ["op": "replace", "path": "/state", "value": "gone"],
                ["op": "replace", "path": "/name", "value": 5],
                ["op": "replace", "path": "/name", "value": ""],
                FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment("0c5f5a52-9a3c-49f0-8f1c-3a2c7f0e55aa")),
                added,
                FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("a[0].b")),
                FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute("identityMap.Email")),
                FlowWorld.add(FlowWorld.attributes + "/-", ["type": "OTHER", "value": ["path": "x"]]),
            ]
            for operation in wrong {
                let answer = try await world.patchFlow(flow.id, [good, added, operation])
                #expect((400..<500).contains(answer.status), "\(operation.text): \(answer.text)")
            }
            #expect(try await world.flow(.patch, "/flows/\(flow.id)", [good], ifMatch: "old").status == 412)
            let target = try await world.flow(.get, "/targetConnections/\(parts.target)").item["etag"]?.string
            for operation: JSONValue in [
                ["op": "add", "path": "/params/stream", "value": "a b"],
                ["op": "remove", "path": "/params/stream"],
                ["op": "add", "path": "/params/includeSegmentNames", "value": "yes"],
                ["op": "add", "path": "/data", "value": ["format": "csv"]],
            ] {
                let answer = try await world.flow(
                    .patch,
                    "/targetConnections/\(parts.target)",
                    [["op": "replace", "path": "/name", "value": "renamed"], operation],
                    ifMatch: target
                )
                #expect(answer.status == 400, "\(operation.text): \(answer.text)")
            }
            world.probe.fail(DestinationProbeError(code: "AWS-403", step: "ListStreams", message: "denied"))
            let base = try await world.flow(.get, "/connections/\(parts.kinesisBase)").item["etag"]?.string
            let denied = try await world.flow(
                .patch,
                "/connections/\(parts.kinesisBase)",
                [["op": "add", "path": "/auth/params/secretKey", "value": "other"]],
                ifMatch: base
            )
            #expect(denied.errorCode == "AWS-403")
            world.probe.fail(nil)

            #expect(try await bytes() == before.0)
            #expect(try await shown() == before.1)
            #expect(world.engine.state.withLock { $0.paths.count } == before.2)
            #expect(world.engine.state.withLock { $0.catalogs.count } == catalogs)
            #expect(world.engine.state.withLock { $0.restarted.isEmpty && $0.bounds.isEmpty })
            let accepted = try await world.patchFlow(flow.id, [good])
            #expect(accepted["warnings"]?[0]?["code"] == "PATH_UNKNOWN", "the path is still new")
        }
    }

    @Test func `enable says what to do about what was left undone`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
            func act(_ query: String) async throws -> FlowWorld.Answer {
                try await world.flow(.post, "/flows/\(flow.id)/action?op=\(query)")
            }
            func dropped() -> Bool { world.engine.state.withLock { $0.dropped.contains(id) } }
            #expect(try await act("disable").status == 200)
            #expect(try await act("enable&onResume=later").errorCode == "QUERY_INVALID")
            #expect(!dropped())
            #expect(try await act("enable&onResume=reconcile").status == 200)
            #expect(!dropped())
            #expect(try await act("disable").status == 200)
            #expect(try await act("enable&onResume=skip").status == 200)
            #expect(dropped())
            #expect(try await act("disable").status == 200)
            #expect(try await act("enable&onResume=backfill").status == 200)
            #expect(try await world.storage.objects(kind: "backfill", scope: .production).count == 1)
            #expect(world.engine.catalog?.dataflows.first?.isEnabled == true)
        }
    }
}
