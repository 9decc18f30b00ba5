import HTTPTypes
import Hummingbird

/// Adds what browsers ask for to the answers of inlets; a request from a page that is not listed gets none of it.
struct CrossOriginMiddleware: RouterMiddleware {
    let policy: CrossOriginPolicy

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        guard !policy.isEmpty, CrossOriginPolicy.covers(request.uri.path) else { return response }
        // A cache must not give one page's answer to another.
        response.headers[.vary] = "Origin"
        guard let origin = request.headers[.origin], let allowed = policy.answer(to: origin) else { return response }
        response.headers[.accessControlAllowOrigin] = allowed
        if request.method == .options {
            response.headers[.accessControlAllowMethods] = "POST"
            response.headers[.accessControlAllowHeaders] =
                "authorization, content-type, content-encoding, x-api-key, x-gw-ims-org-id, x-sandbox-name, "
                + "x-adobe-flow-id, traceparent"
            response.headers[.accessControlMaxAge] = "600"
        } else {
            response.headers[.accessControlExposeHeaders] = "retry-after, x-request-id"
        }
        return response
    }
}
