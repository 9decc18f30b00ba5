import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// What a flow keeps of marketing actions and alerts.
@Suite struct FlowPurposeTests {
    private static func patch(
        _ world: FlowWorld,
        _ flow: String,
        _ path: String,
        _ value: JSONValue
    ) async throws -> FlowWorld.Answer {
        let etag = try await world.flow(.get, "/flows/\(flow)").item["etag"]?.string ?? ""
        return try await world.flow(
            .patch,
            "/flows/\(flow)",
            [["op": "add", "path": .string(path), "value": value]],
            ifMatch: etag
        )
    }

    @Test func `actions and alerts are kept with the flow, with the thresholds that were left out`() async throws {
        try await FlowWorld.run { world in
            let flow = try await world.makeFlow().flow.id
            let actions: JSONValue = [
                ["type": "core", "name": "analytics"], ["type": "custom", "name": "loyalty", "description": "Letters"],
            ]
            #expect(try await FlowPurposeTests.patch(world, flow, "/marketingActions", actions).status == 202)
            let alerts: JSONValue = [
                ["type": "lag"], ["type": "skippedRateExceeded", "threshold": 0.5], ["type": "paused"],
            ]
            #expect(try await FlowPurposeTests.patch(world, flow, "/alerts", alerts).status == 202)

            let shown = try await world.flow(.get, "/flows/\(flow)").item
            #expect(shown["marketingActions"] == actions)
            #expect(
                shown["alerts"] == [
                    ["type": "lag", "threshold": 60], ["type": "skippedRateExceeded", "threshold": 0.5],
                    ["type": "paused"],
                ]
            )
        }
    }

    private static let wrong: [(path: String, value: JSONValue, text: String)] = [
        ("/marketingActions", [["type": "core", "name": "spying"]], "/marketingActions/0/name must be one of"),
        ("/marketingActions", [["type": "own", "name": "a"]], "/marketingActions/0/type must be one of core, custom"),
        ("/marketingActions", [["name": "analytics"]], "/marketingActions/0/type is required"),
        ("/marketingActions", [["type": "custom", "name": ""]], "/marketingActions/0/name is required"),
        (
            "/marketingActions", [["type": "custom", "name": "a"], ["type": "custom", "name": "a"]],
            "/marketingActions/1/name is in the list already"
        ),
        ("/marketingActions", [["type": "custom", "name": "a: b"]], "/marketingActions/0 of the organisation's own"),
        ("/marketingActions", [["type": "custom", "name": " a"]], "/marketingActions/0 of the organisation's own"),
        (
            "/marketingActions", [["type": "custom", "name": "a", "description": "b\nc"]],
            "/marketingActions/0 of the organisation's own"
        ),
        ("/marketingActions", "analytics", "/marketingActions must be an array"),
        ("/alerts", [["type": "rain"]], "/alerts/0/type must be one of"),
        ("/alerts", [["type": "lag", "threshold": 0]], "/alerts/0/threshold must be a whole number from 1 to 604800"),
        ("/alerts", [["type": "lag", "threshold": 1.5]], "/alerts/0/threshold must be a whole number"),
        ("/alerts", [["type": "lag", "threshold": "1"]], "/alerts/0/threshold must be"),
        ("/alerts", [["type": "skippedRateExceeded", "threshold": 101]], "must be a number from 0 to 100"),
        ("/alerts", [["type": "paused", "threshold": 1]], "paused has none"),
        ("/alerts", [["type": "paused"], ["type": "paused"]], "/alerts/1/type is in the list already"),
    ]

    @Test(arguments: wrong.indices)
    func `what cannot be right is refused with its place`(index: Int) async throws {
        let (path, value, text) = FlowPurposeTests.wrong[index]
        try await FlowWorld.run { world in
            let flow = try await world.makeFlow().flow.id

            let refused = try await FlowPurposeTests.patch(world, flow, path, value)

            #expect(refused.status == 400 && refused.detail.contains(text), "\(refused.detail)")
            #expect(try await world.flow(.get, "/flows/\(flow)").item[String(path.dropFirst())] == nil)
        }
    }
}
