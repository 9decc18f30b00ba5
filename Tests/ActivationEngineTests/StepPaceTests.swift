import Testing

@testable import ActivationEngine

/// How much one step does.
@Suite struct StepPaceTests {
    @Test func `steps grow while they are quick and shrink while they are not`() {
        var pace = StepPace(from: 50, to: 300)
        #expect(pace.step == 50)
        var steps: [Int] = []
        for milliseconds in [1, 1, 1, 30, 51, 500, 500, 500, 24] {
            pace.took(.milliseconds(milliseconds + 300), beyond: .milliseconds(300))
            steps.append(pace.step)
        }
        #expect(steps == [100, 200, 300, 300, 150, 75, 50, 50, 100])
    }

    @Test func `bounds that contradict each other give steps all the same`() {
        var pace = StepPace(from: 50, to: 0)
        pace.took(.zero, beyond: .zero)
        #expect(pace.step == 1)
    }
}
