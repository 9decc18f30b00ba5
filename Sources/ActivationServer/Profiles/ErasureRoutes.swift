import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/erasures`: which profiles were deleted, and what was ever sent of each (BEHAVIOUR 3.11).
struct ErasureRoutes: Sendable {
    let dependencies: ServerDependencies

    static let path = "/v1/erasures"
    /// Erasures of one answer.
    static let limitMax = 1_000

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("erasures") { request, _ in try await list(request) }
        own.get("erasures/{id}") { _, context in
            Response(json: try await dependencies.erasureReceipt(context.pathParameter("id")).json)
        }
    }

    private func list(_ request: Request) async throws(APIError) -> Response {
        let limit = try QueryItems(request).integer("limit", in: 1...ErasureRoutes.limitMax) ?? 100
        let engine = dependencies.engine
        let erasures = try await APIError.mapping { () throws(EngineError) in
            try await engine.erasures(limit: limit)
        }
        return Response(json: ["erasures": .array(erasures.map { .object($0.members) })])
    }
}
