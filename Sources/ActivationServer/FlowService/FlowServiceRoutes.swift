import ActivationCore
import HTTPTypes
import Hummingbird

/// Flow Service under Adobe's path: catalog of specs, connections, flows (BEHAVIOUR 1).
struct FlowServiceRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        let base = router.group("foundation/flowservice")
        let catalog = SpecCatalog(dependencies.destinations)
        addSpecs(catalog.connectionSpecs, "connectionSpecs", of: "ConnectionSpec", to: base)
        addSpecs(catalog.flowSpecs, "flowSpecs", of: "FlowSpec", to: base)
        addReads(.connection, "connections", of: "Connection", to: base)
        addReads(.sourceConnection, "sourceConnections", of: "SourceConnection", to: base)
        addReads(.targetConnection, "targetConnections", of: "TargetConnection", to: base)
        addReads(.flow, "flows", of: "Flow", to: base)
        ConnectionRoutes(dependencies: dependencies).add(to: base)
        SourceConnectionRoutes(dependencies: dependencies).add(to: base)
        TargetConnectionRoutes(dependencies: dependencies).add(to: base)
        FlowRoutes(dependencies: dependencies).add(to: base)
        RunRoutes(dependencies: dependencies).add(to: base)
    }

    private func addSpecs(
        _ specs: [JSONObject],
        _ path: String,
        of schema: String,
        to router: some RouterMethods<ServerContext>
    ) {
        router.get("\(path)") { request, _ in
            Response(json: try await FlowServiceQuery(request, of: schema).answer(specs))
        }
        router.get("\(path)/:id") { _, context in
            let id = context.pathParameter("id")
            guard let spec = specs.first(where: { $0["id"] == .string(id) }) else {
                throw APIError(
                    .resourceUnknown,
                    "no spec has this id; GET /data/foundation/flowservice/\(path) lists them"
                )
            }
            return Response(json: ["items": [.object(spec)]])
        }
    }

    private func addReads(
        _ kind: ControlKind,
        _ path: String,
        of schema: String,
        to router: some RouterMethods<ServerContext>
    ) {
        router.get("\(path)") { request, _ in
            let query = try FlowServiceQuery(request, of: schema)
            let documents = FlowServiceDocument(dependencies).documents(kind)
            return Response(json: await query.answer(documents, completing: { await complete($0, kind) }))
        }
        router.get("\(path)/:id") { _, context in
            let entry = try dependencies.control.flowServiceEntry(kind, context.pathParameter("id"))
            let document = await complete(FlowServiceDocument(dependencies).document(entry), kind)
            var response = Response(json: ["items": [.object(document)]])
            response.headers[.eTag] = EntityTag.quoted(entry.etag)
            return response
        }
    }

    /// A shown document with what only the store knows of it.
    private func complete(_ document: JSONObject, _ kind: ControlKind) async -> JSONObject {
        kind == .flow ? await dependencies.withOldestPending(document) : document
    }
}

extension ControlPlane {
    /// The object a path names.
    ///
    /// - Throws: `1430-404` for flows, `1439-404` for the others.
    func flowServiceEntry(_ kind: ControlKind, _ id: String) throws(APIError) -> ControlEntry {
        try snapshot.flowServiceEntry(kind, id)
    }
}

extension ControlSnapshot {
    /// The object a path names; ids are UUIDs, read in either case.
    ///
    /// - Throws: `1430-404` for flows, `1439-404` for the others.
    func flowServiceEntry(_ kind: ControlKind, _ id: String) throws(APIError) -> ControlEntry {
        if let entry = entry(kind, id.lowercased()), entry.string("state") != FlowState.deleting { return entry }
        if kind == .flow { throw APIError(.flowUnknown, "no flow has the id in the path") }
        throw APIError(.resourceUnknown, "no \(kind.rawValue) has the id in the path")
    }

    /// The object that a body refers to.
    ///
    /// - Throws: `1439-400`, the body's counterpart of a 404 (BEHAVIOUR 1.9).
    func referenced(_ kind: ControlKind, _ id: String, at pointer: String) throws(APIError) -> ControlEntry {
        guard let entry = entry(kind, id.lowercased()) else {
            throw APIError(.referenceUnknown, "\(pointer): no \(kind.rawValue) has the id \"\(id.excerpt(64))\"")
        }
        return entry
    }
}

extension Response {
    /// The answer to a change: id, etag and, when there are any, the backfills that it began, and warnings.
    init(
        changed entry: ControlEntry,
        status: HTTPResponse.Status,
        backfill: ControlEntry? = nil,
        unmapping: ControlEntry? = nil,
        warnings: [JSONValue] = []
    ) {
        var object: JSONObject = [
            "id": .string(entry.id),
            "etag": .string(EntityTag.quoted(entry.etag)),
        ]
        object["backfillId"] = backfill.map { .string($0.id) }
        object["unmappingId"] = unmapping.map { .string($0.id) }
        if !warnings.isEmpty { object["warnings"] = .array(warnings) }
        self.init(json: .object(object), status: status)
        headers[.eTag] = EntityTag.quoted(entry.etag)
    }
}
