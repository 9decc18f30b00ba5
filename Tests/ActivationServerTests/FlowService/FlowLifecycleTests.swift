import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import ActivationServer

/// Pause, resume, deletion and the books of a flow (BEHAVIOUR 3.10, 3.18, appendix B).
struct FlowLifecycleTests {
    @Test func `disable and enable change the state, the etag and what the engine decides`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let disabled = try await world.flow(.post, "/flows/\(flow.id)/action?op=disable")
            let isEnabledThen = world.engine.catalog?.dataflows.first?.isEnabled
            let again = try await world.flow(.post, "/flows/\(flow.id)/action?op=disable")
            let enabled = try await world.flow(.post, "/flows/\(flow.id)/action?op=enable")
            let enabledAgain = try await world.flow(.post, "/flows/\(flow.id)/action?op=enable")
            let other = try await world.flow(.post, "/flows/\(flow.id)/action?op=stop")

            #expect(disabled.status == 200)
            #expect(disabled.id == flow.id)
            #expect(disabled.etag != flow.etag)
            #expect(isEnabledThen == false)
            #expect(again.errorCode == "1422-400")
            #expect(enabled.status == 200)
            #expect(world.engine.catalog?.dataflows.first?.isEnabled == true)
            #expect(enabledAgain.errorCode == "1422-400")
            #expect(other.errorCode == "1422-400")
        }
    }

    @Test func `state can be patched between enabled and disabled`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let answer = try await world.patchFlow(
                flow.id,
                [["op": "replace", "path": "/state", "value": "disabled"]]
            )

            #expect(answer.status == 202)
            #expect(try await world.flow(.get, "/flows/\(flow.id)").item["state"] == "disabled")
        }
    }

    @Test func `enable resumes a paused flow once the destination passes its test`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            world.engine.state.withLock {
                $0.relay = .paused(RelayTrouble(code: "AWS-404", message: "no stream", since: world.clock.now()))
            }
            world.probe.fail(DestinationProbeError(code: "AWS-404", step: "DescribeStreamSummary", message: "gone"))

            let refused = try await world.flow(.post, "/flows/\(flow.id)/action?op=enable")
            let restartedThen = world.engine.state.withLock { $0.restarted.count }
            world.probe.fail(nil)
            let resumed = try await world.flow(.post, "/flows/\(flow.id)/action?op=enable")

            #expect(refused.errorCode == "AWS-404")
            #expect(restartedThen == 0)
            #expect(resumed.status == 200)
            #expect(world.engine.state.withLock { $0.restarted.map(\.uuid.description) } == [flow.id])
        }
    }

    @Test func `a deletion that is not finished is hidden at once and finished by the next start`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()

            let deleted = try await world.flow(.delete, "/flows/\(flow.id)")
            let target = try await world.flow(.delete, "/targetConnections/\(parts.target)")
            let hidden = try await world.flow(.get, "/flows/\(flow.id)")
            let listed = try await world.flow(.get, "/flows?count=true")
            let stored = try await world.storage.objects(kind: "flow", scope: .production)
            let engine = RecordingEngine()
            let reopened = try await ControlPlane(
                store: world.storage,
                keys: world.dependencies.keys,
                time: world.clock,
                logger: world.dependencies.logger
            )
            try await reopened.connect(to: engine)
            try await engine.finishRetirements()

            #expect(deleted.status == 202)
            #expect(target.status == 204)
            #expect(world.engine.catalog?.dataflows.isEmpty == true)
            #expect(hidden.status == 404)
            #expect(listed["count"] == 0)
            #expect(stored.count == 1)
            #expect(engine.catalog?.dataflows.isEmpty == true)
            #expect(engine.state.withLock { $0.discarded.map(\.uuid.description) } == [flow.id])
            #expect(try await world.storage.objects(kind: "flow", scope: .production).isEmpty)
        }
    }

    @Test func `deletion asks for the etag only when the client sends one`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let stale = try await world.flow(.delete, "/flows/\(flow.id)", ifMatch: "\"old-1\"")
            let fresh = try await world.flow(.delete, "/flows/\(flow.id)", ifMatch: flow.etag)

            #expect(stale.errorCode == "1404-412")
            #expect(fresh.status == 202)
        }
    }

    @Test func `the balance shows the books, what was counted and the hours`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let id = try #require(UUIDBytes(flow.id).map { Dataflow.ID(uuid: $0) })
            let counters = DataflowCounters(triggered: 9, delivered: 4, suppressedDisabled: 1, parked: 3, replayed: 1)
            world.engine.state.withLock {
                $0.countedBooks[id] = CountedBooks(counters: counters, waiting: 1, deadLetters: 1)
            }
            let off = try await world.send(.get, "/v1/dataflows/\(flow.id)/balance")
            world.engine.state.withLock { $0.countedBooks[id]?.deadLetters = 2 }
            let balanced = try await world.send(.get, "/v1/dataflows/\(flow.id)/balance?since=2026-01-01T00:00:00Z")

            #expect(
                off.json
                    == [
                        "flowId": .string(flow.id), "auditedAt": "2023-11-14T22:13:20Z", "isBalanced": false,
                        "triggered": 9, "delivered": 4, "superseded": 1, "parked": 2, "pending": 1,
                        "suppressed": ["disabled": 1, "deleted": 0, "discarded": 0],
                        "counted": ["pending": 1, "parked": 1], "hours": [],
                    ]
            )
            #expect(balanced["isBalanced"] == true)
            #expect(try await world.send(.get, "/v1/dataflows/\(flow.id)/balance?since=noon").status == 400)
            #expect(try await world.send(.get, "/v1/dataflows/nobody/balance").errorCode == "1430-404")
        }
    }

    @Test func `the balance shows the books by audience on request, each beside what was counted`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let id = try #require(UUIDBytes(flow.id).map { Dataflow.ID(uuid: $0) })
            let audience = Audience.ID(uuid: UUIDBytes(high: 7, low: 7))
            var books = AudienceBooks()
            books.enter(DataflowCounters(triggered: 2, delivered: 1), of: [audience])
            var counted = CountedAudienceBooks(books: books)
            var hour = BookedHour(start: Timestamp(milliseconds: 0), counters: DataflowCounters(triggered: 5))
            hour.audiences = books
            world.engine.state.withLock { [counted, hour] in
                $0.countedAudiences[id] = counted
                $0.hours[id] = [hour]
            }
            let path = "/v1/dataflows/\(flow.id)/balance?since=1970-01-01T00:00:00Z"

            let off = try await world.send(.get, path + "&audiences=true")
            counted.countWaiting([audience])
            world.engine.state.withLock { [counted] in $0.countedAudiences[id] = counted }
            let balanced = try await world.send(.get, path + "&audiences=true")
            let plain = try await world.send(.get, path)

            #expect(off["isBalanced"] == false && off["audiences"]?[0]?["isBalanced"] == false)
            #expect(balanced["isBalanced"] == true)
            #expect(
                balanced["audiences"] == [
                    [
                        "id": .string(audience.uuid.description), "triggered": 2, "delivered": 1, "superseded": 0,
                        "suppressed": ["disabled": 0, "deleted": 0, "discarded": 0], "parked": 0, "pending": 1,
                        "counted": ["pending": 1, "parked": 0], "isBalanced": true,
                    ]
                ]
            )
            #expect(balanced["told"]?["pending"] == 1)
            #expect(balanced["hours"]?[0]?["audiences"]?[0]?["pendingChange"] == 1)
            #expect(balanced["hours"]?[0]?["told"]?["triggered"] == 2)
            #expect(plain["audiences"] == nil && plain["hours"]?[0]?["audiences"] == nil)
            #expect(try await world.send(.get, path + "&audiences=maybe").status == 400)
        }
    }

    @Test func `the books show counters, state and reason, and whether they balance`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            world.engine.state.withLock {
                $0.counters = DataflowCounters(
                    triggered: 20,
                    delivered: 10,
                    suppressedDisabled: 3,
                    suppressedDeleted: 1,
                    parked: 2
                )
                $0.pendingRows = 4
                $0.relay = .paused(RelayTrouble(code: "AWS-401", message: "refused", since: world.clock.now()))
                $0.oldestPendingAt = Timestamp(milliseconds: 1_700_000_000_000)
            }

            let paused = try await world.send(.get, "/v1/dataflows/\(flow.id)/stats")
            world.engine.state.withLock {
                $0.pendingRows = 5
                $0.relay = .running
            }
            let unbalanced = try await world.send(.get, "/v1/dataflows/\(flow.id)/stats")

            #expect(
                paused.json
                    == [
                        "flowId": .string(flow.id), "triggered": 20, "delivered": 10, "superseded": 0,
                        "suppressed": ["disabled": 3, "deleted": 1, "discarded": 0], "parked": 2, "pending": 4,
                        "isBalanced": true,
                        "state": "paused", "reason": ["code": "AWS-401", "message": "refused"],
                        "headwaterState": [
                            "state": "paused", "code": "AWS-401", "message": "refused", "since": "2023-11-14T22:13:20Z",
                            "attempts": 1, "oldestPendingAt": "2023-11-14T22:13:20Z",
                        ],
                    ]
            )
            #expect(unbalanced["isBalanced"] == false)
            #expect(unbalanced["state"] == "running")
            #expect(try await world.send(.get, "/v1/dataflows/nobody/stats").errorCode == "1430-404")
        }
    }

    @Test func `dead letters show reason and payload`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let id = UUIDBytes(high: 1, low: 2)
            var row = OutboxRow(
                dataflow: Dataflow.ID(uuid: try #require(UUIDBytes(flow.id))),
                profile: Profile.ID(uuid: id),
                mergePolicy: MergePolicy.ID(uuid: id),
                revision: 7,
                reasons: [.membership, .attribute],
                partitionKey: "key",
                payload: Array(#"{"a":1}"#.utf8),
                admittedAt: Timestamp(milliseconds: 0)
            )
            let letters = (Int64(5)...6).map { number in
                row.row = number
                return DeadLetter(
                    record: row,
                    code: "MESSAGE_TOO_LARGE",
                    message: "too large",
                    parkedAt: Timestamp(milliseconds: 0)
                )
            }
            world.engine.state.withLock { $0.deadLetters = letters }

            let answer = try await world.send(.get, "/v1/dataflows/\(flow.id)/dead-letters?limit=1")

            #expect(answer["items"]?.array?.count == 1 && answer["next"] == "5")
            let rest = try await world.send(.get, "/v1/dataflows/\(flow.id)/dead-letters?limit=1&after=5")
            #expect(rest["items"]?.array?.count == 1 && rest["next"] == nil)
            #expect(
                answer.item
                    == [
                        "id": "5", "profileId": .string(id.description), "mergePolicyId": .string(id.description),
                        "revision": 7,
                        "reasons": ["membership", "attribute"], "partitionKey": "key", "code": "MESSAGE_TOO_LARGE",
                        "message": "too large", "admittedAt": "1970-01-01T00:00:00Z",
                        "parkedAt": "1970-01-01T00:00:00Z", "keptUntil": "1970-01-31T00:00:00Z", "payload": ["a": 1],
                    ]
            )
            let wrong = try await world.send(.get, "/v1/dataflows/\(flow.id)/dead-letters?limit=0")
            #expect(wrong.errorCode == "QUERY_INVALID")
        }
    }

    @Test func `a flow shows whether its records leave, in the list and by id`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            let running = try await world.flow(.get, "/flows/\(flow.id)")
            world.engine.state.withLock {
                $0.relay = .retrying(
                    RelayTrouble(code: "NoAnswer", message: "no answer", since: world.clock.now(), attempts: 3)
                )
                $0.oldestPendingAt = Timestamp(milliseconds: 1_700_000_000_000)
            }

            let shown = try await world.flow(.get, "/flows/\(flow.id)")
            let listed = try await world.flow(.get, "/flows?property=headwaterState.state==retrying")
            let others = try await world.flow(.get, "/flows?property=headwaterState.state==running&count=true")

            #expect(running.item["headwaterState"] == ["state": "running"])
            #expect(
                shown.item["headwaterState"] == [
                    "state": "retrying", "code": "NoAnswer", "message": "no answer", "since": "2023-11-14T22:13:20Z",
                    "attempts": 3, "oldestPendingAt": "2023-11-14T22:13:20Z",
                ]
            )
            #expect(listed.item == shown.item)
            #expect(others["count"] == 0)
        }
    }

    @Test func `a flow shows what is other than was wanted although its records leave`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()
            world.engine.state.withLock { $0.notice = "requests go as JSON" }

            let shown = try await world.flow(.get, "/flows/\(flow.id)")

            #expect(shown.item["headwaterState"] == ["state": "running", "notice": "requests go as JSON"])
        }
    }

    @Test func `a deletion waits for no destination, and nobody waits for the deletion`() async throws {
        try await FlowWorld.run { world in
            let (flow, parts) = try await world.makeFlow()
            let other = try await world.flow(
                .post,
                "/flows",
                FlowWorld.flowBody(source: parts.source, target: parts.target, name: "other")
            )

            let deleted = try await world.flow(.delete, "/flows/\(flow.id)")
            let discardedThen = world.engine.state.withLock { $0.discarded }
            let patched = try await world.patchFlow(other.id, [["op": "replace", "path": "/name", "value": "new"]])
            try await world.engine.finishRetirements()

            #expect(deleted.status == 202)
            #expect(discardedThen.isEmpty)
            #expect(patched.status == 202)
            #expect(world.engine.state.withLock { $0.discarded.map(\.uuid.description) } == [flow.id])
            #expect(world.dependencies.control.entry(.flow, flow.id) == nil)
            #expect(try await world.storage.objects(kind: "flow", scope: .production).count == 1)
        }
    }

    @Test func `changes that come at once are each decided on the newest state`() async throws {
        try await FlowWorld.run { world in
            let (flow, _) = try await world.makeFlow()

            let answers = try await withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        try await world.flow(
                            .patch,
                            "/flows/\(flow.id)",
                            [["op": "replace", "path": "/name", "value": .string("n\(number)")]],
                            ifMatch: flow.etag
                        ).status
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }

            #expect(answers.count { $0 == 202 } == 1)
            #expect(answers.count { $0 == 412 } == 19)
        }
    }
}
