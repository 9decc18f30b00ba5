import ActivationCore
import HTTPTypes
import TestSupport
import Testing

@testable import ActivationServer

/// Policies hold dataflows back, and go on doing so (BEHAVIOUR 9.4; acceptance scenarios A36, A37).
struct EnforcementTests {
    /// A change of an audience's rule.
    private static func rule(_ text: String) -> JSONValue {
        [
            "expression": ["type": "PQL", "format": "pql/text", "value": .string(text)], "profileInstanceId": "ups",
            "schema": ["name": "_xdm.context.profile"],
        ]
    }

    @Test func `A36 an audience that looks at a field nobody else may have is not exported to others`() async throws {
        try await FlowWorld.run { world in
            #expect(try await world.label("person.income", "C2").status == 200)
            #expect(try await world.enable("corepolicy_0001").status == 200)
            let audience = try await world.makeAudience("rich", "person.income > 100000")
            let flow = try await world.makeFlow(for: "exportToThirdParty")
            let etag = try await world.flow(.get, "/flows/\(flow)").item["etag"]

            let refused = try await world.map(audience, to: flow)
            #expect(refused.status == 409 && refused.errorCode == "POLICY_VIOLATED", "\(refused.text)")
            #expect(refused.violated == ["corepolicy_0001"])
            #expect(
                refused.found == [
                    [
                        "label": "C2", "on": "field", "path": "person.income", "through": "definition",
                        "audienceId": .string(audience),
                    ]
                ]
            )
            #expect(refused.detail.contains("rich") && refused.detail.contains("Cures"))
            #expect(try await world.flow(.get, "/flows/\(flow)").item["etag"] == etag, "nothing has changed")

            // Each of the cures.
            let other = try await world.makeFlow(for: "analytics", name: "own")
            #expect(try await world.map(audience, to: other).status == 202)
            #expect(try await world.label("person.income").status == 200)
            #expect(try await world.map(audience, to: flow).status == 202)
        }
    }

    @Test func `A37 a label on a field that nobody looks at or maps holds nothing back`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.income", "C2")
            _ = try await world.enable("corepolicy_0001")
            let audience = try await world.makeAudience("grown", "person.age > 18")
            let flow = try await world.makeFlow(for: "exportToThirdParty")
            #expect(try await world.map(audience, to: flow).status == 202)
            #expect(try await world.map(attribute: "person.name", to: flow).status == 202)
        }
    }

    @Test func `a mapped field counts with what it lies in and what lies in it`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.income", "C2")
            _ = try await world.enable("corepolicy_0001")
            let flow = try await world.makeFlow(for: "exportToThirdParty")
            for path in ["person", "person.income", "person.income.gross"] {
                let refused = try await world.map(attribute: path, to: flow)
                #expect(refused.violated == ["corepolicy_0001"], "\(path) \(refused.text)")
                #expect(refused.found.first?["path"] == "person.income")
            }
            #expect(try await world.map(attribute: "person.incomeless", to: flow).status == 202)
        }
    }

    /// Every way in which a flow that was good could become bad.
    @Test(arguments: [
        "label on rule", "label on mapping", "label on dataset", "label on audience", "rule", "asked audience",
        "marketing action", "core policy", "own policy", "draft enabled", "merge policy",
    ])
    func `what was good stays good`(_ way: String) async throws {
        try await FlowWorld.run { world in
            let made = try await world.send(.post, "/data/foundation/catalog/dataSets", ["name": "bought"])
            let dataset = String(made.json[0]?.string?.split(separator: "/").last ?? "")
            let asked = try await world.makeAudience("asked", "person.age > 18")
            let audience = try await world.makeAudience("asking", #"inSegment("\#(asked)") and person.vip = true"#)
            let flow = try await world.makeFlow(for: "exportToThirdParty")
            #expect(try await world.map(audience, to: flow).status == 202)
            #expect(try await world.map(attribute: "person.name", to: flow).status == 202)
            let definitions = "/data/core/ups/segment/definitions"
            let own: JSONValue = [
                "name": "own",
                "marketingActionRefs": [
                    "https://platform.adobe.io/data/foundation/dulepolicy/marketingActions/core/exportToThirdParty"
                ],
                "deny": [
                    "operator": "AND",
                    "operands": [
                        ["label": "I1"], ["operator": "OR", "operands": [["label": "S1"], ["label": "S2"]]],
                    ],
                ],
            ]
            var refused: FlowWorld.Answer
            switch way {
            case "label on rule":
                _ = try await world.enable("corepolicy_0001")
                refused = try await world.label("person.vip", "C2")
            case "label on mapping":
                _ = try await world.enable("corepolicy_0001")
                refused = try await world.label("person.name.first", "C2")
            case "label on dataset":
                _ = try await world.enable("corepolicy_0001")
                refused = try await world.send(
                    .put,
                    "/data/foundation/dataset/datasets/\(dataset)/labels",
                    ["labels": ["C2"]]
                )
                #expect(refused.found.first?["dataSetId"]?.string == dataset)
            case "label on audience":
                _ = try await world.enable("corepolicy_0001")
                refused = try await world.send(
                    .patch,
                    "/data/core/ups/audiences/\(audience)",
                    [["op": "add", "path": "/labels", "value": ["core/C2"]]]
                )
            case "rule":
                _ = try await world.enable("corepolicy_0001")
                _ = try await world.label("person.income", "C2")
                refused = try await world.send(
                    .patch,
                    "\(definitions)/\(audience)",
                    EnforcementTests.rule("person.income > 3")
                )
            case "asked audience":
                _ = try await world.enable("corepolicy_0001")
                _ = try await world.label("person.income", "C2")
                refused = try await world.send(
                    .patch,
                    "\(definitions)/\(asked)",
                    EnforcementTests.rule("person.income > 3")
                )
                #expect(refused.found.first?["audienceId"]?.string == asked)
            case "marketing action":
                _ = try await world.enable("corepolicy_0003")
                _ = try await world.label("person.name", "C4")
                refused = try await world.patchFlow(
                    flow,
                    [FlowWorld.add("/marketingActions", [["type": "core", "name": "emailTargeting"]])]
                )
            case "core policy":
                _ = try await world.label("person.name", "C2")
                refused = try await world.enable("corepolicy_0001")
            case "own policy":
                _ = try await world.label("person.name", "I1", "S2")
                var enabled = own.object ?? [:]
                enabled["status"] = "ENABLED"
                refused = try await world.send(.post, "\(FlowWorld.policies)/policies/custom", .object(enabled))
            case "draft enabled":
                _ = try await world.label("person.name", "I1", "S2")
                let draft = try await world.send(.post, "\(FlowWorld.policies)/policies/custom", own)
                #expect(draft.status == 201 && draft["status"] == "DRAFT", "\(draft.text)")
                refused = try await world.send(
                    .patch,
                    "\(FlowWorld.policies)/policies/custom/\(draft.id)",
                    [["op": "replace", "path": "/status", "value": "ENABLED"]]
                )
                #expect(refused.violated == [draft.id])
            default:
                // A label on a dataset that the merge policy leaves out, until it does not.
                let policies = "/data/core/ups/config/mergePolicies"
                guard let policy = world.dependencies.control.entries(.mergePolicy).first?.id else { return }
                func order(_ datasets: [String]) -> JSONValue {
                    [
                        "name": "order", "schema": ["name": "_xdm.context.profile"], "default": true,
                        "identityGraph": ["type": "pdg"],
                        "attributeMerge": [
                            "type": "dataSetPrecedence", "order": .array(datasets.map { .string($0) }),
                        ],
                    ]
                }
                let second = try await world.send(.post, "/data/foundation/catalog/dataSets", ["name": "second"])
                let free = String(second.json[0]?.string?.split(separator: "/").last ?? "")
                let put = try await world.send(.put, "\(policies)/\(policy)", order([free]))
                #expect(put.status == 200, "\(put.text)")
                _ = try await world.enable("corepolicy_0001")
                let labelled = try await world.send(
                    .put,
                    "/data/foundation/dataset/datasets/\(dataset)/labels",
                    ["labels": ["C2"]]
                )
                #expect(labelled.status == 200, "\(labelled.text)")
                refused = try await world.send(.put, "\(policies)/\(policy)", order([free, dataset]))
            }
            #expect(refused.status == 409 && refused.errorCode == "POLICY_VIOLATED", "\(way): \(refused.text)")
            #expect(!refused.violated.isEmpty)
        }
    }

    @Test func `labels of two audiences are not added up`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.a", "C1")
            _ = try await world.label("person.b", "C3")
            let made = try await world.send(
                .post,
                "\(FlowWorld.policies)/policies/custom",
                [
                    "name": "both", "status": "ENABLED",
                    "marketingActionRefs": ["/data/foundation/dulepolicy/marketingActions/core/analytics"],
                    "deny": ["operator": "AND", "operands": [["label": "C1"], ["label": "C3"]]],
                ]
            )
            #expect(made.status == 201)
            let flow = try await world.makeFlow(for: "analytics")
            let first = try await world.makeAudience("a", "person.a = 1")
            let second = try await world.makeAudience("b", "person.b = 1")
            let both = try await world.makeAudience("ab", "person.a = 1 and person.b = 1")
            #expect(try await world.map(first, to: flow).status == 202)
            #expect(try await world.map(second, to: flow).status == 202)
            #expect(try await world.map(both, to: flow).status == 409)
            // A mapped field goes out with each of them.
            #expect(try await world.map(attribute: "person.b", to: flow).status == 409)
        }
    }

    @Test func `data that may not leave leaves by no dataflow, whatever it is for`() async throws {
        try await FlowWorld.run { world in
            _ = try await world.label("person.secret", "C12")
            let flow = try await world.makeFlow().flow.id
            let refused = try await world.map(attribute: "person.secret", to: flow)
            #expect(refused.violated == [UsagePolicy.noExportID], "\(refused.text)")
            // Every message carries the identities.
            #expect(try await world.map(attribute: "person.name", to: flow).status == 202)
            #expect(try await world.label("identityMap.Email", "C12").status == 409)
        }
    }

    @Test func `a flow that breaks a policy already may change in other ways, and be mended`() async throws {
        try await FlowWorld.run { world in
            // As a store of before would have it.
            _ = try await world.label("person.income", "C2")
            let audience = try await world.makeAudience("rich", "person.income > 100000")
            let flow = try await world.makeFlow(for: "exportToThirdParty")
            #expect(try await world.map(audience, to: flow).status == 202)
            var draft = ControlDraft(
                snapshot: world.dependencies.control.snapshot,
                by: .server,
                now: world.clock.now(),
                ids: world.dependencies.ids
            )
            try draft.insert(.enabledPolicies, id: "core", body: ["policyIds": ["corepolicy_0001"]])
            try await world.storage.apply(draft.changes, history: [], scope: .production)
            let control = try await ControlPlane(
                store: world.storage,
                keys: world.dependencies.keys,
                time: world.clock,
                logger: world.log.logger
            )
            try await control.connect(to: world.engine)
            let entry = try #require(control.entry(.flow, flow))
            var governance = Governance(control.snapshot, at: Timestamp(milliseconds: 0))
            #expect(governance.violations(of: entry).map(\.policy.id) == ["corepolicy_0001"])

            let renamed = try await control.write(by: .server) { draft throws(APIError) in
                var body = entry.body
                body["name"] = "another"
                return try draft.replace(entry, body: body)
            }
            await #expect(throws: APIError.self) {
                try await control.write(by: .server) { draft throws(APIError) in
                    var body = renamed.body
                    body["transformations"] = [
                        [
                            "name": "GeneralTransform",
                            "params": [
                                "segmentSelectors": ["selectors": [FlowWorld.segment(audience)]],
                                "profileSelectors": ["selectors": [FlowWorld.attribute("person.income")]],
                            ],
                        ]
                    ]
                    try draft.replace(renamed, body: body)
                }
            }
        }
    }
}
