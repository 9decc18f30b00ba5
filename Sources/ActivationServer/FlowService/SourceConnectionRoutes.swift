import ActivationCore
import HTTPTypes
import Hummingbird

/// Source connections: a flow's tie to the profile store.
struct SourceConnectionRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("sourceConnections") { request, context in try await create(request, context) }
        router.patch("sourceConnections/:id") { request, context in try await update(request, context) }
        router.delete("sourceConnections/:id") { request, context in
            try await dependencies.control.deleteBoundConnection(.sourceConnection, request, context)
        }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let fields = try Fields(try await request.json())
        let entry = try await dependencies.control.write(by: client.author) { draft throws(APIError) in
            let body = try ConnectionBody.source(fields, in: draft.snapshot)
            try DocumentedTypes.check(.object(fields.object), as: "SourceConnectionDraft")
            return try draft.insert(.sourceConnection, body: AuditTrail.created(body, by: client))
        }
        return Response(changed: entry, status: .created)
    }

    private func update(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let id = context.pathParameter("id")
        _ = try dependencies.control.flowServiceEntry(.sourceConnection, id)
        let tag = try EntityTag.required(request)
        let patch = try JSONPatch(try await request.json())
        try patch.requirePaths([["name"], ["description"], ["params"], ["data"]])
        let entry = try await dependencies.control.write(by: client.author) { draft throws(APIError) in
            let old = try draft.snapshot.flowServiceEntry(.sourceConnection, id)
            try EntityTag.check(tag, is: old.etag)
            let after = try Fields(try patch.apply(to: .object(old.body)))
            let body = try ConnectionBody.source(after, in: draft.snapshot)
            try DocumentedTypes.check(.object(after.object), as: "SourceConnectionDraft")
            return try draft.replace(old, body: AuditTrail.updated(body, from: old, by: client))
        }
        return Response(changed: entry, status: .ok)
    }
}

extension ControlPlane {
    /// Deletes a source or target connection that no flow uses.
    ///
    /// - Throws: `1447-400` while a flow does.
    func deleteBoundConnection(
        _ kind: ControlKind,
        _ request: Request,
        _ context: ServerContext
    ) async throws(APIError) -> Response {
        let id = context.pathParameter("id")
        let tag = try EntityTag.given(request)
        try await write(by: try context.author()) { draft throws(APIError) in
            let entry = try draft.snapshot.flowServiceEntry(kind, id)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            let flows = draft.snapshot.flows(using: entry)
            guard flows.isEmpty else {
                throw APIError(
                    .stillReferenced,
                    "\(flows.count) flows still contain this id; delete them first: "
                        + flows.prefix(5).map(\.id).joined(separator: ", ")
                )
            }
            draft.remove(entry)
        }
        return Response(status: .noContent)
    }
}
