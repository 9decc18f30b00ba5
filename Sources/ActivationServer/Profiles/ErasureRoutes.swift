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
        own.get("erasures/{id}") { _, context in try await receipt(context.pathParameter("id")) }
    }

    private func list(_ request: Request) async throws(APIError) -> Response {
        let limit = try QueryItems(request).integer("limit", in: 1...ErasureRoutes.limitMax) ?? 100
        let engine = dependencies.engine
        let erasures = try await APIError.mapping { () throws(EngineError) in
            try await engine.erasures(limit: limit)
        }
        return Response(json: ["erasures": .array(erasures.map { .object($0.members) })])
    }

    private func receipt(_ id: String) async throws(APIError) -> Response {
        let engine = dependencies.engine
        guard let uuid = UUIDBytes(id),
            let (erasure, deliveries) = try await APIError.mapping({ () throws(EngineError) in
                try await engine.erasure(of: Profile.ID(uuid: uuid))
            })
        else { throw APIError(.erasureUnknown, "no profile of this id was deleted; GET the list to see them") }
        var answer = erasure.members
        answer["deliveries"] = .array(deliveries.map(\.json))
        return Response(json: .object(answer))
    }
}

extension Erasure {
    fileprivate var members: JSONObject {
        [
            "id": .string(profile.uuid.description), "revision": .integer(revision),
            "deletedAt": .string(deletedAt.rfc3339), "scrubbed": .bool(isScrubbed),
        ]
    }
}

extension APIErrorCode {
    static let erasureUnknown = APIErrorCode("ERASURE_UNKNOWN", status: 404, title: "Erasure not found")
}
