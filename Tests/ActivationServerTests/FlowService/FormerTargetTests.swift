import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// A target that moves: what waits goes to the former place (BEHAVIOUR 1.6).
struct FormerTargetTests {
    private struct Moving {
        var world: FlowWorld
        var flow: FlowWorld.Answer
        var parts: FlowWorld.Parts
        var id: Dataflow.ID

        init(_ world: FlowWorld) async throws {
            self.world = world
            (flow, parts) = try await world.makeFlow()
            id = Dataflow.ID(uuid: try #require(UUIDBytes(flow.id)))
        }

        func wait(through row: Int64) { world.engine.state.withLock { $0.lastRow = row } }

        func moveTarget(_ stream: JSONValue, _ path: String = "/params/stream") async throws -> FlowWorld.Answer {
            let etag = try await world.flow(.get, "/targetConnections/\(parts.target)").item["etag"]?.string
            return try await world.flow(
                .patch,
                "/targetConnections/\(parts.target)",
                [["op": "add", "path": .string(path), "value": stream]],
                ifMatch: etag
            )
        }

        func patchBase(_ key: String, _ value: JSONValue) async throws -> FlowWorld.Answer {
            let etag = try await world.flow(.get, "/connections/\(parts.kinesisBase)").item["etag"]?.string
            return try await world.flow(
                .patch,
                "/connections/\(parts.kinesisBase)",
                [["op": "add", "path": .string("/auth/params/\(key)"), "value": value]],
                ifMatch: etag
            )
        }

        func sink(_ control: ControlPlane? = nil) throws -> SinkParameters {
            try (control ?? world.dependencies.control).sinkParameters(for: id)
        }

        func act(_ op: String) async throws -> FlowWorld.Answer {
            try await world.flow(.post, "/flows/\(flow.id)/action?op=\(op)")
        }
    }

    @Test func `another stream is a cut at the last row that waits, until that has passed`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 7)

            let answer = try await moving.moveTarget("other")

            #expect(answer.status == 200, "\(answer.text)")
            #expect(world.engine.state.withLock { $0.bounds } == [.init(dataflow: moving.id, row: 7)])
            #expect(world.engine.state.withLock { $0.restarted.isEmpty })
            var sink = try moving.sink()
            #expect(sink.target["stream"] == "audience-events")
            #expect(sink.through == 7)
            let shown = try await world.flow(.get, "/flows/\(moving.flow.id)").item
            #expect(shown["headwaterState"]?["formerTargets"]?[0]?["params"]?["stream"] == "audience-events")
            #expect(shown["headwaterState"]?["formerTargets"]?[0]?["since"]?.string != nil)
            #expect(shown["etag"]?.string == moving.flow.etag, "the flow itself is as it was")

            try await world.dependencies.control.passed(6, of: moving.id)
            #expect(try moving.sink().through == 7)
            try await world.dependencies.control.passed(7, of: moving.id)

            sink = try moving.sink()
            #expect(sink.target["stream"] == "other")
            #expect(sink.through == nil)
            let after = try await world.flow(.get, "/flows/\(moving.flow.id)").item
            #expect(after["headwaterState"]?["formerTargets"] == nil)
            #expect(try await world.storage.objects(kind: "formerTarget", scope: .production).isEmpty)
        }
    }

    @Test func `former places of one stream are told apart by the account, of which no secret is shown`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 7)
            _ = try await moving.patchBase("connectionUrl", "https://one.example.org")
            moving.wait(through: 9)
            _ = try await moving.patchBase("connectionUrl", "https://two.example.org")
            moving.wait(through: 11)
            _ = try await moving.moveTarget("other")

            let shown = try await world.flow(.get, "/flows/\(moving.flow.id)")
            let former = try #require(shown.item["headwaterState"]?["formerTargets"]?.array)

            #expect(
                former.map { $0["params"]?["stream"] } == ["audience-events", "audience-events", "audience-events"]
            )
            #expect(former.map { $0["account"]?["connectionUrl"] } == [nil, "https://one.example.org", nil])
            #expect(former.first?["account"]?["accessKeyId"] == "AKIAEXAMPLE0001")
            #expect(former.last?["account"] == nil)
            #expect(!shown.text.contains(FlowWorld.secretKey))
            #expect(!shown.text.contains(FlowWorld.sessionToken))
        }
    }

    @Test func `several moves are several cuts, oldest first, and outlive a restart`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 7)
            _ = try await moving.moveTarget("b")
            _ = try await moving.moveTarget("c")
            moving.wait(through: 9)
            _ = try await moving.moveTarget("d")

            let again = try await ControlPlane(
                store: world.storage,
                keys: world.dependencies.keys,
                time: world.clock,
                logger: world.dependencies.logger
            )
            var seen: [String] = []
            for _ in 0..<3 {
                let sink = try moving.sink(again)
                seen.append("\(sink.target["stream"]?.string ?? "") \(sink.through ?? -1)")
                try await again.passed(sink.through ?? 0, of: moving.id)
            }

            #expect(seen == ["audience-events 7", "c 9", "d -1"], "nothing was triggered for b")
        }
    }

    @Test func `params that leave the stream where it is are no cut`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 7)

            #expect(try await moving.moveTarget("cbor", "/params/wire").status == 200)
            #expect(try await moving.patchBase("secretKey", "rotated").status == 200)

            #expect(world.engine.state.withLock { $0.bounds.isEmpty })
            #expect(world.engine.state.withLock { $0.restarted } == [moving.id, moving.id])
            #expect(try moving.sink().through == nil)
        }
    }

    @Test func `an account that leads elsewhere is a cut too, with the account of before`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 3)
            _ = try await moving.moveTarget("b")
            moving.wait(through: 5)
            let answer = try await moving.patchBase("connectionUrl", "https://elsewhere.example")
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try await moving.patchBase("secretKey", "rotated").status == 200)

            var seen: [String] = []
            for _ in 0..<3 {
                let sink = try moving.sink()
                let url = sink.account["connectionUrl"]?.string ?? "-"
                let isOldKey = sink.account["secretKey"]?.string == FlowWorld.secretKey
                seen.append("\(sink.target["stream"]?.string ?? "") \(url) \(isOldKey) \(sink.through ?? -1)")
                try await world.dependencies.control.passed(sink.through ?? 0, of: moving.id)
            }

            #expect(seen == ["audience-events - true 3", "b - true 5", "b https://elsewhere.example false -1"])
            for object in try await world.storage.objects(kind: "formerTarget", scope: .production) {
                #expect(!String(decoding: object.body, as: UTF8.self).contains("needle"))
            }
        }
    }

    @Test func `a new key serves what waits for a former stream of the account`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 3)
            _ = try await moving.moveTarget("b")
            _ = try await moving.patchBase("secretKey", "rotated")

            let sink = try moving.sink()
            #expect(sink.target["stream"] == "audience-events")
            #expect(sink.account["secretKey"] == "rotated")
        }
    }

    @Test func `op=redirect gives a former target up, and is 1422-400 without one`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            #expect(try await moving.act("redirect").errorCode == "1422-400")
            moving.wait(through: 7)
            _ = try await moving.moveTarget("b")

            let answer = try await moving.act("redirect")

            #expect(answer.status == 200)
            #expect(answer.etag == moving.flow.etag)
            #expect(try moving.sink().target["stream"] == "b")
            #expect(try moving.sink().through == nil)
            #expect(world.engine.state.withLock { $0.restarted } == [moving.id])
        }
    }

    @Test func `too many former targets refuse the next move and leave no trace`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            for row in 1...Int64(FormerTarget.pendingMax) {
                moving.wait(through: row)
                #expect(try await moving.moveTarget(.string("s\(row)")).status == 200)
            }
            moving.wait(through: 99)
            let before = try await world.flow(.get, "/targetConnections/\(moving.parts.target)").text

            let answer = try await moving.moveTarget("one-more")

            #expect(answer.status == 409)
            #expect(answer.detail.contains("op=redirect"))
            #expect(try await world.flow(.get, "/targetConnections/\(moving.parts.target)").text == before)
            #expect(try await moving.act("redirect").status == 200)
            #expect(try await moving.moveTarget("one-more").status == 200)
        }
    }

    @Test func `a move that is not stored has not happened`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 7)
            world.storage.failNextWrite(with: StorageError(.io, "broken"))

            #expect(try await moving.moveTarget("b").status == 503)

            #expect(try moving.sink().target["stream"] == "audience-events")
            #expect(try moving.sink().through == nil)
        }
    }

    @Test func `a deleted flow takes its former targets with it`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            moving.wait(through: 7)
            _ = try await moving.moveTarget("b")
            #expect(try await world.flow(.delete, "/flows/\(moving.flow.id)").status == 202)
            try await world.engine.finishRetirements()

            #expect(try await world.storage.objects(kind: "formerTarget", scope: .production).isEmpty)
            #expect(try await world.storage.objects(kind: "flow", scope: .production).isEmpty)
        }
    }

    @Test func `a new key is tried at every stream that enabled flows write to before it counts`() async throws {
        try await FlowWorld.run { world in
            let moving = try await Moving(world)
            let asked = world.probe.state.withLock { $0.targets.count }
            #expect(try await moving.patchBase("secretKey", "rotated").status == 200)
            #expect(world.probe.state.withLock { $0.targets.count } == asked + 1)
            #expect(try await moving.act("disable").status == 200)
            #expect(try await moving.patchBase("secretKey", "rotated-again").status == 200)
            #expect(world.probe.state.withLock { $0.targets.count } == asked + 1)
        }
    }
}
