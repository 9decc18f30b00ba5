import ActivationCore
import HTTPTypes
import Testing

@testable import ActivationServer

/// How many requests a credential may send (BEHAVIOUR 8.4).
struct RequestBudgetTests {
    private static func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test func `a second's requests may come at once, and then as fast as they come back`() {
        var budget = RequestBudget(perSecond: 4, at: Self.at(0))
        for _ in 0..<4 { #expect(budget.take(perSecond: 4, at: Self.at(0)) == nil) }
        #expect(budget.take(perSecond: 4, at: Self.at(0)) == 250)
        #expect(budget.take(perSecond: 4, at: Self.at(200)) == 50)
        #expect(budget.take(perSecond: 4, at: Self.at(250)) == nil)
        #expect(budget.take(perSecond: 4, at: Self.at(250)) == 250)
        // However long nothing came.
        for _ in 0..<4 { #expect(budget.take(perSecond: 4, at: Self.at(1_000_000)) == nil) }
        #expect(budget.take(perSecond: 4, at: Self.at(1_000_000)) != nil)
    }

    @Test func `a clock that is set back, or a rate that changes, locks nobody out`() {
        var budget = RequestBudget(perSecond: 1, at: Self.at(10_000))
        #expect(budget.take(perSecond: 1, at: Self.at(10_000)) == nil)
        #expect(budget.take(perSecond: 1, at: Self.at(0)) == 1_000)
        #expect(budget.take(perSecond: 1, at: Self.at(1_000)) == nil)
        #expect(budget.take(perSecond: 100_000, at: Self.at(1_001)) == nil)
        #expect(budget.take(perSecond: 1, at: Self.at(.max)) == nil)
    }

    @Test func `over any time no more get through than the rate allows`() {
        var generator = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...1_000_000, using: &generator)
        var (state, now, taken) = (seed, Int64(0), 0)
        var budget = RequestBudget(perSecond: 7, at: Self.at(0))
        for _ in 0..<20_000 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            now += Int64(state >> 56)
            if budget.take(perSecond: 7, at: Self.at(now)) == nil { taken += 1 }
        }
        let allowed = Double(now) * 7 / 1_000
        #expect(Double(taken) <= allowed + 8, "seed \(seed)")
        #expect(Double(taken) >= allowed * 0.99 - 8, "seed \(seed)")
    }

    @Test func `a credential is answered 429 when it has sent its requests, and others are not`() async throws {
        try await FlowWorld.run { world in
            let made = try await world.send(
                .post,
                "/v1/credentials",
                ["name": "slow", "roles": ["marketer", "dataSender"], "requestsPerSecond": 2]
            )
            #expect(made["requestsPerSecond"] == 2)
            let id = made["clientId"]?.string ?? ""
            let program = FlowWorld.Program(world: world, clientID: id)
            let path = "/v1/suppressions"
            for _ in 0..<2 { #expect(try await program.send(.get, path).status == 200) }
            let refused = try await program.send(.get, path)
            #expect(refused.status == 429 && refused.errorCode == "RATE_EXCEEDED")
            #expect(refused.headers[.retryAfter] == "1")
            let inlet = "/collection/\(world.start.inletID)"
            #expect(try await program.send(.post, inlet, [:]).errorCode == "RATE_EXCEEDED")
            #expect(try await world.send(.get, path).status == 200, "others go on")

            world.clock.advance(by: 500)
            #expect(try await program.send(.get, path).status == 200)
            let own = "/v1/credentials/\(id)"
            #expect(try await world.send(.patch, own, ["requestsPerSecond": .null])["requestsPerSecond"] == nil)
            for _ in 0..<20 { #expect(try await program.send(.get, path).status == 200) }
            for wrong: JSONValue in [0, 100_001, 1.5, "2"] {
                #expect(try await world.send(.patch, own, ["requestsPerSecond": wrong]).status == 400)
            }
        }
    }
}
