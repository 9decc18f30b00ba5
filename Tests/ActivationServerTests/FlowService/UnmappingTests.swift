import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Audiences that are taken out of a flow whose target asks to be told (BEHAVIOUR 3.9).
struct UnmappingTests {
    /// A flow with two audiences, over a target with or without `emitOnUnmap`.
    private static func makeFlow(
        _ world: FlowWorld,
        tells: Bool = true
    ) async throws -> (flow: String, audiences: [String]) {
        let (flow, parts) = try await world.makeFlow()
        let path = "/targetConnections/\(parts.target)"
        let etag = try await world.flow(.get, path).item["etag"]?.string
        let patch: JSONValue = [["op": "add", "path": "/params/emitOnUnmap", "value": .bool(tells)]]
        #expect(try await world.flow(.patch, path, patch, ifMatch: etag).status == 200)
        let audiences = [try await world.makeAudience("one"), try await world.makeAudience("two")]
        let mapped = try await world.patchFlow(
            flow.id,
            audiences.map { FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment($0, backfill: false)) }
        )
        #expect(mapped.status == 202)
        return (flow.id, audiences)
    }

    private static func remove(_ place: Int) -> JSONValue {
        ["op": "remove", "path": .string("\(FlowWorld.segments)/\(place)")]
    }

    private static func orders(_ world: FlowWorld) throws -> [Backfill] {
        try #require(world.engine.catalog?.backfills)
    }

    @Test func `members of an audience that is removed are told of, with what the mapping was`() async throws {
        try await FlowWorld.run { world in
            let (flow, audiences) = try await UnmappingTests.makeFlow(world)
            let before = try #require(world.engine.catalog?.dataflows.first?.audiences.first)
            world.clock.advance(by: 5_000)

            let answer = try await world.patchFlow(flow, [UnmappingTests.remove(0)])

            let id = try #require(answer["unmappingId"]?.string)
            #expect(answer["backfillId"] == nil)
            let order = try #require(try UnmappingTests.orders(world).first)
            #expect(order.id.uuid.description == id)
            #expect(order.unmapped == [before])
            #expect(order.audiences == nil)
            let shown = try await world.send(.get, "/v1/backfills/\(id)")
            #expect(shown["origin"] == "unmapping")
            #expect(shown["audiences"] == [.string(audiences[0])])
            #expect(shown["dataflowId"] == .string(flow))
            let run = try await world.flow(.get, "/runs/\(id)").item
            #expect(
                run["metrics"]?["recordSummary"]?["targetSummaries"]?[0]?["entitySummaries"]
                    == [["id": .string("segment:\(audiences[0])")]]
            )
        }
    }

    @Test func `an audience in the place of another is one removed and one mapped`() async throws {
        try await FlowWorld.run { world in
            let (flow, audiences) = try await UnmappingTests.makeFlow(world)
            let third = try await world.makeAudience("three")

            let answer = try await world.patchFlow(
                flow,
                [
                    [
                        "op": "replace", "path": .string(FlowWorld.segments + "/1"),
                        "value": FlowWorld.segment(third),
                    ]
                ]
            )

            #expect(answer["backfillId"] != nil)
            #expect(answer["unmappingId"] != nil)
            let orders = try UnmappingTests.orders(world)
            let unmapping = orders.first { !$0.unmapped.isEmpty }
            #expect(orders.count == 2)
            #expect(unmapping?.unmapped.map(\.audience.uuid.description) == [audiences[1]])
            #expect(orders.compactMap(\.audiences).map { $0.map(\.uuid.description) } == [[third]])

            let all = try await world.patchFlow(flow, [["op": "replace", "path": "/transformations", "value": []]])
            #expect(all["unmappingId"] != nil)
            let last = try UnmappingTests.orders(world).first { $0.unmapped.count == 2 }
            #expect(last?.unmapped.map(\.audience.uuid.description) == [audiences[0], third])
        }
    }

    @Test func `nothing is told when nobody asks, nothing is unmapped, or the change is refused`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await UnmappingTests.makeFlow(world, tells: false)
            let silent = try await world.patchFlow(flow, [UnmappingTests.remove(0)])
            #expect(silent.status == 202)
            #expect(silent["unmappingId"] == nil)
            #expect(try UnmappingTests.orders(world).isEmpty)

            let (other, audiences) = try await UnmappingTests.makeFlow(world)
            let again: JSONValue = [
                "op": "replace", "path": .string(FlowWorld.segments + "/0"),
                "value": FlowWorld.segment(audiences[0], name: "renamed"),
            ]
            #expect(try await world.patchFlow(other, [again])["unmappingId"] == nil)
            let refused = try await world.patchFlow(other, [UnmappingTests.remove(0), UnmappingTests.remove(7)])
            #expect(refused.errorCode == "1455-400")
            #expect(try UnmappingTests.orders(world).isEmpty)
        }
    }

    @Test func `a change that leaves no audience mapped is warned of`() async throws {
        try await FlowWorld.run { world in
            let (flow, audiences) = try await UnmappingTests.makeFlow(world, tells: false)
            func codes(_ answer: FlowWorld.Answer) -> [JSONValue?] {
                (answer["warnings"]?.array ?? []).map { $0["code"] }
            }

            let one = try await world.patchFlow(flow, [UnmappingTests.remove(0)])
            let none = try await world.patchFlow(flow, [["op": "replace", "path": "/transformations", "value": []]])
            let again = try await world.patchFlow(flow, [["op": "replace", "path": "/name", "value": "other"]])
            let back = try await world.patchFlow(
                flow,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audiences[0], backfill: false))]
            )

            #expect(codes(one).isEmpty)
            #expect(codes(none) == ["NO_AUDIENCE_MAPPED"])
            #expect(codes(again).isEmpty)
            #expect(codes(back).isEmpty)
        }
    }

    @Test func `only state and rate of a backfill change`() async throws {
        try await FlowWorld.run { world in
            let (flow, audiences) = try await UnmappingTests.makeFlow(world)
            let made = try await world.send(.post, "/v1/backfills", ["dataflowId": .string(flow)])
            let path = "/v1/backfills/\(made.id)"
            let before = try await world.send(.get, path).json

            for member in ["id", "dataflowId", "audiences", "since", "origin", "progress", "createdBy"] {
                var body: JSONObject = ["state": "paused"]
                body[member] = before[member] ?? .array([.string(audiences[0])])
                let answer = try await world.send(.patch, path, .object(body))
                #expect(answer.errorCode == "FIELD_INVALID", "\(member)")
                #expect(answer.detail.contains("/\(member)"))
            }
            #expect(try await world.send(.get, path).json == before)
        }
    }

    @Test func `an option that is no truth value is refused`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            var body = FlowWorld.targetBody(base: parts.kinesisBase)
            body["params"] = ["stream": "audience-events", "region": "eu-west-1", "emitOnUnmap": "maybe"]
            let answer = try await world.flow(.post, "/targetConnections", body)
            #expect(answer.status == 400)
            #expect(answer.detail.contains("/params/emitOnUnmap"), "\(answer.text)")
        }
    }
}
