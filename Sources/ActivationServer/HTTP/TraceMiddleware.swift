import ActivationEngine
import HTTPTypes
import Hummingbird
import Logging

/// Answers a request that comes with a `traceparent` header as a step of that trace: its log lines name the trace, and what it
/// stores is part of it (decision 47).
struct TraceMiddleware: RouterMiddleware {
    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        guard let parent = request.traceContext else { return try await next(request, context) }
        let trace = parent.child()
        var context = context
        context.logger[metadataKey: "trace.id"] = "\(trace.traceID)"
        context.logger[metadataKey: "span.id"] = "\(trace.spanID)"
        context.logger.debug("Request is part of a trace", metadata: ["parent.id": "\(parent.spanID)"])
        return try await TraceContext.$current.withValue(trace) { [context] in try await next(request, context) }
    }
}

extension Request {
    /// The trace that the sender names; nil when it names none, several, or one that is not written as it must be.
    fileprivate var traceContext: TraceContext? {
        guard let value = headers[.traceparent], headers[values: .traceparent].count == 1 else { return nil }
        return TraceContext(traceparent: value)
    }
}
