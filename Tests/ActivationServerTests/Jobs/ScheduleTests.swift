import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

@Suite struct ScheduleTests {
    private let schedules = "/data/core/ups/config/schedules"
    private let jobs = "/data/core/ups/segment/jobs"
    private let day: Int64 = 86_400_000

    /// The clock of the world begins at 09:15:04 UTC.
    private func body(_ more: String = "", state: String = "active", segments: String = #"["*"]"#) -> String {
        #"{"name":"nightly","type":"batch_segmentation","properties":{"segments":\#(segments)},"state":"\#(state)"\#(more)}"#
    }

    private func audience(_ world: IngestWorld) async throws {
        _ = try await world.send(
            .post,
            "/data/core/ups/segment/definitions",
            #"{"name":"one","expression":{"value":"a = 1"}}"#
        )
    }

    private func jobCount(_ world: IngestWorld) async throws -> Int64? {
        try await world.send(.get, jobs)["_page"]?["totalCount"]?.int64
    }

    @Test func `a schedule is made, read, listed, changed and deleted`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(
                .post,
                schedules,
                #"{"name":"profile-default","type":"batch_segmentation","properties":{"segments":["*"]}}"#
            )
            let place = "\(schedules)/\(created["id"]?.string ?? "")"
            let activated = try await world.send(.patch, place, #"[{"op":"add","path":"/state","value":"active"}]"#)
            let moved = try await world.send(
                .patch,
                place,
                #"[{"op":"add","path":"/schedule","value":"0 0 2 * * ?"}]"#
            )
            let read = try await world.send(.get, place)
            let list = try await world.send(.get, schedules + "?limit=10")
            let deleted = try await world.send(.delete, place)

            #expect(created.status == 200)
            #expect(created["state"] == "inactive")
            #expect(created["schedule"] == "0 0 1 * * ?")
            #expect(created["nextRunTime"] == nil)
            #expect(created["imsOrgId"]?.string == world.start.orgID)
            #expect(activated.status == 204)
            #expect(activated.text.isEmpty)
            #expect(moved.status == 204)
            #expect(read["state"] == "active")
            #expect(read["schedule"] == "0 0 2 * * ?")
            #expect(read["nextRunTime"]?.int64 == 1_772_503_200_000)
            #expect(list["_page"] == ["totalCount": 1, "pageSize": 1])
            #expect(list["children"]?[0]?["name"] == "profile-default")
            #expect(deleted.status == 204)
            #expect(try await world.send(.get, place).errorCode == "SCHEDULE_UNKNOWN")
            #expect(try await world.send(.delete, place).status == 404)
            #expect(
                try await world.send(.patch, place, #"[{"op":"add","path":"/state","value":"active"}]"#).status == 404
            )
        }
    }

    @Test(arguments: [
        "[]", #"{"type":"batch_segmentation","properties":{"segments":["*"]}}"#,
        #"{"name":"x","type":"export","properties":{"segments":["*"]}}"#,
        #"{"name":"x","type":"batch_segmentation"}"#,
        #"{"name":"x","type":"batch_segmentation","properties":{"segments":[]}}"#,
        #"{"name":"x","type":"batch_segmentation","properties":{"segments":[1]}}"#,
        #"{"name":"x","type":"batch_segmentation","properties":{"segments":["*"]},"state":"on"}"#,
        #"{"name":"x","type":"batch_segmentation","properties":{"segments":["*"]},"schedule":"daily"}"#,
        #"{"name":"x","type":"batch_segmentation","properties":{"segments":["*"]},"schedule":"0 0 */2 * * ?"}"#,
        #"{"name":"x","type":"batch_segmentation","properties":{"segments":["*"]},"schedule":7}"#,
    ])
    func `what is no schedule is refused`(body: String) async throws {
        try await IngestWorld.run { world in
            let answer = try await world.send(.post, schedules, body)
            #expect(answer.errorCode == "FIELD_INVALID")
        }
    }

    @Test func `other members and other edits are refused`() async throws {
        try await IngestWorld.run { world in
            let created = try await world.send(.post, schedules, body())
            let place = "\(schedules)/\(created["id"]?.string ?? "")"
            for patch in [
                #"[{"op":"replace","path":"/name","value":"x"}]"#, #"[{"op":"remove","path":"/state"}]"#,
                #"[{"op":"add","path":"/state","value":"on"}]"#, #"[{"op":"add","path":"/schedule","value":"x"}]"#,
                #"[{"op":"add","path":"/lastRun","value":1}]"#, "[]", "{}",
            ] {
                #expect(try await world.send(.patch, place, patch).status == 400, "\(patch)")
            }
        }
    }

    @Test func `a time runs once, and of those that were missed only the last one`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            try await audience(world)
            let created = try await world.send(.post, schedules, body())
            let id = try #require(created["id"]?.string)
            let runner = ScheduleRunner(world.dependencies)

            await runner.step()
            #expect(try await jobCount(world) == 0)
            clock.advance(by: day)
            await runner.step()
            await runner.step()
            #expect(try await jobCount(world) == 1)
            let job = try await world.send(.get, jobs)["children"]?[0]
            #expect(job?["source"] == "scheduler")
            #expect(job?["properties"]?["scheduleId"]?.string == id)
            clock.advance(by: 5 * day)
            await ScheduleRunner(world.dependencies).step()
            await runner.step()
            #expect(try await jobCount(world) == 2)
            clock.advance(by: -2 * day)
            await runner.step()
            #expect(try await jobCount(world) == 2)
            clock.advance(by: 3 * day)
            await runner.step()
            #expect(try await jobCount(world) == 3)
            let read = try await world.send(.get, "\(schedules)/\(id)")
            #expect(read["lastRunTime"]?.int64 == 1_772_499_600_000 + 6 * day)
            #expect(read["nextRunTime"]?.int64 == 1_772_499_600_000 + 7 * day)
        }
    }

    @Test func `an inactive schedule runs nothing, and times before its activation do not count`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            try await audience(world)
            let created = try await world.send(.post, schedules, body(state: "inactive"))
            let place = "\(schedules)/\(created["id"]?.string ?? "")"
            let runner = ScheduleRunner(world.dependencies)

            clock.advance(by: 3 * day)
            await runner.step()
            _ = try await world.send(.patch, place, #"[{"op":"replace","path":"/state","value":"active"}]"#)
            await runner.step()
            #expect(try await jobCount(world) == 0)
            clock.advance(by: day)
            await runner.step()
            #expect(try await jobCount(world) == 1)
        }
    }

    @Test func `a schedule of an audience that is gone is told and does not stand in the way`() async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            try await audience(world)
            _ = try await world.send(.post, schedules, body(segments: #"["00000000-0000-0000-0000-000000000001"]"#))
            _ = try await world.send(.post, schedules, body())

            clock.advance(by: day)
            await ScheduleRunner(world.dependencies).step()

            #expect(try await jobCount(world) == 1)
        }
    }

    /// The server ends between any two of the steps of a run; the next one finishes it.
    @Test(arguments: 0...2)
    func `a run that was cut off is finished once`(after steps: Int) async throws {
        try await IngestWorld.run { world in
            let clock = try #require(world.dependencies.time as? IngestWorld.Clock)
            try await audience(world)
            let created = try await world.send(.post, schedules, body())
            let id = try #require(created["id"]?.string)
            clock.advance(by: day)
            let control = world.dependencies.control
            let due = try #require(control.entry(.schedule, id).flatMap { Schedule($0).due(at: clock.now()) })
            try await control.write { draft throws(APIError) in
                guard let entry = draft.snapshot.entry(.schedule, id) else { return }
                var body = entry.body
                body[Schedule.Key.lastRun] = .integer(due.milliseconds)
                body[Schedule.Key.dueRun] = .integer(due.milliseconds)
                body[Schedule.Key.dueSince] = .integer(clock.now().milliseconds)
                _ = try draft.replace(entry, body: body)
            }
            let store = SegmentJobStore(engine: world.dependencies.engine, control: control)
            if steps > 0 {
                let pass = try await store.evaluate(["*"])
                let run = try #require(control.entry(.schedule, id).flatMap { Schedule($0).runID })
                let origin = SegmentJobStore.Origin(source: "scheduler", properties: ["runId": .string(run)])
                if steps > 1 { try await store.note(pass, by: origin) }
            }

            let runner = ScheduleRunner(world.dependencies)
            runner.recover()
            await runner.step()
            await runner.step()

            #expect(try await jobCount(world) == 1)
            #expect(try await world.send(.get, jobs)["children"]?[0]?["source"] == "scheduler")
            #expect(control.entry(.schedule, id).map { Schedule($0).runID } == .some(nil))
        }
    }
}
