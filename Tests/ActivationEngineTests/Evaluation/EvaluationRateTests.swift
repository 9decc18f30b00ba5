import ActivationCore
import Testing

@testable import ActivationEngine

/// How fast an evaluation is said to be.
@Suite struct EvaluationRateTests {
    private static func rate(_ samples: [(second: Int64, visited: Int64)]) -> Double? {
        var rate = EvaluationRate()
        for sample in samples {
            rate.note(sample.visited, at: Timestamp(milliseconds: 1_772_000_000_000 + sample.second * 1_000))
        }
        return rate.perSecond
    }

    @Test func `the rate is that of the last seconds`() {
        #expect(Self.rate([]) == nil)
        #expect(Self.rate([(0, 5)]) == nil)
        #expect(Self.rate([(0, 0), (1, 100), (2, 200)]) == 100)
        #expect(Self.rate((0...20).map { ($0, $0 < 10 ? $0 * 100 : 900 + ($0 - 9) * 10) }) == 10)
    }

    @Test func `a clock that is set back and a stop give no rate`() {
        #expect(Self.rate([(100, 0), (101, 100), (50, 200)]) == nil)
        #expect(Self.rate([(100, 0), (101, 100), (50, 200), (51, 250)]) == 50)
        #expect(Self.rate([(0, 100), (4, 100)]) == nil)
    }
}
