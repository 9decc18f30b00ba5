import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Target connections: the stream a flow writes to.
struct TargetConnectionRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("targetConnections") { request, context in try await create(request, context) }
        router.patch("targetConnections/:id") { request, context in try await update(request, context) }
        router.delete("targetConnections/:id") { request, context in
            try await dependencies.control.deleteBoundConnection(.targetConnection, request, context)
        }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let fields = try Fields(try await request.json())
        let snapshot = dependencies.control.snapshot
        let checked = try ConnectionBody.target(fields, in: snapshot)
        try await dependencies.checkStream(of: checked, in: snapshot)
        let entry = try await dependencies.control.write { draft throws(APIError) in
            // The base connection may have gone while the stream was looked up.
            let body = try ConnectionBody.target(fields, in: draft.snapshot)
            return try draft.insert(.targetConnection, body: AuditTrail.created(body, by: client))
        }
        return Response(changed: entry, status: .created)
    }

    /// `PATCH`: name, description and params, whole or by key (SPEC 1.6).
    private func update(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let control = dependencies.control
        let snapshot = control.snapshot
        let old = try snapshot.flowServiceEntry(.targetConnection, context.pathParameter("id"))
        let tag = try EntityTag.required(request)
        let patch = try JSONPatch(try await request.json())
        try patch.requirePaths([["name"], ["description"], ["params"], ["data"]])
        try EntityTag.check(tag, is: old.etag)
        let after = try Fields(try patch.apply(to: .object(old.body)))
        let body = try ConnectionBody.target(after, in: snapshot)
        let changesParams = body["params"] != old.body["params"]
        if changesParams { try await dependencies.checkStream(of: body, in: snapshot) }
        let entry = try await control.write { draft throws(APIError) in
            let current = try draft.snapshot.flowServiceEntry(.targetConnection, old.id)
            try EntityTag.check(tag, is: current.etag)
            if changesParams { draft.relaysToRestart = Set(draft.snapshot.flows(using: current).map(\.id)) }
            return try draft.replace(current, body: AuditTrail.updated(body, from: current, by: client))
        }
        return Response(changed: entry, status: .ok)
    }
}

extension ServerDependencies {
    /// Asks the destination whether the stream of a target exists and can be written to (SPEC 2.2, 10.6).
    func checkStream(of target: JSONObject, in snapshot: ControlSnapshot) async throws(APIError) {
        guard
            let base = target["baseConnectionId"]?.string.flatMap({ snapshot.entry(.connection, $0) }),
            let stream = target["params"]?["stream"]?.string
        else {
            throw APIError(.referenceUnknown, "the target's base connection does not exist any more")
        }
        guard let credentials = ConnectionSecrets.credentials(of: base, secrets: control.secrets) else {
            throw APIError(
                .conflict,
                "the secret of connection \(base.id) does not open with this data key; give the connection its "
                    + "credentials again"
            )
        }
        do throws(DestinationProbeError) {
            try await probe.checkStream(credentials, stream: stream, region: target["params"]?["region"]?.string)
        } catch {
            throw APIError(probe: error)
        }
    }
}
