/// How many profiles one step evaluates: as many as live messages can well wait for.
struct EvaluationPace: Sendable {
    /// Profiles of the next step.
    private(set) var step: Int
    private let stepMin: Int
    private let stepMax: Int

    /// How long a message should have to wait for what a step evaluates.
    private static let durationMax = Duration.milliseconds(50)

    /// Begins with the smallest step.
    init(_ options: EngineOptions) {
        stepMax = max(options.evaluationStep, 1)
        stepMin = min(max(options.evaluationStepMin, 1), stepMax)
        step = stepMin
    }

    /// Notes how long a step took, waiting included: what waits behind live messages becomes shorter too.
    ///
    /// - Parameters:
    ///   - step: How long the step took.
    ///   - write: How long a small write took just before; on a slow disk shorter steps would only be more of these.
    mutating func took(_ step: Duration, beyond write: Duration) {
        let duration = step - write
        if duration > Self.durationMax {
            self.step = max(self.step / 2, stepMin)
        } else if duration < Self.durationMax / 2 {
            self.step = min(self.step * 2, stepMax)
        }
    }
}
