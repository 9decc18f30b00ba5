import Hummingbird

/// Guards our own paths under `/v1`, which need only the token.
struct BearerMiddleware: RouterMiddleware {
    let gateway: Gateway

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        try await gateway.guarding(request, context, by: gateway.client, next)
    }
}
