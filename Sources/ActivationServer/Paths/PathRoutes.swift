import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/paths`: which paths profiles have, for whoever maps attributes or writes a rule (BEHAVIOUR 4.5).
struct PathRoutes: Sendable {
    let dependencies: ServerDependencies

    /// Paths of one answer.
    static let limitMax = 1_000

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("paths") { request, _ in try await list(request) }
    }

    private func list(_ request: Request) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        let limit = try query.integer("limit", in: 1...PathRoutes.limitMax) ?? 100
        if let start = query["start"], start.isEmpty {
            throw APIError(.queryInvalid, "start is the next of an answer")
        }
        let taken = try await dependencies.paths.sample()
        let found = taken.sample.paths(containing: query["q"] ?? "", after: query["start"])
        var answer: JSONObject = [
            "sampledAt": .string(taken.takenAt.rfc3339), "profiles": .integer(Int64(taken.sample.profiles)),
            "paths": .array(found.prefix(limit).map(\.json)),
        ]
        if found.count > limit { answer["next"] = .string(found[found.startIndex + limit - 1].dotted) }
        return Response(json: .object(answer))
    }
}

extension PathSample {
    /// The paths that contain a text in any case, those after a path.
    func paths(containing text: String, after last: String? = nil) -> [Figures] {
        let wanted = text.lowercased()
        return paths.filter { figures in
            let dotted = figures.dotted
            return (wanted.isEmpty || dotted.lowercased().contains(wanted)) && last.map { dotted > $0 } ?? true
        }
    }
}

extension PathSample.Figures {
    /// The path as answers show it.
    fileprivate var json: JSONValue {
        [
            "path": .string(dotted), "profiles": .integer(Int64(profiles)),
            "kinds": .array(kinds.map { .string($0.rawValue) }), "datasets": .array(datasets.map { .string($0) }),
        ]
    }
}
