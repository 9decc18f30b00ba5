import ActivationCore
import Testing

@testable import ActivationEngine

/// How much one step does, and how fast it is said to be.
@Suite struct EvaluationPaceTests {
    @Test func `steps grow while they are quick and shrink while they are not`() {
        var pace = EvaluationPace(EngineOptions(evaluationStep: 300, evaluationStepMin: 50))
        #expect(pace.step == 50)
        var steps: [Int] = []
        for milliseconds in [1, 1, 1, 30, 51, 500, 500, 500, 24] {
            pace.took(.milliseconds(milliseconds + 300), beyond: .milliseconds(300))
            steps.append(pace.step)
        }
        #expect(steps == [100, 200, 300, 300, 150, 75, 50, 50, 100])
    }

    @Test func `bounds that contradict each other give steps all the same`() {
        var pace = EvaluationPace(EngineOptions(evaluationStep: 0, evaluationStepMin: 50))
        pace.took(.zero, beyond: .zero)
        #expect(pace.step == 1)
    }

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
