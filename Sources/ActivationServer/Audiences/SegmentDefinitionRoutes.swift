import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// `/data/core/ups/segment/definitions` (BEHAVIOUR 5.1).
struct SegmentDefinitionRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let path: RouterPath = "core/ups/segment/definitions"

    /// Audiences that are made of no rule have no definition.
    private var store: SegmentDefinitionStore {
        SegmentDefinitionStore(dependencies: dependencies, hasRulesAlone: true)
    }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get(SegmentDefinitionRoutes.path) { request, _ in try list(request) }
        adobe.post(SegmentDefinitionRoutes.path) { request, context in
            let outcome = try await store.create(try await request.json(), by: try context.author())
            return try await shown(outcome)
        }
        adobe.post("core/ups/segment/definitions/bulk-get") { request, _ in
            let ids = try await request.json().bulkIDs()
            return Response(
                json: documents.results(of: ids, store.definition),
                status: HTTPResponse.Status(code: 207)
            )
        }
        adobe.get("core/ups/segment/definitions/{id}") { _, context in
            let definition = try store.definition(context.pathParameter("id"))
            let outcome = SegmentDefinitionStore.Outcome(definition: definition, warnings: [])
            return try await shown(outcome)
        }
        adobe.patch("core/ups/segment/definitions/{id}") { request, context in
            let outcome = try await store.change(
                context.pathParameter("id"),
                to: try await request.json(),
                by: try context.author()
            )
            return try await shown(outcome)
        }
        adobe.delete("core/ups/segment/definitions/{id}") { _, context in
            try await store.delete(context.pathParameter("id"), by: try context.author())
            return Response(status: .ok)
        }
    }

    private var documents: AudienceDocuments { AudienceDocuments(.definition, dependencies) }

    private func shown(_ outcome: SegmentDefinitionStore.Outcome) async throws(APIError) -> Response {
        Response(json: try await documents.counted(outcome.definition, warnings: outcome.warnings))
    }

    private func list(_ request: Request) throws(APIError) -> Response {
        let query = try QueryItems(request)
        let page = try ListPage(query, limitDefault: 100)
        let sort = if let text = query["sort"] { try DefinitionSort(parsing: text) } else { DefinitionSort() }
        let matching = sort.sorted(try filtered(store.all(), by: query))
        let documents = documents
        let segments = page.items(of: matching).map { documents.json($0) }
        let links = page.links(query, base: SegmentDefinition.link, of: matching.count)
        let hasNext = links["next"]?["href"] != ""
        return Response(json: [
            "segments": .array(segments),
            "page": [
                "totalCount": .integer(Int64(matching.count)),
                "totalPages": .integer(Int64((matching.count + page.limit - 1) / page.limit)),
                "sortField": .string(sort.field.rawValue),
                "sort": .string(sort.isAscending ? "asc" : "desc"),
                "pageSize": .integer(Int64(segments.count)),
                "limit": .integer(Int64(page.limit)),
            ],
            "link": hasNext ? links : [:],
            "_links": links,
        ])
    }

    private func filtered(
        _ definitions: [SegmentDefinition],
        by query: QueryItems
    ) throws(APIError) -> [SegmentDefinition] {
        var definitions = definitions
        let snapshot = dependencies.control.snapshot
        for mode in EvaluationMode.allCases {
            let name = "evaluationInfo.\(mode.rawValue).enabled"
            guard query[name] != nil else { continue }
            let wanted = try query.bool(name)
            definitions = definitions.filter { snapshot.evaluation(of: $0).holds(mode) == wanted }
        }
        return definitions
    }
}

extension JSONValue {
    /// The ids of `{"ids": [{"id": "…"}]}`.
    func bulkIDs() throws(APIError) -> [String] {
        guard let items = self["ids"]?.array, items.count <= ServerLimits.pageItemsMax else {
            throw APIError(
                .fieldInvalid,
                "ids is a list of at most \(ServerLimits.pageItemsMax) objects {\"id\": \"…\"}"
            )
        }
        var ids: [String] = []
        for item in items {
            guard let id = item["id"]?.string else { throw APIError(.fieldInvalid, "every item of ids has an id") }
            ids.append(id)
        }
        return ids
    }
}
