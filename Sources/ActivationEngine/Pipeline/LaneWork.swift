import ActivationCore

/// Work for the pipeline, with whoever waits for it.
enum LaneWork: Sendable {
    /// Messages of one caller.
    case messages([Message], CheckedContinuation<Result<[DecisionResult], EngineError>, Never>)
    /// Inputs of the engine's own about stored profiles.
    case inputs([Input.Cause], CheckedContinuation<Result<[DecisionResult], EngineError>, Never>)
    /// A new catalog.
    case catalog(CatalogChange, CheckedContinuation<Result<[CatalogError], EngineError>, Never>)
}
