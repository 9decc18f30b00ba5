import HTTPTypes
import Hummingbird

/// Refuses what only the node that leads does: a follower takes messages, shows people and gives out tokens.
struct FollowerMiddleware: RouterMiddleware {
    /// Paths whose answers need no leader, beside those of ``APIAccess/onEveryNode``.
    private static let open: Set<String> = ["/health", "/ready", "/metrics", "/openapi.json", "/ims/token/v3"]

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        let path = request.uri.path
        guard
            request.method == .options || Self.open.contains(path)
                || APIAccess.onEveryNode.contains(where: { $0.matches(request.method, path) })
        else {
            throw APIError(
                .unavailable,
                "this node follows: it takes messages and shows people; send everything else to the node that leads, whose "
                    + "GET /ready says so",
                retryAfterSeconds: 1
            )
        }
        return try await next(request, context)
    }
}
