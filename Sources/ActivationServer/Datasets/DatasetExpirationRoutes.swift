import ActivationCore
import Hummingbird

/// `/data/core/hygiene/ttl`: dates on which datasets end, as Adobe's Data Hygiene API has them (BEHAVIOUR 6.2).
struct DatasetExpirationRoutes: Sendable {
    let dependencies: ServerDependencies

    static let path = "/data/core/hygiene/ttl"

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/hygiene/ttl") { request, _ in try list(try QueryItems(request)) }
        adobe.post("core/hygiene/ttl") { request, context in try await create(request, context) }
        adobe.get("core/hygiene/ttl/{id}") { _, context in try show(context.pathParameter("id")) }
        adobe.put("core/hygiene/ttl/{id}") { request, context in try await change(request, context) }
        adobe.delete("core/hygiene/ttl/{id}") { _, context in try await cancel(context) }
    }

    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let asked = try DatasetExpirationQuery(query)
        let found = asked.selected(of: control.snapshot.datasetExpirations.map(dependencies.shown))
        let page = found.dropFirst(asked.page * asked.limit).prefix(asked.limit)
        return Response(json: [
            "results": .array(page.map { $0.json(orgID: control.orgID) }),
            "current_page": .integer(Int64(asked.page)),
            "total_pages": .integer(Int64((found.count + asked.limit - 1) / asked.limit)),
            "total_count": .integer(Int64(found.count)),
        ])
    }

    private func show(_ id: String) throws(APIError) -> Response {
        guard let found = control.snapshot.expiration(id) else { throw DatasetExpirationRoutes.unknown }
        return Response(json: dependencies.shown(found).json(orgID: control.orgID))
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let wanted = try DatasetExpirationDraft(try await request.json())
        guard let dataset = wanted.dataset else {
            throw APIError(.fieldInvalid, "/datasetId is missing: the id of the dataset that is to end")
        }
        let made = try await control.write(by: try context.author()) { draft throws(APIError) in
            try draft.insert(wanted, of: dataset)
        }
        return Response(json: dependencies.shown(made).json(orgID: control.orgID), status: .created)
    }

    /// Changes an expiration; with the id of a dataset that has none it makes one.
    private func change(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let id = context.pathParameter("id")
        let wanted = try DatasetExpirationDraft(try await request.json())
        let (made, isNew) = try await control.write(by: try context.author()) { draft throws(APIError) in
            let known = draft.snapshot.expiration(id)
            let isDataset = draft.snapshot.entry(.dataset, id) != nil || draft.snapshot.audienceDataset(id) != nil
            if let known, !isDataset || known.cancelledAt == nil { return (try draft.change(known, to: wanted), false) }
            guard isDataset else { throw DatasetExpirationRoutes.unknown }
            return (try draft.insert(wanted, of: id), true)
        }
        return Response(
            json: dependencies.shown(made).json(orgID: control.orgID),
            status: isNew ? .created : .ok
        )
    }

    private func cancel(_ context: ServerContext) async throws(APIError) -> Response {
        let id = context.pathParameter("id")
        try await control.write(by: try context.author()) { draft throws(APIError) in
            guard let known = draft.snapshot.expiration(id) else { throw DatasetExpirationRoutes.unknown }
            try draft.cancel(known)
        }
        return Response(status: .noContent)
    }

    private static let unknown = APIError(
        .expirationUnknown,
        "no expiration has this id, nor has a dataset with this id one; GET the list to see them"
    )
}
