import Hummingbird

/// Guards Adobe's paths under `/data`.
struct AdobeGatewayMiddleware: RouterMiddleware {
    let gateway: Gateway

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        context.client = try gateway.adobeClient(of: request)
        context.client?.requestID = context.requestID
        try gateway.checkSandbox(request)
        let client = try context.authenticatedClient()
        try client.requireAccess(request.method, context.endpointPath)
        return try await AuthenticatedClient.$current.withValue(client) { try await next(request, context) }
    }
}
