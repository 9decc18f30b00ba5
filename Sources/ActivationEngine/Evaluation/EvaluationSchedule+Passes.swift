import ActivationCore

extension EvaluationSchedule {
    /// Takes a pass in; it waits until the next ``join(_:total:now:)``.
    ///
    /// - Parameters:
    ///   - pass: The pass.
    ///   - definitions: The audiences there are.
    ///   - options: How many passes there may be, and how many that have ended are kept.
    /// - Throws: `audienceUnknown` or `overloaded`; nothing has changed then.
    mutating func begin(
        _ pass: EvaluationPass,
        _ definitions: [Audience.ID: AudienceVersion],
        _ options: EngineOptions
    ) throws(EngineError) {
        guard !pass.audiences.isEmpty else {
            throw EngineError(.audienceUnknown, "no audience is named; name those to be evaluated")
        }
        if let unknown = pass.audiences.first(where: { definitions[$0] == nil }) {
            throw EngineError(.audienceUnknown, "no audience in use has the id \(unknown.uuid)")
        }
        let unfinished = passes.values.count { !$0.state.isEnd }
        guard unfinished < options.evaluationPassesMax else {
            throw EngineError(
                .overloaded,
                "\(unfinished) evaluations are under way, at most \(options.evaluationPassesMax) may be; "
                    + "cancel one, or ask again when one has ended",
                retryAfterSeconds: 60
            )
        }
        passes[pass.id] = pass
        forgetPasses(keeping: options.evaluationPassesKept)
    }

    /// Ends a pass, unless it has ended or there is none.
    mutating func cancel(_ id: EvaluationPass.ID, now: Timestamp) {
        guard passes[id]?.state.isEnd == false else { return }
        passes[id]?.end(.cancelled, at: position, now: now)
    }

    /// Forgets the oldest of the passes that have ended.
    mutating func forgetPasses(keeping count: Int) {
        let ended = passes.values.filter { $0.state.isEnd }
        guard ended.count > count else { return }
        for pass in ended.sorted(by: EvaluationSchedule.isOlder).dropLast(count) { passes[pass.id] = nil }
    }

    /// A pass with what it has done so far; nil when there is none.
    func pass(_ id: EvaluationPass.ID) -> EvaluationPass? {
        passes[id]?.at(position)
    }

    /// All passes in the order they were asked for, with what they have done so far.
    var orderedPasses: [EvaluationPass] {
        passes.values.sorted(by: EvaluationSchedule.isOlder).map { $0.at(position) }
    }

    private static func isOlder(_ one: EvaluationPass, than other: EvaluationPass) -> Bool {
        (one.createdAt, one.id.uuid) < (other.createdAt, other.id.uuid)
    }
}
