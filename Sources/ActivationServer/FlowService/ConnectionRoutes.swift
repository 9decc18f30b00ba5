import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Base connections: accounts that hold credentials, the profile store, inlets.
struct ConnectionRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("connections") { request, context in try await create(request, context) }
        router.patch("connections/:id") { request, context in try await update(request, context) }
        router.delete("connections/:id") { request, context in try await delete(request, context) }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let fields = try Fields(try await request.json())
        var body = try checked(fields)
        try DocumentedTypes.check(.object(fields.object), as: "ConnectionDraft")
        try await probe(body)
        if body["connectionSpec"]?["id"]?.string == WellKnownSpec.streamingInlet {
            body["inletId"] = .string(Inlet.makeID(dependencies.ids))
        }
        let audited = AuditTrail.created(body, by: client)
        let entry = try await dependencies.control.write { draft throws(APIError) in
            let id = draft.makeID()
            return try draft.insert(.connection, id: id, body: sealed(audited, id: id))
        }
        return Response(changed: entry, status: .created)
    }

    /// `PATCH`: name, description and credentials (BEHAVIOUR 1.6).
    private func update(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let control = dependencies.control
        let old = try control.flowServiceEntry(.connection, context.pathParameter("id"))
        let tag = try EntityTag.required(request)
        let patch = try JSONPatch(try await request.json())
        try patch.requirePaths([["name"], ["description"], ["auth", "params"]])
        try EntityTag.check(tag, is: old.etag)
        // Secrets of another data key cannot be read, but the whole of auth.params can still be replaced.
        let before = ConnectionSecrets.opened(old, box: control.secrets) ?? ConnectionSecrets.shown(old.body)
        let after = try Fields(try patch.apply(to: .object(before)))
        var body = try checked(after)
        try DocumentedTypes.check(.object(after.object), as: "ConnectionDraft")
        body["inletId"] = old.body["inletId"]
        let changesCredentials = body["auth"] != before["auth"]
        if changesCredentials {
            try await probe(body)
            try await probeTargets(of: old.id, body)
        }
        let sealed = try sealed(AuditTrail.updated(body, from: old, by: client), id: old.id)
        let entry = try await control.write { draft throws(APIError) in
            let current = try draft.snapshot.flowServiceEntry(.connection, old.id)
            try EntityTag.check(tag, is: current.etag)
            if changesCredentials { try draft.follow(current, from: before, to: body, dependencies.destinations) }
            return try draft.replace(current, body: sealed)
        }
        return Response(changed: entry, status: .ok)
    }

    private func delete(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let id = context.pathParameter("id")
        let tag = try EntityTag.given(request)
        try await dependencies.control.write { draft throws(APIError) in
            let entry = try draft.snapshot.flowServiceEntry(.connection, id)
            if let tag { try EntityTag.check(tag, is: entry.etag) }
            let flows = draft.snapshot.flows(usingBase: entry.id)
            guard flows.isEmpty else {
                throw APIError(
                    .connectionInUse,
                    "\(flows.count) flows still use this connection; delete them first: "
                        + flows.prefix(5).map(\.id).joined(separator: ", ")
                )
            }
            draft.remove(entry)
        }
        return Response(status: .noContent)
    }

    private func checked(_ fields: Fields) throws(APIError) -> JSONObject {
        try ConnectionBody.base(
            fields,
            destinations: dependencies.destinations,
            namespaces: dependencies.control.snapshot.namespaces
        )
    }

    private func sealed(_ body: JSONObject, id: String) throws(APIError) -> JSONObject {
        try ConnectionSecrets.sealed(
            body,
            id: id,
            keys: dependencies.destinations.secretKeys,
            box: dependencies.control.secrets
        )
    }

    /// Asks the destination whether the account reaches every target that enabled flows write to by it (BEHAVIOUR 1.6).
    private func probeTargets(of base: String, _ body: JSONObject) async throws(APIError) {
        guard let kind = dependencies.destinations[of: body] else { return }
        let account = body["auth"]?["params"]?.object ?? [:]
        for target in dependencies.control.snapshot.targetsInUse(ofBase: base) {
            do throws(DestinationProbeError) {
                try await kind.probe(target: target.body["params"]?.object ?? [:], account: account)
            } catch {
                throw APIError(probe: error)
            }
        }
    }

    /// Asks the destination whether it takes the account (BEHAVIOUR 2.2); other connections have nothing to ask.
    private func probe(_ body: JSONObject) async throws(APIError) {
        guard let kind = dependencies.destinations[of: body] else { return }
        do throws(DestinationProbeError) {
            try await kind.probe(account: body["auth"]?["params"]?.object ?? [:])
        } catch {
            throw APIError(probe: error)
        }
    }
}

extension ControlDraft {
    /// Has the flows that reach a base connection open their targets by its new account; where that means another place,
    /// what waits goes to where it was until now.
    ///
    /// - Parameters:
    ///   - base: The base connection before the change.
    ///   - before: Its body with its secrets.
    ///   - after: Its new body with its secrets.
    ///   - destinations: Know which place a configuration means.
    /// - Throws: `CONFLICT` when records of a flow wait for too many former targets.
    fileprivate mutating func follow(
        _ base: ControlEntry,
        from before: JSONObject,
        to after: JSONObject,
        _ destinations: DestinationCatalog
    ) throws(APIError) {
        for flow in snapshot.flows(usingBase: base.id) {
            relaysToRestart.insert(flow.id)
            // Secrets that cannot be read lead nowhere, so there is no former place to go on with.
            guard
                before[ConnectionSecrets.sealedKey] == nil,
                let kind = destinations[of: after],
                let target = flow.body["targetConnectionIds"]?[0]?.string
                    .flatMap({ snapshot.entry(.targetConnection, $0) }),
                target.string("baseConnectionId")?.hasSameBytes(as: base.id) ?? false
            else { continue }
            let places = [before, after].map { body in
                kind.address(
                    target: target.body["params"]?.object ?? [:],
                    account: body["auth"]?["params"]?.object ?? [:]
                )
            }
            guard places[0] != places[1] else { continue }
            relaysToRestart.remove(flow.id)
            try move(flow, from: target, account: FormerTarget.account(of: base))
        }
    }
}

extension ControlSnapshot {
    /// The flows that reach a base connection through their source or target connections.
    func flows(usingBase id: String) -> [ControlEntry] {
        flows { flow in
            connections(of: flow).contains { $0.string("baseConnectionId")?.hasSameBytes(as: id) ?? false }
        }
    }

    /// The target connections on a base connection that enabled flows write to.
    func targetsInUse(ofBase id: String) -> [ControlEntry] {
        let flows = flows(usingBase: id).filter { $0.string("state") == FlowState.enabled }
        let used = Set(flows.flatMap { $0.body["targetConnectionIds"]?.array ?? [] }.compactMap(\.string))
        return used.sorted().compactMap { entry(.targetConnection, $0) }
            .filter { $0.string("baseConnectionId")?.hasSameBytes(as: id) ?? false }
    }

    /// The flows that use a source or target connection.
    func flows(using connection: ControlEntry) -> [ControlEntry] {
        flows { flow in
            connections(of: flow).contains { $0.kind == connection.kind && $0.id.hasSameBytes(as: connection.id) }
        }
    }

    /// Without those that are gone for clients: what is left of them needs no connection.
    private func flows(where matches: (ControlEntry) -> Bool) -> [ControlEntry] {
        entries(.flow).filter { $0.string("state") != FlowState.deleting && matches($0) }
    }

    private func connections(of flow: ControlEntry) -> [ControlEntry] {
        let sources = (flow.body["sourceConnectionIds"]?.array ?? []).compactMap(\.string)
        let targets = (flow.body["targetConnectionIds"]?.array ?? []).compactMap(\.string)
        return sources.compactMap { entry(.sourceConnection, $0) } + targets.compactMap { entry(.targetConnection, $0) }
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
                throw APIError(
                    .pathInvalid,
                    "\(operation.path.text.excerpt(200)) cannot be changed; these places can: \(places)"
                )
            }
        }
    }
}
