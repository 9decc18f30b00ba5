import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// `/data/core/ups/audiences`: the definitions by their newer door (BEHAVIOUR 5.1).
struct AudienceRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let door: RouterPath = "core/ups/audiences"
    /// Where audiences are.
    static let path = "/data/core/ups/audiences"
    /// How links name the list.
    static let link = "@/audiences"

    private var store: SegmentDefinitionStore { SegmentDefinitionStore(dependencies: dependencies) }
    private var documents: AudienceDocuments { AudienceDocuments(.audience, dependencies) }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get(AudienceRoutes.door) { request, _ in try await list(request) }
        adobe.post(AudienceRoutes.door) { request, context in
            try await shown(try await store.create(try await request.json(), by: try context.author()))
        }
        adobe.post("core/ups/audiences/bulk-get") { request, _ in
            let ids = try await request.json().bulkIDs()
            return Response(
                json: documents.results(of: ids, store.definition),
                status: HTTPResponse.Status(code: 207)
            )
        }
        adobe.get("core/ups/audiences/{id}") { _, context in
            let definition = try store.definition(context.pathParameter("id"))
            return try await shown(SegmentDefinitionStore.Outcome(definition: definition, warnings: []))
        }
        adobe.put("core/ups/audiences/{id}") { request, context in
            let body = try await request.json()
            return try await change(request, context) { current throws(APIError) in
                try store.checkServerMembers(of: body, current)
                return try SegmentDefinitionDraft(replacing: current, with: body)
            }
        }
        adobe.patch("core/ups/audiences/{id}") { request, context in
            let patch = try JSONPatch(try await request.json())
            try AudienceRoutes.refuseServerMembers(patch)
            return try await change(request, context) { current throws(APIError) in
                try SegmentDefinitionDraft(
                    replacing: current,
                    with: try patch.apply(to: .object(current.patchable))
                )
            }
        }
        adobe.delete("core/ups/audiences/{id}") { request, context in
            try await store.delete(
                context.pathParameter("id"),
                ifMatch: try EntityTag.given(request),
                by: try context.author()
            )
            return Response(status: .noContent)
        }
    }

    private func change(
        _ request: Request,
        _ context: ServerContext,
        _ edit: (SegmentDefinition) throws(APIError) -> SegmentDefinitionDraft
    ) async throws(APIError) -> Response {
        let tag = try EntityTag.given(request)
        let outcome = try await store.change(context.pathParameter("id"), by: try context.author()) {
            current throws(APIError) in
            if let tag { try EntityTag.check(tag, is: current.etag) }
            return try edit(current)
        }
        return try await shown(outcome)
    }

    /// What the server sets is no place for a patch.
    private static func refuseServerMembers(_ patch: JSONPatch) throws(APIError) {
        for operation in patch.operations {
            guard let name = operation.path.tokens.first else {
                throw APIError(.pathInvalid, "a patch names members of the audience; PUT replaces the whole of it")
            }
            guard !SegmentDefinitionDraft.serverMembers.contains(name) else {
                throw APIError(.pathInvalid, "/\(name) is set by the server and cannot be patched")
            }
        }
    }

    private func shown(_ outcome: SegmentDefinitionStore.Outcome) async throws(APIError) -> Response {
        var response = Response(
            json: try await documents.counted(outcome.definition, warnings: outcome.warnings)
        )
        response.headers[.eTag] = EntityTag.quoted(outcome.definition.etag)
        return response
    }

    private func list(_ request: Request) async throws(APIError) -> Response {
        let query = try QueryItems(request)
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsMax)
        let sort = if let text = query["sort"] { try DefinitionSort(parsing: text) } else { DefinitionSort() }
        let filter = try AudienceFilter(query)
        let matching = sort.sorted(store.all().filter(filter.matches))
        let shown = Array(page.items(of: matching))
        let counts = try await query.bool("withMetrics") ? memberCounts(of: shown) : nil
        let documents = documents
        var place: JSONObject = [
            "totalCount": .integer(Int64(matching.count)), "pageSize": .integer(Int64(shown.count)),
        ]
        if page.start + page.limit < matching.count { place["next"] = .string(String(page.start + page.limit)) }
        return Response(json: [
            "children": .array(
                shown.map { audience in
                    documents.json(audience, memberCount: counts.map { $0[audience.id] ?? 0 })
                }
            ),
            "_page": .object(place),
            "_links": page.links(query, base: AudienceRoutes.link, of: matching.count),
        ])
    }

    private func memberCounts(of definitions: [SegmentDefinition]) async throws(APIError) -> [Audience.ID: Int] {
        try await APIError.mapping { () throws(EngineError) in
            try await dependencies.engine.memberCounts(of: definitions.map(\.id))
        }
    }
}

extension SegmentDefinition {
    /// What a patch may change.
    fileprivate var patchable: JSONObject {
        var members: JSONObject = ["tags": [], "labels": [], "lifecycleState": .string(lifecycle.rawValue)]
        for (key, value) in body where !SegmentDefinitionDraft.serverMembers.contains(key) { members[key] = value }
        return members
    }
}
