import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Which dataflows ask whether somebody has opted out of everything (BEHAVIOUR 9.5).
struct GeneralOptOutTests {
    private static let policy = UsagePolicy.generalOptOutID

    /// The rules that a dataflow asks, none when it asks nothing.
    private static func asked(_ world: FlowWorld, of flow: String) -> [String] {
        FlowConsent(world.dependencies.control.whole.entry(.flowConsent, flow))?.rules ?? []
    }

    @Test func `every server has it, off`() async throws {
        try await FlowWorld.run { world in
            let path = "\(FlowWorld.policies)/policies/core/\(Self.policy)"
            let policy = try await world.send(.get, path)
            #expect(policy.json["status"] == "DISABLED", "\(policy.text)")
            #expect(policy.json["consent"]?["value"] == .string(GeneralOptOut.rule))
            #expect(policy.json["marketingActionRefs"] == [])
        }
    }

    @Test func `dataflows ask that map an audience that excludes opt-outs, while it is on`() async throws {
        try await FlowWorld.run { world in
            let definition = "/data/core/ups/segment/definitions"
            func make(_ name: String) async throws -> String {
                try await world.send(
                    .post,
                    definition,
                    ["name": .string(name), "expression": ["value": "person.age > 18"]]
                ).id
            }
            let strict = try await make("strict")
            let lax = try await make("lax")
            func exclude(_ audience: String, _ excludes: Bool) async throws -> Int {
                let change: JSONValue = ["dataGovernancePolicy": ["excludeOptOut": .bool(excludes)]]
                return try await world.send(.patch, "\(definition)/\(audience)", change).status
            }
            #expect(try await exclude(lax, false) == 200)
            let flow = try await world.makeFlow().flow.id
            #expect(try await world.map(lax, to: flow).status == 202)
            #expect(try await world.map(strict, to: flow).status == 202)
            #expect(Self.asked(world, of: flow) == [])
            #expect(try await world.enable(Self.policy).status == 200)
            #expect(Self.asked(world, of: flow) == [GeneralOptOut.rule])
            // What decides it is looked at whenever it changes.
            #expect(try await exclude(strict, false) == 200)
            #expect(Self.asked(world, of: flow) == [])
            #expect(try await exclude(lax, true) == 200)
            #expect(Self.asked(world, of: flow) == [GeneralOptOut.rule])
            let removal: JSONValue = [["op": "remove", "path": .string(FlowWorld.segments + "/0")]]
            let path = "\(FlowWorld.base)/flows/\(flow)"
            let tag = try await world.send(.get, path).item["etag"]?.string
            #expect(try await world.send(.patch, path, removal, ifMatch: tag).status == 202)
            #expect(Self.asked(world, of: flow) == [])
            #expect(try await world.map(lax, to: flow).status == 202)
            #expect(Self.asked(world, of: flow) == [GeneralOptOut.rule])
            #expect(try await world.enable().status == 200)
            #expect(Self.asked(world, of: flow) == [])
        }
    }

    @Test func `it is asked beside policies of one's own`() async throws {
        try await FlowWorld.run { world in
            let audience = try await world.makeAudience("strict")
            let flow = try await world.makeFlow(for: "emailTargeting")
            #expect(try await world.map(audience, to: flow).status == 202)
            let own: JSONValue = [
                "name": "Ask first", "status": "ENABLED",
                "marketingActionRefs": [.string("\(FlowWorld.policies)/marketingActions/core/emailTargeting")],
                "consent": ["value": "mayMail = true"],
            ]
            #expect(try await world.send(.post, "\(FlowWorld.policies)/policies/custom", own).status == 201)
            #expect(Self.asked(world, of: flow) == ["mayMail = true"])
            #expect(try await world.enable(Self.policy).status == 200)
            #expect(Self.asked(world, of: flow) == [GeneralOptOut.rule, "mayMail = true"])
        }
    }
}
