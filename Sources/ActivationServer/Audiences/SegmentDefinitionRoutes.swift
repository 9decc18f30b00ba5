import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// `/data/core/ups/segment/definitions` (BEHAVIOUR 5.1).
struct SegmentDefinitionRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let path: RouterPath = "core/ups/segment/definitions"

    private var store: SegmentDefinitionStore { SegmentDefinitionStore(dependencies: dependencies) }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get(SegmentDefinitionRoutes.path) { request, _ in try list(request) }
        adobe.post(SegmentDefinitionRoutes.path) { request, context in
            let outcome = try await store.create(try await request.json(), by: try context.author())
            return try await shown(outcome)
        }
        adobe.post("core/ups/segment/definitions/bulk-get") { request, _ in try await bulkGet(request) }
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

    private func shown(_ outcome: SegmentDefinitionStore.Outcome) async throws(APIError) -> Response {
        let engine = dependencies.engine
        // Before the members are counted: whoever reads `done` reads a count of everyone.
        let progress = engine.evaluationProgress(outcome.definition.id)
        let memberCount = try await APIError.mapping { () throws(EngineError) in
            try await engine.memberCount(outcome.definition.id)
        }
        return Response(
            json: outcome.definition.json(
                owner: dependencies.control.owner,
                evaluation: dependencies.control.snapshot.evaluation(of: outcome.definition),
                plan: engine.evaluationPlan(outcome.definition.id),
                progress: progress,
                leftOut: dependencies.control.quarantine.reason(audience: outcome.definition.id),
                memberCount: memberCount,
                warnings: outcome.warnings
            )
        )
    }

    private func bulkGet(_ request: Request) async throws(APIError) -> Response {
        let engine = dependencies.engine
        let owner = dependencies.control.owner
        let snapshot = dependencies.control.snapshot
        var results = JSONObject()
        for id in try await request.json().bulkIDs() {
            do throws(APIError) {
                let definition = try store.definition(id)
                results[id] = definition.json(
                    owner: owner,
                    evaluation: snapshot.evaluation(of: definition),
                    plan: engine.evaluationPlan(definition.id),
                    progress: engine.evaluationProgress(definition.id),
                    leftOut: dependencies.control.quarantine.reason(audience: definition.id)
                )
            } catch {
                results[id] = [
                    "status": .integer(Int64(error.code.status)),
                    "errorCode": .string(error.code.rawValue),
                    "detail": .string(error.detail),
                ]
            }
        }
        return Response(json: ["results": .object(results)], status: HTTPResponse.Status(code: 207))
    }

    private func list(_ request: Request) throws(APIError) -> Response {
        let query = try QueryItems(request)
        let page = try ListPage(query, limitDefault: 100)
        let sort = if let text = query["sort"] { try DefinitionSort(parsing: text) } else { DefinitionSort() }
        let matching = sort.sorted(try filtered(store.all(), by: query))
        let engine = dependencies.engine
        let owner = dependencies.control.owner
        let quarantine = dependencies.control.quarantine
        let snapshot = dependencies.control.snapshot
        let segments = page.items(of: matching).map { definition in
            definition.json(
                owner: owner,
                evaluation: snapshot.evaluation(of: definition),
                plan: engine.evaluationPlan(definition.id),
                progress: engine.evaluationProgress(definition.id),
                leftOut: quarantine.reason(audience: definition.id)
            )
        }
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
