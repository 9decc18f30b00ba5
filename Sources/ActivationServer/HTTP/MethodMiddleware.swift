import HTTPTypes
import Hummingbird

/// Answers requests whose path is known and whose method is not: `OPTIONS` with the methods, everything else with 405.
struct MethodMiddleware: RouterMiddleware {
    let table: RouteTable

    func handle(
        _ request: Request,
        context: ServerContext,
        next: (Request, ServerContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound {
            let isServer = request.method == .options && request.uri.path == "*"
            let methods = isServer ? table.methods : table.methods(at: request.uri.path)
            guard !methods.isEmpty else { throw error }
            let allowed = methods.map(\.rawValue).joined(separator: ", ")
            let headers: HTTPFields = [.allow: allowed]
            guard request.method != .options else { return Response(status: .noContent, headers: headers) }
            throw APIError(.methodNotAllowed, "this resource has other methods: \(allowed)", headers: headers)
        }
    }
}
