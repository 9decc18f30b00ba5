import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// `/data/foundation/sandbox-management`: sandboxes as Adobe's API shapes them (BEHAVIOUR 8.6).
struct SandboxRoutes: Sendable {
    let dependencies: ServerDependencies

    static let path = "/data/foundation/sandbox-management"
    /// Sandboxes on a page unless another number is asked for.
    private static let limitDefault = 50

    private var service: SandboxService { SandboxService(dependencies) }
    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        let routes = adobe.group("foundation/sandbox-management")
        routes.get("") { _, context in
            let own = service.sandboxes(of: try context.authenticatedClient())
            return Response(json: page(own[...], of: own.count, start: 0, limit: own.count))
        }
        routes.get("sandboxTypes") { _, _ in
            Response(json: ["sandboxTypes": .array(Sandbox.Kind.allCases.map { .string($0.rawValue) })])
        }
        routes.get("sandboxes") { request, _ in try list(try QueryItems(request)) }
        routes.post("sandboxes") { request, context in
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "SandboxDraft")
            let draft = try SandboxDraft(try Fields(body))
            let made = try await service.make(draft, by: try context.authenticatedClient())
            return Response(json: document(made), status: .accepted)
        }
        routes.get("sandboxes/:name") { _, context in
            Response(json: document(try service.sandbox(named: context.pathParameter("name"))))
        }
        routes.patch("sandboxes/:name") { request, context in
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "SandboxTitle")
            let sandbox = try await control.renameSandbox(
                context.pathParameter("name"),
                title: try SandboxDraft.title(try Fields(body)),
                by: try context.authenticatedClient()
            )
            return Response(json: document(dependencies.sandboxes.shown(sandbox)))
        }
        routes.put("sandboxes/:name") { request, context in
            let query = try QueryItems(request)
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "SandboxAction")
            guard try Fields(body).requiredString("action") == "reset" else {
                throw APIError(.fieldInvalid, "/action is reset; other things are done by PATCH and DELETE")
            }
            return try await end(as: .resetting, query, context)
        }
        routes.delete("sandboxes/:name") { request, context in
            try await end(as: .deleting, try QueryItems(request), context)
        }
    }

    private func end(
        as state: Sandbox.State,
        _ query: QueryItems,
        _ context: ServerContext
    ) async throws(APIError) -> Response {
        let name = context.pathParameter("name")
        let isForced = try query.bool("ignoreWarnings")
        let found = try service.check(toEnd: name, isForced: isForced)
        guard try !query.bool("validationOnly") else { return Response(json: document(found)) }
        let ended = try await service.end(name, as: state, by: try context.authenticatedClient(), isForced: isForced)
        return Response(json: document(ended), status: .accepted)
    }

    // MARK: Shapes

    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let limit = try query.integer("limit", in: 1...ServerLimits.pageItemsMax)
        let offset = try query.integer("offset", in: 0...ServerLimits.objectsMax)
        guard (limit == nil) == (offset == nil) else {
            throw APIError(.queryInvalid, "limit and offset are given together or not at all")
        }
        var all = service.all
        for property in query.values("property") { all = try SandboxRoutes.filter(all, by: property) }
        let (start, most) = (offset ?? 0, limit ?? SandboxRoutes.limitDefault)
        return Response(json: page(all.dropFirst(start).prefix(most), of: all.count, start: start, limit: most))
    }

    /// Those that have a property, as `name==dev`.
    private static func filter(_ sandboxes: [Sandbox], by property: String) throws(APIError) -> [Sandbox] {
        let parts = property.split(separator: "=", maxSplits: 2, omittingEmptySubsequences: false).map { String($0) }
        let readings: [String: @Sendable (Sandbox) -> String] = [
            "name": { $0.name }, "title": { $0.title }, "type": { $0.kind.rawValue }, "state": { $0.state.rawValue },
        ]
        guard parts.count == 3, parts[1].isEmpty, let reading = readings[parts[0]] else {
            throw APIError(.queryInvalid, "property is name, title, type or state with its value: name==dev")
        }
        return sandboxes.filter { reading($0).hasSameBytes(as: parts[2]) }
    }

    private func page(_ items: ArraySlice<Sandbox>, of count: Int, start: Int, limit: Int) -> JSONValue {
        var links: JSONObject = [
            "page": ["href": .string("\(SandboxRoutes.path)/sandboxes?limit={limit}&offset={offset}")]
        ]
        if start + items.count < count {
            links["next"] = [
                "href": .string("\(SandboxRoutes.path)/sandboxes?limit=\(limit)&offset=\(start + items.count)")
            ]
        }
        return [
            "sandboxes": .array(items.map(document)),
            "_page": ["limit": .integer(Int64(limit)), "count": .integer(Int64(items.count))],
            "_links": .object(links),
        ]
    }

    private func document(_ sandbox: Sandbox) -> JSONValue {
        let entry = control.whole.sandboxEntry(named: sandbox.name) ?? control.entries(.organisation).first
        var object: JSONObject = [
            "id": .string(sandbox.id), "name": .string(sandbox.name), "title": .string(sandbox.title),
            "state": .string(sandbox.state.rawValue), "type": .string(sandbox.kind.rawValue), "region": "local",
            "isDefault": .bool(sandbox.isDefault),
        ]
        guard let entry else { return .object(object) }
        object["eTag"] = .string(EntityTag.quoted(entry.etag))
        object["createdDate"] = .string(SandboxRoutes.date(entry.createdAt))
        object["lastModifiedDate"] = .string(SandboxRoutes.date(entry.updatedAt))
        object["createdBy"] = entry.body["createdBy"]
        object["modifiedBy"] = entry.body["updatedBy"]
        return .object(object)
    }

    /// An instant as Adobe's sandbox API writes it: `2026-03-02 09:48:24`.
    private static func date(_ instant: Timestamp) -> String {
        instant.rfc3339.prefix(19).split(separator: "T").joined(separator: " ")
    }
}
