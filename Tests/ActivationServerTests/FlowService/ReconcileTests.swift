import ActivationCore
import ActivationEngine
import HTTPTypes
import Synchronization
import Testing

@testable import ActivationServer

/// How far a flow is in making up for the time when it was disabled (BEHAVIOUR 3.10).
struct ReconcileTests {
    @Test func `how far it is shows in the flow and in its stats, and only while it is at it`() async throws {
        try await FlowWorld.run { world in
            let flow = try await world.makeFlow().flow.id
            let id = Dataflow.ID(uuid: try #require(UUIDBytes(flow)))
            func shown() async throws -> [JSONValue?] {
                [
                    try await world.flow(.get, "/flows/\(flow)").item["headwaterState"]?["reconcile"],
                    try await world.send(.get, "/v1/dataflows/\(flow)/stats")["headwaterState"]?["reconcile"],
                ]
            }
            #expect(try await shown() == [nil, nil])

            world.engine.state.withLock { $0.resuming[id] = ResumeProgress(processed: 3, total: 10, secondsLeft: 6.1) }
            let known: JSONValue = ["processed": 3, "total": 10, "secondsLeft": 7]
            #expect(try await shown() == [known, known])
            let listed = try await world.flow(.get, "/flows?property=headwaterState.reconcile.processed%3E2&count=true")
            #expect(listed["count"] == 1)

            world.engine.state.withLock { $0.resuming[id] = ResumeProgress(total: 10) }
            let begun: JSONValue = ["processed": 0, "total": 10]
            #expect(try await shown() == [begun, begun])
        }
    }
}
