import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// Members of request bodies.
struct FieldsTests {
    @Test func `null counts as absent, whatever is asked for`() throws {
        let fields = try Fields(["a": .null, "b": "text"])

        #expect(fields["a"].map(\.text) == nil)
        #expect(fields["b"] == "text")
        #expect(try fields.string("a") == nil)
        #expect(try fields.bool("a") == nil)
        #expect(try fields.fields("a") == nil)
        #expect(try fields.array("a", itemsMax: 1).isEmpty)
        #expect(throws: APIError.self) { try fields.requiredString("a") }
        #expect(throws: APIError.self) { try fields.requiredFields("a") }
    }

    @Test func `members that may be null may be null in every body of the flow service`() async throws {
        try await FlowWorld.run { world in
            let parts = try await world.makeParts()
            let profiles = try await world.flow(
                .post,
                "/connections",
                ["name": "p", "description": .null, "connectionSpec": FlowWorld.profileSpec, "auth": .null]
            )
            let source = try await world.flow(
                .post,
                "/sourceConnections",
                [
                    "name": "s", "description": .null, "connectionSpec": FlowWorld.profileSpec,
                    "baseConnectionId": .string(profiles.id), "data": .null, "params": .null,
                ]
            )
            var target = FlowWorld.targetBody(base: parts.kinesisBase)
            target["description"] = .null
            target["params"] = ["stream": "events", "region": "eu-west-1", "envelope": .null, "triggers": .null]
            let made = try await world.flow(.post, "/targetConnections", target)
            var flow = FlowWorld.flowBody(source: source.id, target: made.id)
            flow["description"] = .null
            flow["transformations"] = .null
            let flowMade = try await world.flow(.post, "/flows", flow)

            for answer in [profiles, source, made, flowMade] { #expect(answer.status == 201, "\(answer.text)") }
        }
    }
}
