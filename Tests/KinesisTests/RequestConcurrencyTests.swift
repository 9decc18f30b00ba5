import Testing

@testable import Kinesis

@Suite struct RequestConcurrencyTests {
    /// The limits over time before a service that works on so many requests at a time, while the others wait in line.
    private static func limits(workers: Int, milliseconds: Int64, rounds: Int, isBusy: Bool = true) -> [Int] {
        var concurrency = RequestConcurrency(4...16)
        var now = MonotonicTime.start
        var limits: [Int] = []
        for _ in 0..<rounds {
            let count = isBusy ? concurrency.limit : 1
            let sentAt = now
            for inFlight in 1...count { concurrency.sent(inFlight: inFlight) }
            for place in 0..<count {
                now = sentAt + Nanoseconds(.milliseconds(milliseconds * Int64(place / workers + 1)))
                concurrency.answered(sentAt: sentAt, now: now)
            }
            limits.append(concurrency.limit)
        }
        return limits
    }

    @Test func `a far service that takes more gets more`() {
        #expect(Self.limits(workers: 100, milliseconds: 80, rounds: 12).last == 16)
    }

    @Test func `a service that is busy with a few is not given many times as much`() {
        let limits = Self.limits(workers: 6, milliseconds: 10, rounds: 5_000)

        #expect(limits.allSatisfy { (4...13).contains($0) })
    }

    @Test func `what is not used up does not grow`() {
        #expect(Self.limits(workers: 100, milliseconds: 10, rounds: 50, isBusy: false).allSatisfy { $0 == 4 })
    }

    @Test func `a service that has become slower for good is believed in time`() {
        var concurrency = RequestConcurrency(4...16)
        var now = MonotonicTime.start
        func round(milliseconds: Int64) {
            let sentAt = now
            let count = concurrency.limit
            for inFlight in 1...count { concurrency.sent(inFlight: inFlight) }
            now = now + Nanoseconds(.milliseconds(milliseconds))
            for _ in 0..<count { concurrency.answered(sentAt: sentAt, now: now) }
        }
        for _ in 0..<20 { round(milliseconds: 10) }
        #expect(concurrency.limit == 16)
        for _ in 0..<20 { round(milliseconds: 40) }
        #expect(concurrency.limit == 4)
        for _ in 0..<1_000 { round(milliseconds: 40) }
        #expect(concurrency.limit == 16)
    }
}
