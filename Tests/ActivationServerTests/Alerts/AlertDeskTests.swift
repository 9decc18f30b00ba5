import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// From a look to what channels get.
@Suite struct AlertDeskTests {
    private static let hook = "https://hooks.example/secret-path?key=s3cr3t"
    private static let secret = "0123456789abcdef"

    private static func channel(_ world: FlowWorld, name: String = "ops") async throws -> String {
        let made = try await world.send(
            .post,
            "/v1/alerts/channels",
            ["type": "webhook", "name": .string(name), "url": .string(hook), "secret": .string(secret)]
        )
        #expect(made.status == 201, "\(made.text)")
        return made.id
    }

    private static func rule(_ world: FlowWorld, _ body: JSONValue) async throws -> String {
        let made = try await world.send(.post, "/v1/alerts/rules", body)
        #expect(made.status == 201, "\(made.text)")
        return made.id
    }

    private static func pause(_ world: FlowWorld, _ isPaused: Bool) {
        let trouble = RelayTrouble(
            code: "ResourceNotFoundException",
            message: "no such stream",
            since: world.clock.now()
        )
        world.engine.state.withLock { $0.relay = isPaused ? .paused(trouble) : .running }
    }

    /// Looks and tells after some seconds.
    private static func pass(_ world: FlowWorld, seconds: Int64 = 5) async {
        world.clock.advance(by: seconds * 1_000)
        await world.dependencies.alerts.look()
        await world.dependencies.alerts.deliver()
    }

    private static func events(_ world: FlowWorld) -> [String] {
        world.post.posts.map { post in
            let json = post.body.flatMap { try? JSONValue(parsing: $0) } ?? .null
            let alert = json[0]?["messages"]?[0]?["value"]?["alert"] ?? json["event"]?["alert"]
            return "\(alert?["event"]?.string ?? "") \(alert?["kind"]?.string ?? "")"
        }
    }

    private static func history(_ world: FlowWorld) async throws -> [String] {
        let entries = try await world.send(.get, "/v1/alerts/history")["items"]?.array ?? []
        return entries.map { $0["event"]?.string ?? "" }
    }

    @Test func `a paused dataflow is told once, signed, and told again when it is over`() async throws {
        try await FlowWorld.run { world in
            _ = try await Self.channel(world)
            let rule = try await Self.rule(world, ["kind": "paused"])
            let flow = try await world.makeFlow().flow.id
            await Self.pass(world)
            #expect(world.post.posts.isEmpty)

            Self.pause(world, true)
            for _ in 0..<3 { await Self.pass(world) }

            let now = try await world.send(.get, "/v1/alerts/now")["items"]?.array ?? []
            #expect(now.count == 1)
            #expect(now.first?["id"] == .string("\(rule).\(flow)"))
            #expect(now.first?["flowName"] == "vip-to-kinesis")
            #expect(now.first?["text"]?.string?.contains("no such stream") == true)
            let post = try #require(world.post.posts.first)
            #expect(post.url == Self.hook)
            let headers = Dictionary(uniqueKeysWithValues: post.headers.map { ($0.name, $0.value) })
            let seconds = try #require(headers["x-headwater-timestamp"].flatMap { Int64($0) })
            #expect(
                headers["x-headwater-signature"]
                    == AlertSignature.of(post.body ?? [], at: seconds, secret: Self.secret)
            )

            Self.pause(world, false)
            await Self.pass(world)

            #expect(Self.events(world) == ["fired paused", "resolved paused"])
            #expect(try await Self.history(world) == ["resolved", "fired"])
            #expect(try await world.send(.get, "/v1/alerts/now")["items"]?.array?.isEmpty == true)
        }
    }

    @Test func `alerts of a flow are rules of its own`() async throws {
        try await FlowWorld.run { world in
            _ = try await Self.channel(world)
            let flow = try await world.makeFlow().flow.id
            let patched = try await world.patchFlow(
                flow,
                [FlowWorld.add("/alerts", [["type": "parked", "threshold": 2]])]
            )
            #expect(patched.status == 202)
            world.engine.state.withLock { $0.counters = DataflowCounters(triggered: 2, parked: 2) }

            await Self.pass(world)

            #expect(Self.events(world) == ["fired parked"])
            let alert = try await world.send(.get, "/v1/alerts/now").item
            #expect(alert["id"] == .string("\(flow)-parked.\(flow)"))
            // Nobody asks any more.
            #expect(try await world.patchFlow(flow, [FlowWorld.add("/alerts", [])]).status == 202)
            await Self.pass(world)
            #expect(try await world.send(.get, "/v1/alerts/now")["items"]?.array?.isEmpty == true)
            #expect(try await world.storage.alertStandings(scope: .production).isEmpty)
        }
    }

    @Test func `what is told survives a restart, and what was told is not told again`() async throws {
        try await FlowWorld.run { world in
            _ = try await Self.channel(world)
            _ = try await Self.rule(world, ["kind": "paused"])
            _ = try await world.makeFlow()
            Self.pause(world, true)
            world.post.state.withLock { $0.status = 503 }
            await Self.pass(world)
            #expect(world.post.posts.count == 1)

            // A new process finds only what is stored.
            world.dependencies.alerts.memory.withLock { $0 = AlertDesk.Memory() }
            world.post.state.withLock { $0.status = 200 }
            await Self.pass(world)
            await Self.pass(world)

            #expect(world.post.posts.count == 2)
            #expect(world.post.posts[0].body == world.post.posts[1].body)
            let delivery = try await world.send(.get, "/v1/alerts/deliveries").item
            #expect(delivery["state"] == "delivered" && delivery["attempts"] == 2, "\(delivery)")
            #expect(delivery["lastAnswer"] == "HTTP 200")
        }
    }

    @Test func `a channel that does not answer holds up nobody else and is not asked at every pass`() async throws {
        try await FlowWorld.run { world in
            let dead = try await Self.channel(world, name: "dead")
            _ = try await Self.rule(world, ["kind": "paused", "channels": [.string(dead)]])
            _ = try await Self.rule(world, ["kind": "paused", "name": "second", "channels": [.string(dead)]])
            let live = try await world.send(
                .post,
                "/v1/alerts/channels",
                [
                    "type": "email", "name": "mail", "host": "mail.example", "from": "a@shop.example",
                    "to": ["b@shop.example"],
                ]
            )
            _ = try await Self.rule(world, ["kind": "paused", "channels": [.string(live.id)]])
            _ = try await world.makeFlow()
            Self.pause(world, true)
            world.post.state.withLock { $0.status = nil }

            await Self.pass(world)

            // Two wait for one that is dead: one attempt is enough to know.
            #expect(world.post.posts.count == 1)
            #expect(world.post.mails.count == 1)
            #expect(world.post.mails.first?.subject == "[critical] Dataflow paused: vip-to-kinesis")
            await Self.pass(world, seconds: 1)
            #expect(world.post.posts.count == 1)
            await Self.pass(world, seconds: 5)
            #expect(world.post.posts.count == 2)
            let found = try await world.send(.get, "/v1/alerts/deliveries?channelId=\(dead)")
            let states = (found["items"]?.array ?? []).map { $0["attempts"] }
            #expect(states == [0, 2])
            #expect(found.item["nextAttemptAt"] != nil)
        }
    }

    @Test func `what cannot be stored is told all the same, once, and stored when there is room`() async throws {
        try await FlowWorld.run { world in
            _ = try await Self.channel(world)
            let rule = try await Self.rule(world, ["kind": "writesRefused"])
            _ = try await Self.rule(world, ["kind": "paused"])
            _ = try await world.makeFlow()
            await Self.pass(world)
            Self.pause(world, true)
            world.engine.state.withLock { $0.health.writeFailure = EngineError(.storageFull, "no room") }
            world.storage.failWrites(with: StorageError(.full, "no room"))
            for _ in 0..<3 { await Self.pass(world) }
            #expect(Set(Self.events(world)) == ["fired paused", "fired writesRefused"])
            #expect(world.post.posts.count == 2)
            let refused = try await world.send(.post, "/v1/alerts/now/\(rule).server/acknowledge", ["note": ""])
            #expect(refused.status == 507)

            world.storage.failWrites(with: nil)
            world.engine.state.withLock { $0.health.writeFailure = nil }
            for _ in 0..<2 { await Self.pass(world) }

            #expect(world.post.posts.count == 3 && Self.events(world).last == "resolved writesRefused")
            #expect(try await Self.history(world).filter { $0 == "fired" }.count == 2)
            let deliveries = try await world.send(.get, "/v1/alerts/deliveries")["items"]?.array ?? []
            #expect(deliveries.map { $0["state"] } == ["delivered", "delivered", "delivered"])
            #expect(deliveries.map { $0["attempts"] } == [1, 1, 1])
            #expect(try await world.send(.get, "/v1/alerts/now").item["kind"] == "paused")
        }
    }

    @Test func `somebody knows, and somebody wants silence`() async throws {
        try await FlowWorld.run { world in
            _ = try await Self.channel(world)
            let rule = try await Self.rule(world, ["kind": "paused", "repeatSeconds": 60])
            let flow = try await world.makeFlow().flow.id
            Self.pause(world, true)
            await Self.pass(world)
            let path = "/v1/alerts/now/\(rule).\(flow)"

            let known = try await world.send(.post, "\(path)/acknowledge", ["note": "the stream is being made"])
            await Self.pass(world, seconds: 120)

            #expect(known["acknowledged"]?["note"] == "the stream is being made")
            #expect(known["acknowledged"]?["by"] == .string(world.start.clientID))
            #expect(Self.events(world) == ["fired paused"])

            #expect(try await world.send(.post, "\(path)/snooze", ["seconds": 600]).status == 200)
            Self.pause(world, false)
            await Self.pass(world)
            #expect(Self.events(world) == ["fired paused"])
            #expect(try await Self.history(world) == ["resolved", "snoozed", "acknowledged", "fired"])
            #expect(try await world.send(.post, "\(path)/snooze", ["seconds": 600]).errorCode == "ALERT_UNKNOWN")
        }
    }

    @Test func `an hour with refused records carries its run`() async throws {
        try await FlowWorld.run { world in
            _ = try await Self.channel(world)
            _ = try await Self.rule(world, ["kind": "flowRunFailure"])
            let flow = try await world.makeFlow().flow.id
            let start = Timestamp(milliseconds: world.clock.now().milliseconds / 3_600_000 * 3_600_000 - 3_600_000)
            let id = try #require(UUIDBytes(flow).map { Dataflow.ID(uuid: $0) })
            let hour = BookedHour(start: start, counters: DataflowCounters(triggered: 3, delivered: 1, parked: 2))
            world.engine.state.withLock { $0.hours[id] = [hour] }

            await Self.pass(world)

            let post = try #require(world.post.posts.first?.body)
            let value = try JSONValue(parsing: post)[0]?["messages"]?[0]?["value"]
            #expect(value?["id"] == .string("\(flow)-\(BookedHour.number(of: start))"))
            #expect(value?["metrics"]?["recordSummary"]?["failedRecordCount"] == 2)
        }
    }

    @Test func `the disk is watched without any dataflow`() async throws {
        try await FlowWorld.run { world in
            _ = try await Self.channel(world)
            let rule = try await Self.rule(world, ["kind": "diskShare", "threshold": 10, "windowSeconds": 0])
            world.post.state.withLock { $0.space = StoreSpace(database: 1, log: 1, free: 5 << 30, disk: 100 << 30) }

            await Self.pass(world)

            #expect(Self.events(world) == ["fired diskShare"])
            #expect(try await world.send(.get, "/v1/alerts/now").item["id"] == .string("\(rule).server"))
        }
    }

    @Test func `a test is told at once and stands among the deliveries`() async throws {
        try await FlowWorld.run { world in
            let channel = try await Self.channel(world)

            let fine = try await world.send(.post, "/v1/alerts/channels/\(channel)/test")
            world.post.state.withLock { $0.status = 410 }
            let wrong = try await world.send(.post, "/v1/alerts/channels/\(channel)/test")

            #expect(fine.json == ["delivered": true, "answer": "HTTP 200"])
            #expect(wrong.json == ["delivered": false, "answer": "HTTP 410"])
            await Self.pass(world, seconds: 1_000)
            #expect(world.post.posts.count == 2)
            let states = try await world.send(.get, "/v1/alerts/deliveries")["items"]?.array ?? []
            #expect(states.map { $0["state"] } == ["givenUp", "delivered"])
        }
    }

    @Test func `no secret stands in an answer, in the log, in the history of changes, or plain in the store`()
        async throws
    {
        try await FlowWorld.run { world in
            let channel = try await Self.channel(world)
            _ = try await world.send(.post, "/v1/alerts/channels/\(channel)/test")
            var texts = [try await world.send(.get, "/v1/alerts/channels").text]
            texts.append(try await world.send(.get, "/v1/alerts/deliveries").text)
            texts.append(try await world.send(.get, "/v1/changes").text)
            texts.append(world.log.lines.joined(separator: "\n"))
            for object in try await world.storage.objects(kind: "alertChannel", scope: .production) {
                texts.append(String(decoding: object.body, as: UTF8.self))
            }

            for text in texts {
                #expect(!text.contains("s3cr3t") && !text.contains("secret-path") && !text.contains(Self.secret))
            }
            #expect(texts[0].contains("https://hooks.example/…"))
        }
    }
}
