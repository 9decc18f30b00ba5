import ActivationCore
import HTTPTypes
import Hummingbird

/// Base connections: accounts that hold credentials, the profile store, inlets.
struct ConnectionRoutes: Sendable {
    let dependencies: ServerDependencies
    private let service: ConnectionService

    init(dependencies: ServerDependencies) {
        self.dependencies = dependencies
        service = ConnectionService(dependencies: dependencies)
    }

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("connections") { request, context in try await create(request, context) }
        router.patch("connections/:id") { request, context in try await update(request, context) }
        router.delete("connections/:id") { request, context in try await delete(request, context) }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let entry = try await service.create(try Fields(try await request.json()), by: client)
        return Response(changed: entry, status: .created)
    }

    /// `PATCH`: name, description and credentials (BEHAVIOUR 1.6).
    private func update(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let id = context.pathParameter("id")
        _ = try dependencies.control.flowServiceEntry(.connection, id)
        let tag = try EntityTag.required(request)
        let patch = try JSONPatch(try await request.json())
        return Response(changed: try await service.update(id, ifMatch: tag, patch, by: client), status: .ok)
    }

    private func delete(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let tag = try EntityTag.given(request)
        try await service.delete(context.pathParameter("id"), ifMatch: tag, by: try context.authenticatedClient())
        return Response(status: .noContent)
    }
}

extension ControlSnapshot {
    /// The flows that reach a base connection through their source or target connections, by (createdAt, id).
    func flows(usingBase id: String) -> [ControlEntry] {
        let base = ControlName(.connection, id)
        let connections = entries(.sourceConnection, using: base) + entries(.targetConnection, using: base)
        let users = connections.flatMap { flows(using: $0) }.map { (ByteKey($0.id), $0) }
        return Dictionary(users) { first, _ in first }.values.sorted(by: ControlList.precedes)
    }

    /// The target connections on a base connection that enabled flows write to.
    func targetsInUse(ofBase id: String) -> [ControlEntry] {
        let flows = flows(usingBase: id).filter { $0.string("state") == FlowState.enabled }
        let used = Set(flows.flatMap { $0.body["targetConnectionIds"]?.array ?? [] }.compactMap(\.string))
        return used.sorted().compactMap { entry(.targetConnection, $0) }
            .filter { $0.string("baseConnectionId")?.hasSameBytes(as: id) ?? false }
    }

    /// The flows that use a source or target connection, without those that are gone for clients: what is left of them
    /// needs no connection.
    func flows(using connection: ControlEntry) -> [ControlEntry] {
        entries(.flow, using: ControlName(connection.kind, connection.id))
            .filter { $0.string("state") != FlowState.deleting }
    }
}

extension JSONPatch {
    /// Refuses operations on anything but these members and what is inside them.
    ///
    /// - Throws: `1414-400` for the connection spec, `1411-400` for other places.
    func requirePaths(_ allowed: [[String]]) throws(APIError) {
        for operation in operations {
            let tokens = operation.path.tokens
            if tokens.first == "connectionSpec" {
                throw APIError(
                    .specImmutable,
                    "the connection spec of a connection never changes; make a new connection"
                )
            }
            guard allowed.contains(where: { tokens.starts(with: $0) }) else {
                let places = allowed.map { "/" + $0.joined(separator: "/") }.joined(separator: ", ")
                let place = tokens.isEmpty ? "the whole object" : operation.path.text.excerpt(200)
                throw APIError(.pathInvalid, "\(place) cannot be changed; these places can: \(places)")
            }
        }
    }
}
