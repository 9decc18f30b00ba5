import ActivationCore
import ActivationEngine
import HTTPTypes
import Testing

@testable import ActivationServer

/// Ways around labels that were looked for: each of them is closed (BEHAVIOUR 8.5, 9.4).
struct HiddenThingsTests {
    private static let base = "/data/foundation/access-control/administration"

    /// A world in which `person.income` has label S1 and the audience `hidden` has C1, and a program that sees neither.
    private static func run(
        _ body: @Sendable (FlowWorld, FlowWorld.Program, _ hidden: String) async throws -> Void
    ) async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.income", "S1")
            let hidden = try await world.makeAudience("hidden")
            let labels: JSONValue = [["op": "add", "path": "/labels", "value": ["core/C1"]]]
            #expect(try await world.send(.patch, "/data/core/ups/audiences/\(hidden)", labels).status == 200)
            let role = try await world.send(
                .post,
                "\(base)/roles",
                [
                    "name": "blind",
                    "permissionSets": .array(
                        Permission.allCases.filter { $0 != .administer && $0 != .viewActivityLog }.map {
                            .string($0.apiName)
                        }
                    ),
                ]
            )
            let active: JSONValue = [["op": "replace", "path": "/status", "value": "active"]]
            #expect(try await world.send(.patch, "\(base)/policies/default", active).status == 200)
            try await body(world, try await world.program(ofRole: role.id), hidden)
        }
    }

    @Test func `a bulk change that changes nothing does not show a hidden audience`() async throws {
        try await Self.run { world, blind, hidden in
            let open = try await world.makeAudience("open")
            for ids in [[hidden], [open, hidden]] {
                let body: JSONValue = ["op": "publish", "ids": .array(ids.map { .string($0) })]
                let answer = try await blind.send(.post, "/v1/audiences/bulk", body)
                #expect(answer.status >= 400, "\(answer.text)")
                #expect(!answer.text.contains("\"hidden\""))
            }
        }
    }

    @Test func `a name that is taken by a hidden audience is not told with its id`() async throws {
        try await Self.run { world, blind, hidden in
            let definition: JSONValue = [
                "name": "hidden", "expression": ["type": "PQL", "format": "pql/text", "value": "person.age > 3"],
            ]
            let answer = try await blind.send(.post, "/data/core/ups/segment/definitions", definition)
            #expect(answer.errorCode == "NAME_TAKEN" || answer.status == 409, "\(answer.text)")
            #expect(!answer.text.contains(hidden))
        }
    }

    @Test func `a rule cannot ask for a hidden audience, by no name of it and nowhere`() async throws {
        try await Self.run { world, blind, hidden in
            for rule in [#"inSegment("ID")"#, #"segmentMembership.ups["ID"].status = "realized""#] {
                var told: Set<String> = []
                for name in ["hidden", hidden, "nobody"] {
                    for (path, body) in Self.askingPlaces(.string(rule.replacing("ID", with: name))) {
                        let answer = try await blind.send(.post, path, body)
                        #expect(answer.errorCode == "PQL_INVALID", "\(path): \(answer.text)")
                        told.insert(answer.detail.replacing(name, with: "ID"))
                    }
                }
                #expect(told.count == 1, "\(told)")
            }
        }
    }

    /// Where a rule can be asked for, with its body.
    private static func askingPlaces(_ rule: JSONValue) -> [(String, JSONValue)] {
        [
            ("/data/core/ups/preview", ["predicateExpression": rule, "predicateType": "pql/text"]),
            ("/v1/audiences/check", ["expression": ["value": rule]]),
            ("/data/core/ups/segment/definitions", ["name": "asking", "expression": ["value": rule]]),
            ("/v1/rehearsals", ["audience": ["expression": ["value": rule]]]),
        ]
    }

    @Test func `a rule about a hidden field is checked for nobody who may not see it`() async throws {
        try await Self.run { world, blind, _ in
            for (path, body) in Self.askingPlaces("person.income = \"hgih\"") {
                let answer = try await blind.send(.post, path, body)
                #expect(answer.errorCode == "FIELD_HIDDEN", "\(path): \(answer.text)")
            }
        }
    }

    @Test func `a mapping of a hidden field is rehearsed by nobody who may not see it`() async throws {
        try await Self.run { world, blind, _ in
            let transformations: JSONValue = [
                [
                    "name": "GeneralTransform",
                    "params": ["profileSelectors": ["selectors": [FlowWorld.attribute("person.income")]]],
                ]
            ]
            let dataflow = try await blind.send(
                .post,
                "/v1/rehearsals",
                ["dataflow": ["transformations": transformations]]
            )
            #expect(dataflow.errorCode == "FIELD_HIDDEN", "\(dataflow.text)")
        }
    }

    @Test func `who may not see a field does not turn its stream elsewhere either`() async throws {
        try await Self.run { world, blind, _ in
            let (flow, parts) = try await world.makeFlow()
            #expect(try await world.map(attribute: "person.income", to: flow.id).status == 202)
            for (list, id, path, value) in [
                ("targetConnections", parts.target, "/params/stream", "mine"),
                ("connections", parts.kinesisBase, "/name", "x"),
            ] {
                let tag = try await world.flow(.get, "/\(list)/\(id)").item["etag"]?.string
                let change: JSONValue = [["op": "replace", "path": .string(path), "value": .string(value)]]
                let answer = try await blind.send(.patch, "\(FlowWorld.base)/\(list)/\(id)", change, ifMatch: tag)
                #expect(answer.errorCode == "FIELD_HIDDEN", "\(list): \(answer.text)")
            }
            let backfill = try await blind.send(.post, "/v1/backfills", ["dataflowId": .string(flow.id)])
            #expect(backfill.status >= 400)
        }
    }

    @Test func `a hidden audience is not taken out of a dataflow unseen`() async throws {
        try await Self.run { world, blind, hidden in
            let flow = try await world.makeFlow().flow.id
            #expect(try await world.map(hidden, to: flow).status == 202)
            let path = "\(FlowWorld.base)/flows/\(flow)"
            let tag = try await world.send(.get, path).item["etag"]?.string
            let removal: JSONValue = [["op": "remove", "path": .string(FlowWorld.segments + "/0")]]
            #expect(try await blind.send(.patch, path, removal, ifMatch: tag).errorCode == "FIELD_HIDDEN")
            // Other things of it are theirs to change.
            let name: JSONValue = [["op": "replace", "path": "/name", "value": "other"]]
            #expect(try await blind.send(.patch, path, name, ifMatch: tag).status == 202)
        }
    }

    @Test func `the partition key goes out as the mapping does`() async throws {
        try await Self.run { world, _, _ in
            _ = try await world.label("person.email", "C12")
            let (_, parts) = try await world.makeFlow()
            let path = "/targetConnections/\(parts.target)"
            let tag = try await world.flow(.get, path).item["etag"]?.string
            let key: JSONValue = [
                ["op": "add", "path": "/params/partitionKey", "value": ["attribute": "person.email"]]
            ]
            let answer = try await world.flow(.patch, path, key, ifMatch: tag)
            #expect(answer.errorCode == "POLICY_VIOLATED", "\(answer.text)")
        }
    }

    @Test func `a refusal by a policy tells nothing that labels hide`() async throws {
        try await Self.run { world, blind, hidden in
            _ = try await world.label("person.income", "S1", "C2")
            _ = try await world.enable("corepolicy_0001")
            let asking = try await world.makeAudience("asking", #"inSegment("\#(hidden)")"#)
            let body: JSONValue = ["labels": ["core/C1", "core/C2"]]
            _ = try await world.send(
                .patch,
                "/data/core/ups/audiences/\(hidden)",
                [["op": "add", "path": "/labels", "value": body["labels"] ?? []]]
            )
            let flow = try await world.makeFlow(for: "exportToThirdParty")
            let path = "\(FlowWorld.base)/flows/\(flow)"
            let tag = try await world.send(.get, path).item["etag"]?.string
            let mapping: JSONValue = [FlowWorld.add(FlowWorld.segments + "/-", FlowWorld.segment(asking))]
            let answer = try await blind.send(.patch, path, mapping, ifMatch: tag)
            #expect(answer.errorCode == "POLICY_VIOLATED", "\(answer.text)")
            #expect(!answer.text.contains(hidden) && !answer.text.contains("\"hidden\\\""))
            #expect(answer.found.contains(["label": "C2", "on": "hidden"]))
        }
    }

    @Test func `a cure that the text offers is not refused`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.income", "C2")
            let audience = try await world.makeAudience("rich", "person.income > 3")
            let flow = try await world.makeFlow(for: "analytics")
            #expect(try await world.map(audience, to: flow).status == 202)
            #expect(try await world.map(attribute: "person.income", to: flow).status == 202)
            // As a store would have it whose policies came later.
            let stored = try await world.dependencies.control.write(by: .server) { draft throws(APIError) in
                guard let entry = draft.snapshot.entry(.flow, flow) else { return false }
                var body = entry.body
                body["marketingActions"] = [["type": "core", "name": "exportToThirdParty"]]
                try draft.replace(entry, body: body)
                return true
            }
            #expect(stored)
            let before = world.dependencies.control.whole
            var draft = ControlDraft(snapshot: before, by: .server, now: world.clock.now(), ids: world.dependencies.ids)
            try draft.insert(.enabledPolicies, id: "core", body: ["policyIds": ["corepolicy_0001"]])
            #expect(Set(draft.newViolations.map(\.audience)) == [nil, audience])
            // The mapped field is taken out: the audience broke the policy before, so nothing is new.
            var next = ControlDraft(
                snapshot: draft.snapshot,
                by: .server,
                now: world.clock.now(),
                ids: world.dependencies.ids
            )
            let entry = try #require(next.snapshot.entry(.flow, flow))
            var body = entry.body
            body["transformations"] = [
                [
                    "name": "GeneralTransform",
                    "params": ["segmentSelectors": ["selectors": [FlowWorld.segment(audience)]]],
                ]
            ]
            try next.replace(entry, body: body)
            #expect(next.newViolations.isEmpty)
        }
    }

    @Test func `labels on what no profile could have are refused`() async throws {
        try await FlowWorld.run { world in
            for path in ["orders%5B*%5D.price", "xEvent.commerce.order", "a..b"] {
                let answer = try await world.label(path, "C2")
                #expect(answer.status == 400, "\(path)")
            }
        }
    }

    @Test func `long chains of audiences that ask for each other cost no more than their length`() async throws {
        var draft = ControlDraft(
            snapshot: ControlSnapshot(),
            by: .server,
            now: Timestamp(milliseconds: 1),
            ids: Counting()
        )
        try draft.insert(.placedLabels, id: LabelPlace.field(["a"]).id, body: ["labels": ["C2"]])
        func id(_ number: Int) -> String { UUIDBytes(high: 1, low: UInt64(number)).description }
        for number in 1...3_000 {
            let rule = number == 1 ? "a = 1" : #"inSegment("\#(id(number - 1))") and a = 1"#
            try draft.insert(
                .segmentDefinition,
                id: id(number),
                body: [
                    "name": .string("n\(number)"),
                    "expression": ["type": "PQL", "format": "pql/text", "value": .string(rule)],
                ]
            )
        }
        var governance = Governance(draft.snapshot, at: draft.now)
        #expect(governance.labels(ofAudience: id(3_000)).count == 3_000)
    }
}

private struct Counting: IDSource {
    func next() -> UUIDBytes { UUIDBytes(high: 9, low: UInt64.random(in: 1 ... .max)) }
}
