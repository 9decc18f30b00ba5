import ActivationCore

/// Work for the pipeline, with whoever waits for it.
enum LaneWork: Sendable {
    /// Messages of one caller.
    case messages([Message], CheckedContinuation<Result<[DecisionResult], EngineError>, Never>)
    /// Audiences to evaluate for stored profiles.
    case evaluation([Profile.ID], [Audience.ID], CheckedContinuation<Result<[DecisionResult], EngineError>, Never>)
    /// Stored profiles to which the clock may have done something.
    case clock([Profile.ID], CheckedContinuation<Result<[DecisionResult], EngineError>, Never>)
    /// A new catalog.
    case catalog(CatalogChange, CheckedContinuation<Result<[CatalogError], EngineError>, Never>)
}
