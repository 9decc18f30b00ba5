import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/explain`: why a person is in an audience, or is not (BEHAVIOUR 5.10); what a dataflow made of their last changes, and
/// why (BEHAVIOUR 5.11).
struct ExplainRoute: Sendable {
    let dependencies: ServerDependencies

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("explain") { request, context in try await explain(request, context) }
    }

    private func explain(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        if query["dataflow"] != nil {
            try context.authenticatedClient().require(.viewDestinations)
            return try await explainExports(query)
        }
        let snapshot = dependencies.control.snapshot
        guard let name = query["audience"], !name.isEmpty else {
            throw APIError(.queryInvalid, "audience or dataflow is needed: the id or the name of one")
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
        try dependencies.control.whole.requireVisible(ruleOf: definition)
        let found = try await AudienceExplanation(of: identity, in: definition, dependencies.engine)
        guard let found else { throw APIError(.profileUnknown, "no profile has this identity") }
        try await dependencies.audit.view(found.found.profile, "explanation")
        return Response(json: found.document(naming: { snapshot.entry(.segmentDefinition, $0)?.string("name") }))
    }

    /// Changes of one answer, at most.
    private static let limits = 1...TracedChange.keptMax

    private func explainExports(_ query: QueryItems) async throws(APIError) -> Response {
        guard query["audience"] == nil else {
            throw APIError(.queryInvalid, "the query has both audience and dataflow; ask for one of them")
        }
        let snapshot = dependencies.control.snapshot
        guard let flow = snapshot.flow(named: query["dataflow"] ?? "") else {
            throw APIError(.flowUnknown, "no flow has this id or name; GET the list of flows to see them")
        }
        let identity = try snapshot.namespaces.identity(
            namespace: query["namespace"],
            value: query["value"],
            "the query"
        )
        let limit = try query.integer("limit", in: ExplainRoute.limits) ?? ExplainRoute.limits.upperBound
        let found = try await DataflowExplanation(of: identity, by: flow, limit: limit, dependencies)
        guard let found else { throw APIError(.profileUnknown, "no profile has this identity") }
        try await dependencies.audit.view(found.found.profile, "explanation")
        return Response(json: found.document(naming: { snapshot.entry(.segmentDefinition, $0)?.string("name") }))
    }
}

extension ControlSnapshot {
    /// The flow of an id or a name; of several of one name the first that was made.
    func flow(named text: String) -> ControlEntry? {
        let flows = { entries(.flow).filter { $0.string("state") != FlowState.deleting } }
        if let id = UUIDBytes(text), let flow = entry(.flow, id.description), flow.string("state") != FlowState.deleting
        {
            return flow
        }
        return flows().first { $0.string("name") == text }
    }
}
