import ActivationEngine

extension TraceContext {
    /// What `TRACEPARENT` names, as tools around a shell or a CI have it; what is not written as it must be is not ours.
    static var ofEnvironment: TraceContext? {
        Environment["TRACEPARENT"].flatMap { TraceContext(traceparent: $0) }
    }
}
