import ActivationCore
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationEngine
@testable import ActivationServer

/// Runs of dataflows (BEHAVIOUR 1.11).
struct RunTests {
    /// The hour that the clock of a world stands in.
    private static let now = BookedHour.number(of: Timestamp(milliseconds: 1_700_000_000_123))

    private static func hour(_ number: Int64, _ counters: DataflowCounters) -> BookedHour {
        BookedHour(start: Timestamp(milliseconds: number * BookedHour.length), counters: counters)
    }

    private static func id(_ text: String) throws -> Dataflow.ID { Dataflow.ID(uuid: try #require(UUIDBytes(text))) }

    private static func ids(_ answer: FlowWorld.Answer) -> [String] {
        (answer["items"]?.array ?? []).compactMap { $0["id"]?.string }
    }

    /// A flow with three hours in its books: a good one, one in which everything was refused, and the present one.
    private static func makeFlow(_ world: FlowWorld) async throws -> String {
        let flow = try await world.makeFlow().flow.id
        let hours = [
            hour(now - 9, DataflowCounters(triggered: 7, delivered: 4, suppressedDisabled: 2, suppressedDeleted: 1)),
            hour(now - 2, DataflowCounters(triggered: 3, parked: 3)),
            hour(now, DataflowCounters(triggered: 1, suppressedDeleted: -1)),
        ]
        let dataflow = try id(flow)
        world.engine.state.withLock { $0.hours[dataflow] = hours }
        return flow
    }

    @Test func `an hour of the books is a run with its figures`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let flow = try await RunTests.makeFlow(world)
            // Mapped now, so that earlier hours are not about it.
            _ = try await world.patchFlow(
                flow,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience, backfill: false))]
            )

            let runs = try await world.flow(.get, "/runs?property=flowId==\(flow)")

            let first = (RunTests.now - 9) * BookedHour.length
            let expected: JSONValue = [
                "id": .string("\(flow)-\(RunTests.now - 9)"), "flowId": .string(flow), "createdAt": .integer(first),
                "updatedAt": .integer(first + 3_600_000), "createdBy": .string(world.start.clientID),
                "updatedBy": .string(world.start.clientID), "createdClient": .string(world.start.clientID),
                "updatedClient": .string(world.start.clientID),
                "sandboxId": .string(world.dependencies.control.sandboxID), "sandboxName": "prod",
                "imsOrgId": .string(world.start.orgID), "state": "completed", "kind": "hour",
                "metrics": [
                    "durationSummary": [
                        "startedAtUTC": .integer(first), "completedAtUTC": .integer(first + 3_600_000),
                    ],
                    "recordSummary": [
                        "inputRecordCount": 7, "outputRecordCount": 4, "failedRecordCount": 0, "skippedRecordCount": 3,
                        "targetSummaries": [["entitySummaries": []]],
                    ],
                    "fileSummary": ["inputFileCount": 0, "outputFileCount": 0, "activityRefs": []],
                    "statusSummary": ["status": "success", "errors": [], "activityRefs": []],
                ],
                "activities": [],
            ]
            #expect(runs.item == expected)
            #expect(runs["_links"] == [:])
            let refused = runs["items"]?[1]
            #expect(refused?["state"] == "failed")
            #expect(refused?["metrics"]?["statusSummary"]?["status"] == "failed")
            #expect(refused?["metrics"]?["statusSummary"]?["errors"]?[0]?["code"] == "RECORDS_REFUSED")
            let open = runs["items"]?[2]
            #expect(open?["state"] == "inProgress")
            #expect(open?["updatedAt"] == 1_700_000_000_123)
            #expect(open?["metrics"]?["durationSummary"] == ["startedAtUTC": .integer(RunTests.now * 3_600_000)])
            #expect(open?["metrics"]?["recordSummary"]?["skippedRecordCount"] == 0)
            #expect(
                open?["metrics"]?["recordSummary"]?["targetSummaries"]?[0]?["entitySummaries"]
                    == [["id": .string("segment:\(audience)")]]
            )
            #expect(try await world.flow(.get, "/runs/\(flow)-\(RunTests.now - 9)").item == expected)
        }
    }

    @Test func `an hour has figures by audience, of those that were taken out too, and of what tells of none`()
        async throws
    {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let flow = try await world.makeFlow().flow.id
            _ = try await world.patchFlow(
                flow,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience, backfill: false))]
            )
            let gone = UUIDBytes(high: 7, low: 7)
            var books = AudienceBooks()
            books.enter(DataflowCounters(triggered: 2, delivered: 1, parked: 1), of: [Audience.ID(uuid: gone)])
            var hour = RunTests.hour(
                RunTests.now,
                DataflowCounters(triggered: 9, delivered: 5, suppressedDisabled: 1, parked: 2)
            )
            hour.audiences = books
            let before = RunTests.hour(RunTests.now - 1, DataflowCounters(triggered: 1))
            let dataflow = try RunTests.id(flow)
            world.engine.state.withLock { [hour] in $0.hours[dataflow] = [before, hour] }

            let runs = try await world.flow(.get, "/runs?property=flowId==\(flow)")["items"]

            func counts(_ input: Int64, _ output: Int64, _ failed: Int64, _ skipped: Int64) -> JSONObject {
                [
                    "inputRecordCount": .integer(input), "outputRecordCount": .integer(output),
                    "failedRecordCount": .integer(failed), "skippedRecordCount": .integer(skipped),
                ]
            }
            var (mapped, unmapped) = (counts(0, 0, 0, 0), counts(2, 1, 1, 0))
            mapped["id"] = .string("segment:\(audience)")
            unmapped["id"] = .string("segment:\(gone)")
            let summary = runs?[1]?["metrics"]?["recordSummary"]
            #expect(
                summary?["targetSummaries"]?[0]?["entitySummaries"] == .array([.object(mapped), .object(unmapped)])
            )
            #expect(summary?["withoutAudience"] == .object(counts(7, 4, 1, 1)))
            #expect(runs?[0]?["metrics"]?["recordSummary"]?["withoutAudience"] == nil)
            let filter = "metrics.recordSummary.targetSummaries[].entitySummaries[].id==segment:\(gone)"
            let found = try await world.flow(.get, "/runs?property=\(filter)")
            #expect(RunTests.ids(found) == ["\(flow)-\(RunTests.now)"])
        }
    }

    @Test func `runs are filtered, ordered, counted, paged and shown in part`() async throws {
        try await FlowWorld.run { world in
            let flow = try await RunTests.makeFlow(world)
            let other = try await RunTests.makeFlow(world)
            let (first, second, third) = (
                "\(flow)-\(RunTests.now - 9)", "\(flow)-\(RunTests.now - 2)", "\(flow)-\(RunTests.now)"
            )
            let mine = "property=flowId==\(flow)"
            let cases: [(String, [String])] = [
                (mine, [first, second, third]),
                ("\(mine)&orderby=-createdAt", [third, second, first]),
                ("\(mine)&property=state==inProgress", [third]),
                ("\(mine)&property=metrics.statusSummary.status==Failed", [second]),
                ("\(mine)&property=metrics.statusSummary.status!=FAILED", [first, third]),
                ("property=id==\(second)", [second]),
                (
                    "\(mine)&property=metrics.durationSummary.startedAtUTC>=\((RunTests.now - 2) * 3_600_000)",
                    [second, third]
                ),
                ("property=flowId==\(flow)&property=flowId==\(other)", []),
                ("property=flowId==\(UUIDBytes(high: 1, low: 1))", []),
            ]
            for (query, expected) in cases {
                #expect(RunTests.ids(try await world.flow(.get, "/runs?\(query)")) == expected, "\(query)")
            }
            #expect(try await world.flow(.get, "/runs?count=true").json == ["count": 6])
            #expect(try await world.flow(.get, "/runs?count=true&\(mine)").json == ["count": 3])
            let page = try await world.flow(.get, "/runs?\(mine)&limit=2&projectionFields=state")
            #expect(page.item == ["id": .string(first), "state": "completed"])
            let next = try #require(page["_links"]?["next"]?["href"]?.string)
            let rest = try await world.flow(.get, next)
            #expect(rest["items"] == [["id": .string(third), "state": "inProgress"]])
        }
    }

    @Test func `a backfill is a run`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("VIP")
            let flow = try await world.makeFlow().flow.id
            let mapped = try await world.patchFlow(
                flow,
                [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))]
            )
            let id = try #require(mapped["backfillId"]?.string)

            let waiting = try await world.flow(.get, "/runs/\(id)")
            #expect(waiting.item["state"] == "inProgress")
            #expect(waiting.item["kind"] == "backfill")
            #expect(
                waiting.item["metrics"]?["recordSummary"]?["targetSummaries"]?[0]?["entitySummaries"]
                    == [["id": .string("segment:\(audience)")]]
            )

            let backfill = Backfill.ID(uuid: try #require(UUIDBytes(id)))
            let start = world.clock.now()
            var run = BackfillRun(
                Backfill(id: backfill, dataflow: try RunTests.id(flow)),
                total: 10,
                now: start
            )
            (run.processed, run.records) = (10, 6)
            for (state, word, status) in [
                (BackfillRun.State.running, "inProgress", "inProgress"), (.paused, "inProgress", "inProgress"),
                (.completed, "completed", "success"), (.cancelled, "failed", "failed"),
            ] {
                run.state = state
                run.endedAt = state.isEnd ? Timestamp(milliseconds: start.milliseconds + 5) : nil
                world.engine.state.withLock { [run] in $0.backfillRuns[backfill] = run }
                let shown = try await world.flow(.get, "/runs?property=flowId==\(flow)&property=id==\(id)").item
                #expect(shown["state"] == .string(word), "\(state)")
                #expect(shown["metrics"]?["statusSummary"]?["status"] == .string(status))
                #expect(shown["metrics"]?["recordSummary"]?["inputRecordCount"] == 10)
                #expect(shown["metrics"]?["recordSummary"]?["outputRecordCount"] == 6)
                #expect(
                    shown["metrics"]?["durationSummary"]?["completedAtUTC"]
                        == (state.isEnd ? .integer(start.milliseconds + 5) : nil)
                )
            }
        }
    }

    @Test func `a run that is not there is not found, and those of a deleted flow are not`() async throws {
        try await FlowWorld.run { world in
            let flow = try await RunTests.makeFlow(world)
            for id in ["x", "\(flow)", "\(flow)-5", "\(flow)-", "%F0%9F%92%A7", "\(UUIDBytes(high: 1, low: 1))"] {
                let answer = try await world.flow(.get, "/runs/\(id)")
                #expect(answer.status == 404, "\(id)")
                #expect(answer.errorCode == "1439-404")
            }
            _ = try await world.flow(.delete, "/flows/\(flow)")
            #expect(try await world.flow(.get, "/runs").json == ["items": [], "_links": [:]])
            #expect(try await world.flow(.get, "/runs/\(flow)-\(RunTests.now)").status == 404)
        }
    }
}
