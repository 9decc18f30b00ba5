import Testing

@testable import ActivationEngine

@Suite struct DeliveryDelaysTests {
    private func delays(_ milliseconds: [Int64]) -> DeliveryDelays {
        var delays = DeliveryDelays()
        for one in milliseconds { delays.add(milliseconds: one) }
        return delays
    }

    @Test func `a share of records stayed within the first bound that holds so many`() {
        let hundred = delays(Array(repeating: 3, count: 99) + [40])
        #expect(hundred.bound(ofPercent: 50) == 5)
        #expect(hundred.bound(ofPercent: 99) == 5)
        #expect(hundred.bound(ofPercent: 100) == 50)
        #expect(delays([3, 40]).bound(ofPercent: 50) == 5)
        #expect(delays([3, 40]).bound(ofPercent: 51) == 50)
        #expect(delays([]).bound(ofPercent: 50) == nil)
        // Longer than all bounds.
        #expect(delays([3, .max]).bound(ofPercent: 99) == nil)
        #expect(delays([3, .max]).count == 2)
    }

    @Test func `what was counted since is a difference, and all of another count`() {
        let first = delays([3, 7])
        var second = first
        second.add(milliseconds: 2_000)
        #expect(second.since(first) == delays([2_000]))
        #expect(first.since(second) == first)
        #expect(second.since(DeliveryDelays()) == second)
    }
}
