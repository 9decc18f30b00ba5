import ActivationCore
import ActivationEngine
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// Draft, published, inactive, deleted, by both doors (BEHAVIOUR 5.2).
@Suite(.timeLimit(.minutes(5))) struct AudienceLifecycleTests {
    private static let audiences = "/data/core/ups/audiences"
    private static let definitions = "/data/core/ups/segment/definitions"

    private func make(
        _ world: IngestWorld,
        _ name: String,
        _ rule: String = "age > 2",
        state: String? = nil
    ) async throws -> String {
        var body: JSONObject = ["name": .string(name), "expression": ["value": .string(rule)]]
        body["lifecycleState"] = state.map { .string($0) }
        let made = try await world.send(.post, Self.audiences, JSONValue.object(body).text)
        return try #require(made["id"]?.string, "\(made.text)")
    }

    /// Moves an audience by the door that changes definitions, or by the newer one.
    private func move(
        _ world: IngestWorld,
        _ id: String,
        to state: String,
        byNewDoor: Bool = true
    ) async throws -> IngestWorld.Answer {
        byNewDoor
            ? try await world.send(
                .patch,
                "\(Self.audiences)/\(id)",
                #"[{"op":"add","path":"/lifecycleState","value":"\#(state)"}]"#
            ) : try await world.send(.patch, "\(Self.definitions)/\(id)", #"{"lifecycleState":"\#(state)"}"#)
    }

    private func state(_ world: IngestWorld, _ id: String) async throws -> [String?] {
        [
            try await world.send(.get, "\(Self.audiences)/\(id)")["lifecycleState"]?.string,
            try await world.send(.get, "\(Self.definitions)/\(id)")["lifecycleState"]?.string,
        ]
    }

    /// A flow that maps audiences.
    private func map(_ world: IngestWorld, _ audience: String, isEnabled: Bool = true) async throws -> ControlEntry {
        try await world.dependencies.control.write { draft throws(APIError) in
            try draft.insert(
                .flow,
                body: [
                    "name": "to-kinesis", "state": isEnabled ? "enabled" : "disabled",
                    "transformations": [
                        [
                            "name": "GeneralTransform",
                            "params": [
                                "segmentSelectors": [
                                    "selectors": [["type": "PLATFORM_SEGMENT", "value": ["id": .string(audience)]]]
                                ]
                            ],
                        ]
                    ],
                ]
            )
        }
    }

    private func send(_ world: IngestWorld, _ number: Int, age: Int) async throws {
        let line = #"{"identityMap":{"Email":[{"id":"p\#(number)@x.example"}]},"age":\#(age)}"#
        #expect(try await world.send(.post, "/v1/profiles", line)["accepted"] == 1)
    }

    private func members(_ world: IngestWorld, _ id: String) async throws -> Int64? {
        try await world.send(.get, "\(Self.audiences)/\(id)")["memberCount"]?.int64
    }

    private func awaitDone(_ world: IngestWorld, _ id: String) async throws {
        let uuid = try #require(UUIDBytes(id))
        while world.dependencies.engine.evaluationProgress(Audience.ID(uuid: uuid))?.isDone != true {
            await Task.yield()
        }
    }

    // MARK: Moves

    @Test(arguments: [
        ("draft", "draft", 200), ("draft", "published", 200), ("draft", "inactive", 409), ("published", "draft", 409),
        ("published", "published", 200), ("published", "inactive", 200), ("inactive", "draft", 409),
        ("inactive", "published", 200), ("inactive", "inactive", 200),
    ])
    func `every move is allowed or refused by both doors`(from: String, to: String, status: Int) async throws {
        try await IngestWorld.run { world in
            for isNew in [true, false] {
                let id = try await make(world, "audience \(isNew)", state: from)
                let answer = try await move(world, id, to: to, byNewDoor: isNew)
                #expect(answer.status == status, "\(answer.text)")
                if status == 409 {
                    #expect(answer.errorCode == "AUDIENCE_STATE_CONFLICT")
                    #expect(to != "draft" || answer["detail"]?.string?.contains("copy") == true)
                }
                let expected = status == 200 ? to : from
                #expect(try await state(world, id) == [expected, expected])
            }
        }
    }

    @Test(arguments: ["draft", "published", "inactive"])
    func `whoever nobody uses is deleted from any state`(state: String) async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience", state: state)
            let deleted = try await world.send(.delete, "\(Self.audiences)/\(id)")
            #expect(deleted.status == 204 && deleted.text.isEmpty)
            #expect(try await world.send(.get, "\(Self.definitions)/\(id)").status == 404)
        }
    }

    @Test func `a new audience is published, and a state that is none is refused`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience")
            #expect(try await state(world, id) == ["published", "published"])
            let wrong = try await move(world, id, to: "deleted")
            #expect(wrong.status == 400 && wrong.errorCode == "FIELD_INVALID")
        }
    }

    // MARK: Uses

    @Test(arguments: [true, false])
    func `A35 an audience that is mapped to a flow cannot be deactivated`(isEnabled: Bool) async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience")
            let flow = try await map(world, id, isEnabled: isEnabled)
            for isNew in [true, false] {
                let refused = try await move(world, id, to: "inactive", byNewDoor: isNew)
                #expect(refused.status == 409)
                #expect(refused.errorCode == "AUDIENCE_IN_USE")
                #expect(refused["flowId"]?.string == flow.id)
                #expect(refused["uses"] == [["kind": "flow", "id": .string(flow.id), "name": "to-kinesis"]])
            }
            #expect(try await state(world, id) == ["published", "published"])

            _ = try await world.dependencies.control.write { draft throws(APIError) in draft.remove(flow) }
            #expect(try await move(world, id, to: "inactive").status == 200)
        }
    }

    @Test func `A34 an audience that is mapped to a flow cannot be deleted by the newer door either`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience")
            let flow = try await map(world, id)
            let refused = try await world.send(.delete, "\(Self.audiences)/\(id)")
            #expect(refused.status == 409)
            #expect(refused.errorCode == "AUDIENCE_IN_USE")
            #expect(refused["flowId"]?.string == flow.id)
            #expect(try await state(world, id) == ["published", "published"])
        }
    }

    @Test(arguments: ["draft", "published", "inactive"])
    func `an audience that another asks for is neither deactivated nor deleted`(state: String) async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "asked")
            let asker = try await make(world, "asker", #"inSegment("asked")"#, state: state)
            let refusals = [
                try await move(world, id, to: "inactive"), try await world.send(.delete, "\(Self.audiences)/\(id)"),
            ]
            for refused in refusals {
                #expect(refused.status == 409)
                #expect(refused.errorCode == "AUDIENCE_IN_USE")
                #expect(refused["uses"] == [["kind": "audience", "id": .string(asker), "name": "asker"]])
            }
            let shown = try await world.send(.get, "\(Self.audiences)/\(id)")
            #expect(shown["dependents"] == [.string(asker)])
            let asking = try await world.send(.get, "\(Self.audiences)/\(asker)")
            #expect(asking["dependencies"] == [.string(id)])
            #expect(try await world.send(.delete, "\(Self.audiences)/\(asker)").status == 204)
            #expect(try await move(world, id, to: "inactive").status == 200)
        }
    }

    @Test(arguments: ["draft", "inactive"])
    func `an audience that is not published cannot be mapped`(state: String) async throws {
        try await FlowWorld.run { world in
            let audience = try await world.send(
                .post,
                Self.audiences,
                ["name": "a", "expression": ["value": "age > 1"], "lifecycleState": .string(state)]
            ).id
            let flow = try await world.makeFlow().flow
            let refused = try await world.flow(
                .patch,
                "/flows/\(flow.id)",
                [FlowWorld.add("\(FlowWorld.segments)/-", FlowWorld.segment(audience))],
                ifMatch: flow.etag
            )
            #expect(refused.status == 409, "\(refused.text)")
            #expect(refused.errorCode == "AUDIENCE_NOT_PUBLISHED")
            #expect(refused.detail.contains(state))
        }
    }

    // MARK: Evaluation

    @Test func `a draft is counted, an inactive audience stays as it is, and publishing evaluates it again`()
        async throws
    {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience", state: "draft")
            try await send(world, 1, age: 5)
            try await send(world, 2, age: 5)
            #expect(try await members(world, id) == 2)
            #expect(try await move(world, id, to: "published").status == 200)
            #expect(try await move(world, id, to: "inactive").status == 200)

            try await send(world, 1, age: 1)
            try await send(world, 3, age: 5)
            try await send(world, 4, age: 5)
            #expect(try await members(world, id) == 2)
            let resting = try await world.send(.get, "\(Self.audiences)/\(id)")
            #expect(resting["evaluationProgress"] == nil && resting["evaluationPlan"] == nil)

            #expect(try await move(world, id, to: "published").status == 200)
            try await awaitDone(world, id)
            #expect(try await members(world, id) == 3)
        }
    }

    @Test func `an audience may ask for an inactive one, whose memberships stand`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "asked")
            try await send(world, 1, age: 5)
            #expect(try await move(world, id, to: "inactive").status == 200)
            let asker = try await make(world, "asker", #"inSegment("asked") and age < 2"#)
            try await send(world, 1, age: 1)
            #expect(try await members(world, asker) == 1)
            // And it cannot go while it is asked for.
            #expect(try await world.send(.delete, "\(Self.audiences)/\(id)").status == 409)
        }
    }

    @Test func `what does not change the outcome does not evaluate anew`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience", state: "draft")
            try await awaitDone(world, id)
            let engine = world.dependencies.engine
            let audience = Audience.ID(uuid: try #require(UUIDBytes(id)))
            for body in [#"{"tags":["spring"]}"#, #"{"lifecycleState":"published"}"#, #"{"description":"better"}"#] {
                let before = try await world.send(.get, "\(Self.definitions)/\(id)")
                let after = try await world.send(.patch, "\(Self.definitions)/\(id)", body)
                #expect(after.status == 200)
                #expect(after["evaluationProgress"]?["state"] == "done", "\(body)")
                #expect((after["updateTime"]?.int64 ?? 0) > (before["updateTime"]?.int64 ?? 0))
                #expect(after["ruleChangedAt"] == nil)
            }
            #expect(engine.evaluationProgress(audience)?.isDone == true)
            // The store is read from the beginning once the rule is another.
            try await send(world, 1, age: 5)
            let changed = try await world.send(
                .patch,
                "\(Self.definitions)/\(id)",
                #"{"expression":{"value":"age > 3"}}"#
            )
            #expect(changed["evaluationProgress"]?["state"] != nil)
            try await awaitDone(world, id)
            #expect(try await members(world, id) == 1)
        }
    }

    @Test func `a job is about audiences that are evaluated`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience")
            let resting = try await make(world, "resting", state: "inactive")
            let jobs = "/data/core/ups/segment/jobs"
            let refused = try await world.send(.post, jobs, #"[{"segmentId":"\#(resting)"}]"#)
            #expect(refused.status == 400)
            #expect(refused["detail"]?.string?.contains("inactive") == true)
            let all = try await world.send(.post, jobs, #"[{"segmentId":"*"}]"#)
            #expect(all["segments"]?.array?.compactMap { $0["segmentId"]?.string } == [id])
        }
    }

    // MARK: History

    @Test func `the history tells of states and tags`() async throws {
        try await IngestWorld.run { world in
            let id = try await make(world, "audience", state: "draft")
            _ = try await move(world, id, to: "published")
            _ = try await world.send(.patch, "\(Self.definitions)/\(id)", #"{"tags":["spring"]}"#)
            let told = try await world.send(.get, "/v1/changes?object=\(id)")
            let changes = try #require(told["items"]?.array)
            #expect(changes.map { $0["action"]?.string } == ["update", "update", "create"])
            #expect(changes[0]["difference"] == [["path": "/tags", "after": ["spring"]]])
            let state: JSONValue = ["path": "/lifecycleState", "before": "draft", "after": "published"]
            #expect(changes[1]["difference"] == [state], "\(told.text)")
            #expect(!told.text.contains("ruleChangedAt"))
        }
    }
}
