import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Target connections: where a flow writes to, such as a stream.
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
        let checked = try ConnectionBody.target(fields, destinations: dependencies.destinations, in: snapshot)
        try DocumentedTypes.check(.object(fields.object), as: "TargetConnectionDraft")
        try await dependencies.probeTarget(checked, in: snapshot)
        let entry = try await dependencies.control.write(by: client.author) { draft throws(APIError) in
            // The base connection may have gone while the destination was asked.
            let body = try ConnectionBody.target(
                fields,
                destinations: dependencies.destinations,
                in: draft.snapshot
            )
            return try draft.insert(.targetConnection, body: AuditTrail.created(body, by: client))
        }
        return Response(changed: entry, status: .created)
    }

    /// `PATCH`: name, description and params, whole or by key (BEHAVIOUR 1.6).
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
        let body = try ConnectionBody.target(after, destinations: dependencies.destinations, in: snapshot)
        try DocumentedTypes.check(.object(after.object), as: "TargetConnectionDraft")
        let changesParams = body["params"] != old.body["params"]
        if changesParams { try await dependencies.probeTarget(body, in: snapshot) }
        let entry = try await control.write(by: client.author) { draft throws(APIError) in
            let current = try draft.snapshot.flowServiceEntry(.targetConnection, old.id)
            try EntityTag.check(tag, is: current.etag)
            if changesParams { try draft.follow(current, to: body, destinations: dependencies.destinations, control) }
            return try draft.replace(current, body: AuditTrail.updated(body, from: current, by: client))
        }
        return Response(changed: entry, status: .ok)
    }
}

extension ControlDraft {
    /// Has the flows that use a target open it anew, or deliver what waits to where it was until now.
    ///
    /// - Parameters:
    ///   - target: The target connection before the change.
    ///   - body: Its body after the change.
    ///   - destinations: Know which place a configuration means.
    ///   - control: Opens the account's secrets.
    /// - Throws: `CONFLICT` when records of a flow wait for too many former targets.
    mutating func follow(
        _ target: ControlEntry,
        to body: JSONObject,
        destinations: DestinationCatalog,
        _ control: ControlPlane
    ) throws(APIError) {
        let flows = snapshot.flows(using: target)
        relaysToRestart = Set(flows.map(\.id))
        guard
            let base = target.string("baseConnectionId").flatMap({ snapshot.entry(.connection, $0) }),
            let kind = destinations[of: base.body],
            let account = ConnectionSecrets.account(of: base, box: control.secrets)
        else { return }
        let places = [target.body, body].map { kind.address(target: $0["params"]?.object ?? [:], account: account) }
        guard places[0] != places[1] else { return }
        relaysToRestart = []
        for flow in flows { try move(flow, from: target, account: nil) }
    }
}

extension ServerDependencies {
    /// Asks the destination whether it takes a stored account (BEHAVIOUR 2.2).
    func probeAccount(_ base: ControlEntry) async throws(APIError) {
        guard let kind = destinations[of: base.body],
            let account = ConnectionSecrets.account(of: base, box: control.secrets)
        else { return }
        do throws(DestinationProbeError) {
            try await kind.probe(account: account)
        } catch {
            throw APIError(probe: error)
        }
    }

    /// Asks the destination whether a target exists and can be written to (BEHAVIOUR 2.2, 10.6).
    func probeTarget(_ target: JSONObject, in snapshot: ControlSnapshot) async throws(APIError) {
        let (kind, account) = try kindAndAccount(of: target, in: snapshot)
        do throws(DestinationProbeError) {
            try await kind.probe(target: target["params"]?.object ?? [:], account: account)
        } catch {
            throw APIError(probe: error)
        }
    }

    /// Looks at a target, of which the account may be allowed to know nothing.
    ///
    /// - Parameters:
    ///   - target: The body of a target connection.
    ///   - record: The content of a record to write there; nil = nothing is written.
    ///   - snapshot: Holds its base connection.
    /// - Returns: What is known of it.
    /// - Throws: `1439-400`, `CONFLICT`, the code of the probe.
    func inspectTarget(
        _ target: JSONObject,
        writing record: [UInt8]? = nil,
        in snapshot: ControlSnapshot
    ) async throws(APIError) -> TargetInspection {
        let (kind, account) = try kindAndAccount(of: target, in: snapshot)
        do throws(DestinationProbeError) {
            let params = target["params"]?.object ?? [:]
            return try await kind.inspect(target: params, account: account, writing: record)
        } catch {
            throw APIError(probe: error)
        }
    }

    /// Where the records of a target go; nil when its account cannot be read.
    func address(of target: JSONObject, in snapshot: ControlSnapshot) -> String? {
        guard let (kind, account) = try? kindAndAccount(of: target, in: snapshot) else { return nil }
        return kind.address(target: target["params"]?.object ?? [:], account: account)
    }

    private func kindAndAccount(
        of target: JSONObject,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> (kind: any DestinationKind, account: JSONObject) {
        guard
            let base = target["baseConnectionId"]?.string.flatMap({ snapshot.entry(.connection, $0) }),
            let kind = destinations[of: base.body]
        else {
            throw APIError(.referenceUnknown, "the target's base connection does not exist any more")
        }
        guard let account = ConnectionSecrets.account(of: base, box: control.secrets) else {
            throw APIError(
                .conflict,
                "the secret of connection \(base.id) does not open with this data key; give the connection its "
                    + "credentials again"
            )
        }
        return (kind, account)
    }
}
