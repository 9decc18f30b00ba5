import ActivationCore

/// Work for the pipeline, with whoever waits for it.
enum LaneWork: Sendable {
    /// Messages of one caller, and the trace that they are part of.
    case messages(
        [Message],
        CheckedContinuation<Result<[DecisionResult], EngineError>, Never>,
        trace: TraceContext? = nil
    )
    /// Inputs about stored profiles, the engine's own or a caller's, and the trace that they are part of.
    case inputs(
        [Input.Cause],
        CheckedContinuation<Result<[DecisionResult], EngineError>, Never>,
        trace: TraceContext? = nil
    )
    /// A new catalog.
    case catalog(CatalogChange, CheckedContinuation<Result<[CatalogError], EngineError>, Never>)
}
