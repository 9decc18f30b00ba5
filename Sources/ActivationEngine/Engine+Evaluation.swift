public import ActivationCore

extension Engine {
    /// How far the evaluation of an audience over stored profiles is; nil when no audience in use has this id.
    public func evaluationProgress(_ audience: Audience.ID) -> EvaluationProgress? {
        evaluator.progress(audience)
    }

    /// How an audience is evaluated, and what that costs; nil when no audience in use has this id.
    public func evaluationPlan(_ audience: Audience.ID) -> EvaluationPlan? {
        pipeline.current.catalog.plan(of: audience)
    }

    /// Evaluates audiences over all stored profiles once more, behind the call, together with whatever else is being
    /// evaluated over them; what flips is exported as ever.
    ///
    /// Audiences are up to date without it (BEHAVIOUR 5.4): it is for those who want to see that, or to count.
    ///
    /// - Parameter audiences: Those to evaluate; one that is named twice is evaluated once.
    /// - Returns: What ``evaluationPass(_:)`` tells about; it goes on after a restart.
    /// - Throws: `audienceUnknown` when one of them is not in use or none is named, `overloaded` when too many such
    ///   evaluations have not ended yet, or the storage's error.
    public func evaluate(_ audiences: [Audience.ID]) async throws(EngineError) -> EvaluationPass.ID {
        try await evaluator.begin(audiences)
    }

    /// The evaluations that were asked for, oldest first: those that have not ended, and the newest of those that have.
    public var evaluationPasses: [EvaluationPass] { evaluator.passes }

    /// How an evaluation that was asked for stands; nil when none has this id, or it ended long ago.
    public func evaluationPass(_ id: EvaluationPass.ID) -> EvaluationPass? {
        evaluator.pass(id)
    }

    /// Ends an evaluation that was asked for; what it has changed stays.
    ///
    /// - Returns: How it stands now, which for one that had ended is as before; nil when none has this id.
    /// - Throws: The storage's error; then it goes on.
    @discardableResult
    public func cancelEvaluation(_ id: EvaluationPass.ID) async throws(EngineError) -> EvaluationPass? {
        try await evaluator.cancel(id)
    }
}
