import ActivationCore
import Hummingbird

/// The server's keys, under `/v1/keys`: how old they are, and new ones (BEHAVIOUR 8.7).
struct KeyRoutes: Sendable {
    let dependencies: ServerDependencies

    private var keeper: KeyKeeper { dependencies.keeper }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("keys") { _, _ in try await answer() }
        own.post("keys/:key/rotate") { request, context in
            guard let key = ServerKey(rawValue: context.pathParameter("key")) else {
                throw APIError(.resourceUnknown, "the server has the keys data and token")
            }
            let endsTokens = try QueryItems(request).bool("endTokens")
            guard key == .token || !endsTokens else {
                throw APIError(.queryInvalid, "endTokens is for the token key")
            }
            try await keeper.rotate(
                key,
                endsTokens: endsTokens,
                of: dependencies,
                by: try context.author()
            )
            let dependencies = dependencies
            if key == .data { Task.detached { await dependencies.keeper.look(of: dependencies) } }
            var response = try await answer()
            response.status = .accepted
            return response
        }
    }

    private func answer() async throws -> Response {
        var items: [JSONValue] = []
        for key in ServerKey.allCases { items.append(try await shown(key)) }
        return Response(json: ["items": .array(items)])
    }

    private func shown(_ key: ServerKey) async throws -> JSONValue {
        let slot = dependencies.keys.ring[key]
        var object: JSONObject = [
            "key": .string(key.rawValue), "source": .string(slot.isInFile ? "file" : "environment"),
        ]
        if slot.isInFile, let directory = dependencies.keys.ring.directory {
            let madeAt = try await DiskWork.done { () throws(DiskFailure) in
                KeyFile.writtenAt("\(directory)/\(key.file)")
            }
            object["madeAt"] = madeAt.map { .string($0.rfc3339) }
        }
        if let previous = slot.previous {
            var told: JSONObject = ["source": .string(previous.isInFile ? "file" : "environment")]
            if previous.isInFile { told["replacedAt"] = .string(previous.replacedAt.rfc3339) }
            if key == .token { told["keptUntil"] = keeper.tokenKeyUntil.map { .string($0.rfc3339) } }
            object["previous"] = .object(told)
        }
        if key == .data { object["secrets"] = shown(keeper.progress, slot) }
        return .object(object)
    }

    private func shown(_ progress: KeyKeeper.Progress, _ slot: KeyRing.Slot) -> JSONValue {
        var object: JSONObject = [
            "done": .integer(Int64(progress.done)), "unreadable": .integer(Int64(progress.unreadable)),
            "isRunning": .bool(progress.isRunning),
            // One from the environment stays until it is taken away there.
            "previousIsNeeded": .bool(
                slot.previous.map { $0.isInFile || !progress.isComplete } ?? false
            ),
        ]
        object["obstacle"] = progress.obstacle.map { .string($0) }
        return .object(object)
    }
}
