import ActivationEngine
import Hummingbird

extension Gateway {
    /// Lets a request go on if whoever sends it may, and records it if they may not.
    ///
    /// - Parameters:
    ///   - request: The request.
    ///   - context: What is known of it.
    ///   - identify: Finds out who sends it.
    ///   - next: What answers.
    /// - Returns: The answer.
    /// - Throws: Why they may not, or what `next` throws.
    func guarding(
        _ request: Request,
        _ context: ServerContext,
        by identify: (Request) throws(APIError) -> AuthenticatedClient,
        _ next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        let sender = sender(of: request, context)
        do {
            var client = try identify(request)
            client.requestID = context.requestID
            client.sender = sender
            context.client = client
            try checkSandbox(request, for: client)
            try client.requireAccess(request.method, context.endpointPath)
            return try await AuthenticatedClient.$current.withValue(client) { try await next(request, context) }
        } catch {
            await noteRefusal(error, of: context.client, request, context, from: sender)
            throw error
        }
    }

    /// The address that a request came from.
    func sender(of request: Request, _ context: ServerContext) -> String? {
        SenderAddress(request, address: context.remoteAddress, isBehindProxy: isBehindProxy).text
    }

    /// Records a refusal.
    func noteRefusal(
        _ error: any Error,
        of client: AuthenticatedClient?,
        _ request: Request,
        _ context: ServerContext,
        from sender: String?
    ) async {
        await audit.refusal(
            error,
            of: client,
            from: ConfigurationChange.Author(
                name: AuditSubject.nobody.id,
                way: .api,
                requestID: context.requestID,
                sender: sender
            ),
            at: .route(request.method.rawValue, context.endpointPath ?? "")
        )
    }
}
