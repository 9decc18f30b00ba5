import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// Who sees what has labels (BEHAVIOUR 8.5; acceptance scenario A39).
struct LabelVisibilityTests {
    private static let base = "/data/foundation/access-control/administration"
    private static let definitions = "/data/core/ups/segment/definitions"

    /// Switches the access policy.
    private static func set(_ status: String, _ world: FlowWorld) async throws {
        let answer = try await world.send(
            .patch,
            "\(base)/policies/default",
            ["operations": [["op": "replace", "path": "/status", "value": .string(status)]]]
        )
        #expect(answer.status == 200 && answer["status"]?.string == status, "\(answer.text)")
    }

    /// A program that may do everything a role can say, and sees these labels.
    private static func program(_ world: FlowWorld, _ labels: String...) async throws -> FlowWorld.Program {
        let role = try await world.send(
            .post,
            "\(base)/roles",
            [
                "name": .string("sees \(labels)"),
                "permissionSets": .array(
                    Permission.allCases.filter { $0 != .administer }.map { .string($0.apiName) }
                ),
                "subjectAttributes": ["labels": .array(labels.map { .string($0) })],
            ]
        )
        #expect(role.status == 200, "\(role.text)")
        return try await world.program(ofRole: role.id)
    }

    @Test func `A39 who cannot see a mapped field changes nothing of the dataflow`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.income", "C5")
            let flow = try await world.makeFlow().flow.id
            #expect(try await world.map(attribute: "person.income", to: flow).status == 202)
            let audience = try await world.makeAudience("grown")
            let (blind, sighted) = (try await Self.program(world), try await Self.program(world, "core/C5"))
            let path = "\(FlowWorld.base)/flows/\(flow)"
            let adding: JSONValue = [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(audience))]
            func etag() async throws -> String? { try await world.send(.get, path).item["etag"]?.string }

            // Labels decide nothing until they are switched on.
            let before = try await blind.send(
                .patch,
                path,
                [["op": "replace", "path": "/name", "value": "other"]],
                ifMatch: try await etag()
            )
            #expect(before.status == 202, "\(before.text)")
            try await Self.set("active", world)

            for change in [
                adding, [["op": "replace", "path": "/name", "value": "third"]],
                [["op": "remove", "path": .string(FlowWorld.attributes + "/0")]],
            ] {
                let refused = try await blind.send(.patch, path, change, ifMatch: try await etag())
                #expect(refused.status == 403 && refused.errorCode == "FIELD_HIDDEN", "\(change.text) \(refused.text)")
                #expect(!refused.text.contains("income"), "an error names no hidden field")
            }
            #expect(try await blind.send(.delete, path, ifMatch: try await etag()).status == 403)
            #expect(try await sighted.send(.patch, path, adding, ifMatch: try await etag()).status == 202)

            // Nor can they map one.
            let other = try await world.makeFlow(name: "second").flow.id
            let second = "\(FlowWorld.base)/flows/\(other)"
            for attribute in ["person.income", "person"] {
                let tag = try await world.send(.get, second).item["etag"]?.string
                let mapping: JSONValue = [FlowWorld.add(FlowWorld.attributes + "/-", FlowWorld.attribute(attribute))]
                #expect(try await blind.send(.patch, second, mapping, ifMatch: tag).status == 403)
            }
            try await Self.set("inactive", world)
            #expect(try await blind.send(.patch, path, adding, ifMatch: try await etag()).errorCode != "FIELD_HIDDEN")
        }
    }

    @Test func `an audience with labels is not there for who lacks one of them`() async throws {
        try await FlowWorld.run { world in
            let hidden = try await world.makeAudience("hidden")
            let open = try await world.makeAudience("open")
            let labelled = try await world.send(
                .patch,
                "/data/core/ups/audiences/\(hidden)",
                [["op": "add", "path": "/labels", "value": ["core/C1", "core/C3"]]]
            )
            #expect(labelled.status == 200, "\(labelled.text)")
            try await Self.set("active", world)
            let blind = try await Self.program(world, "core/C1")
            let sighted = try await Self.program(world, "core/C1", "core/C3", "core/C4")

            for list in [Self.definitions, "/data/core/ups/audiences"] {
                let text = try await blind.send(.get, list).text
                #expect(text.contains(open) && !text.contains(hidden), "\(list)")
                #expect(!text.contains("hidden"))
                #expect(try await sighted.send(.get, list).text.contains(hidden))
            }
            let unknown = "00000000-0000-4000-8000-000000000000"
            for (method, tail, body) in [
                (HTTPRequest.Method.get, "", nil as JSONValue?), (.patch, "", ["description": "mine"]),
                (.delete, "", nil),
            ] {
                let answer = try await blind.send(method, "\(Self.definitions)/\(hidden)\(tail)", body)
                let stranger = try await blind.send(method, "\(Self.definitions)/\(unknown)\(tail)", body)
                #expect(answer.status == stranger.status && answer.errorCode == stranger.errorCode, "\(method)")
                #expect(answer.detail == stranger.detail)
            }
            for path in ["members", "labels", "uploads"] {
                #expect(try await blind.send(.get, "/v1/audiences/\(hidden)/\(path)").status == 404, "\(path)")
            }
            #expect(try await blind.send(.get, "/v1/explain?audience=\(hidden)&namespace=Email&value=a").status == 404)

            // Nor can it be activated.
            let flow = try await world.makeFlow().flow
            let mapping: JSONValue = [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(hidden))]
            let path = "\(FlowWorld.base)/flows/\(flow.id)"
            let refused = try await blind.send(.patch, path, mapping, ifMatch: flow.etag)
            #expect(refused.status == 400, "\(refused.text)")
            #expect(try await sighted.send(.patch, path, mapping, ifMatch: flow.etag).status == 202)
        }
    }

    @Test func `labels of an audience are applied by who may apply them`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("gold")
            let marketer = try await world.program([.manageAudiences])
            let steward = try await world.program([.manageAudiences, .applyLabels])
            let path = "/data/core/ups/audiences/\(audience)"
            let labelling: JSONValue = [["op": "add", "path": "/labels", "value": ["core/C2"]]]
            #expect(try await marketer.send(.patch, path, labelling).status == 403)
            #expect(try await steward.send(.patch, path, labelling).status == 200)
            let taking: JSONValue = [["op": "remove", "path": "/labels"]]
            #expect(try await marketer.send(.patch, path, taking).status == 403)
            let describing: JSONValue = [["op": "add", "path": "/description", "value": "of gold"]]
            #expect(try await marketer.send(.patch, path, describing).status == 200)
            let unknown: JSONValue = [["op": "add", "path": "/labels", "value": ["core/C99"]]]
            #expect(try await steward.send(.patch, path, unknown).status == 400)
        }
    }

    @Test func `rules about fields that somebody may not see are not theirs to make or to try`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.income", "S1")
            try await Self.set("active", world)
            let (blind, sighted) = (try await Self.program(world), try await Self.program(world, "S1"))
            let rule: JSONValue = ["type": "PQL", "format": "pql/text", "value": "person.income > 3"]
            let definition: JSONValue = ["name": "rich", "expression": rule]
            #expect(try await blind.send(.post, Self.definitions, definition).errorCode == "FIELD_HIDDEN")
            let preview: JSONValue = ["predicateExpression": "person.income > 3", "predicateType": "pql/text"]
            #expect(try await blind.send(.post, "/data/core/ups/preview", preview).errorCode == "FIELD_HIDDEN")
            let made = try await sighted.send(.post, Self.definitions, definition)
            #expect(made.status == 200, "\(made.text)")
            let explain = "/v1/explain?audience=\(made.id)&namespace=Email&value=a"
            #expect(try await blind.send(.get, explain).errorCode == "FIELD_HIDDEN")
            #expect(try await sighted.send(.get, explain).errorCode == "PROFILE_UNKNOWN")
        }
    }

    @Test func `an entity is shown without its hidden fields`() throws {
        var draft = ControlDraft(
            snapshot: ControlSnapshot(),
            by: .server,
            now: Timestamp(milliseconds: 1),
            ids: RandomIDSource()
        )
        for (path, label) in [("person.income", "C5"), ("orders.price", "C5"), ("identityMap", "I1"), ("open", "C4")] {
            try draft.insert(
                .placedLabels,
                id: LabelPlace.field(path.dottedKeys).id,
                body: ["labels": [.string(label)]]
            )
        }
        let entity: JSONValue = [
            "person": ["income": 3, "age": 4], "orders": [["price": 1, "shop": "x"], ["price": 2]], "open": ["a": 1],
            "identityMap": ["Email": [["id": "a"]]], "other": 1,
        ]
        let seen = draft.snapshot.placedLabels.visible(entity, by: Clearance(labels: ["C4"]))
        #expect(seen == ["person": ["age": 4], "orders": [["shop": "x"], [:]], "open": ["a": 1], "other": 1])
        #expect(draft.snapshot.placedLabels.visible(entity, by: .everything) == entity)
        #expect(draft.snapshot.admits(Clearance(labels: ["C5"]), ["person"]))
        #expect(!draft.snapshot.admits(Clearance(labels: ["C4"]), ["person"]))
        #expect(!draft.snapshot.admits(Clearance(labels: []), ["open", "a"]))
    }
}
