import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/suppressions`: the erased identities that may not come again (BEHAVIOUR 3.11).
struct SuppressionRoutes: Sendable {
    let dependencies: ServerDependencies

    /// Entries of one answer.
    static let limitMax = 1_000

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("suppressions") { request, _ in try await list(request) }
        own.delete("suppressions") { request, _ in try await readmit(request) }
    }

    private func list(_ request: Request) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        let limit = try query.integer("limit", in: 1...SuppressionRoutes.limitMax) ?? 100
        var last: IdentityDigest?
        if let start = query["start"] {
            guard let bytes = Base64URL.decode(start), !bytes.isEmpty else {
                throw APIError(.queryInvalid, "start is the next of an answer")
            }
            last = IdentityDigest(bytes: bytes)
        }
        let engine = dependencies.engine
        let entries = try await APIError.mapping { [last] () throws(EngineError) in
            try await engine.suppressions(after: last, limit: limit + 1)
        }
        var answer: JSONObject = ["suppressions": .array(entries.prefix(limit).map(\.json))]
        if entries.count > limit { answer["next"] = .string(Base64URL.encode(entries[limit - 1].digest.bytes)) }
        return Response(json: .object(answer))
    }

    private func readmit(_ request: Request) async throws(APIError) -> Response {
        let identity = try dependencies.control.snapshot.namespaces.identity(try await request.json(), "the body")
        let engine = dependencies.engine
        let unknown = APIError(.suppressionUnknown, "this identity is not suppressed")
        // What is not suppressed leaves no record, as little as a person who is not there.
        let entry = try await APIError.mapping { () throws(EngineError) in try await engine.suppression(of: identity) }
        guard entry != nil else { throw unknown }
        _ = try await dependencies.erasing(.identity, "suppression", refusal: { $0 == .readmitted ? nil : unknown }) {
            () throws(EngineError) in
            try await engine.readmit(identity)
        }
        return Response(status: .noContent)
    }
}

extension Suppression {
    /// The entry as answers show it.
    var json: JSONValue {
        [
            "id": .string(Base64URL.encode(digest.bytes)), "namespace": .string(namespace),
            "erasureId": .string(profile.uuid.description), "suppressedAt": .string(suppressedAt.rfc3339),
        ]
    }
}

extension APIErrorCode {
    static let suppressionUnknown = APIErrorCode("SUPPRESSION_UNKNOWN", status: 404, title: "Suppression not found")
}
