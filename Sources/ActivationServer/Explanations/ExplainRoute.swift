import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/explain`: why a person is in an audience, or is not (BEHAVIOUR 5.10).
struct ExplainRoute: Sendable {
    let dependencies: ServerDependencies

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("explain") { request, _ in try await explain(request) }
    }

    private func explain(_ request: Request) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        let snapshot = dependencies.control.snapshot
        guard let name = query["audience"], !name.isEmpty else {
            throw APIError(.queryInvalid, "audience is needed: the id or the name of an audience")
        }
        guard let definition = snapshot.definition(named: name) else {
            throw APIError(
                .definitionUnknown,
                "no audience has this id or name; GET the list of definitions to see them"
            )
        }
        let identity = try snapshot.namespaces.identity(
            namespace: query["namespace"],
            value: query["value"],
            "the query"
        )
        let found = try await AudienceExplanation(of: identity, in: definition, dependencies.engine)
        guard let found else { throw APIError(.profileUnknown, "no profile has this identity") }
        return Response(json: found.document(naming: { snapshot.entry(.segmentDefinition, $0)?.string("name") }))
    }
}
