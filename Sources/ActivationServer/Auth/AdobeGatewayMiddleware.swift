import Hummingbird

/// Guards Adobe's paths under `/data`.
struct AdobeGatewayMiddleware: RouterMiddleware {
    let gateway: Gateway

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        try await gateway.guarding(request, context, by: gateway.adobeClient, next)
    }
}
