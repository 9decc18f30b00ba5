/// How many profiles one step of the engine's own work takes: as many as live messages can well wait for.
struct StepPace: Sendable {
    /// Profiles of the next step.
    private(set) var step: Int
    private let stepMin: Int
    private let stepMax: Int
    private let durationMax: Duration

    /// Begins with the smallest step.
    ///
    /// - Parameters:
    ///   - stepMin: Profiles of a step, at least.
    ///   - stepMax: Profiles of a step, at most.
    ///   - durationMax: How long a message should have to wait for what a step does.
    init(from stepMin: Int, to stepMax: Int, within durationMax: Duration = .milliseconds(50)) {
        self.stepMax = max(stepMax, 1)
        self.stepMin = min(max(stepMin, 1), self.stepMax)
        self.durationMax = durationMax
        step = self.stepMin
    }

    /// Notes how long a step took, waiting included: what waits behind live messages becomes shorter too.
    ///
    /// - Parameters:
    ///   - step: How long the step took.
    ///   - write: How long a small write took just before; on a slow disk shorter steps would only be more of these.
    mutating func took(_ step: Duration, beyond write: Duration = .zero) {
        let duration = step - write
        if duration > durationMax {
            self.step = max(self.step / 2, stepMin)
        } else if duration < durationMax / 2 {
            self.step = min(self.step * 2, stepMax)
        }
    }
}
