import ActivationCore
import ActivationEngine
import Hummingbird

/// `DELETE /data/core/ups/access/entities`: one profile goes (BEHAVIOUR 3.11).
struct EntityDeletionRoute: Sendable {
    let dependencies: ServerDependencies

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.delete("core/ups/access/entities") { request, _ in try await delete(request) }
    }

    private func delete(_ request: Request) async throws(APIError) -> Response {
        let items = try QueryItems(request)
        let snapshot = dependencies.control.snapshot
        guard items["schema.name"] == "_xdm.context.profile" else {
            throw APIError(.queryInvalid, "schema.name is _xdm.context.profile: only whole profiles are deleted")
        }
        let query = try EntityQuery(items, namespaces: snapshot.namespaces)
        if let policy = items["mergePolicyId"], MergePolicyRoutes.policy(policy, in: snapshot) == nil {
            throw APIError(.queryInvalid, "mergePolicyId: no merge policy has this id; GET the list to see them")
        }
        var onReturn: DecisionOptions.ReturnRule?
        if let word = items["onReturn"] {
            onReturn = DecisionOptions.ReturnRule(rawValue: word)
            guard onReturn != nil else { throw APIError(.queryInvalid, "onReturn is accept or refuse") }
        }
        let engine = dependencies.engine
        let change = try await dependencies.erasing(query.identity, "profile", refusal: \.refusal) {
            [onReturn] () throws(EngineError) in
            try await engine.delete(query.identity, onReturn: onReturn, expecting: nil)
        }
        guard case .deleted(let part) = change else { throw APIError(.profileUnknown, "no profile has this identity") }
        return Response(
            status: .accepted,
            headers: [.location: "\(ErasureRoutes.path)/\(part.profile.uuid)"]
        )
    }
}
