import ActivationCore
import ActivationEngine

/// What can be done with base connections, for the API and the console alike: accounts that hold credentials, the profile
/// store, inlets (BEHAVIOUR 1.3, 1.6).
///
/// Calls may overlap; a change is decided on the newest configuration, and when one throws nothing has changed.
struct ConnectionService: Sendable {
    let dependencies: ServerDependencies

    /// Makes a connection; an account is tried first.
    ///
    /// - Parameters:
    ///   - fields: Its body, secrets in place.
    ///   - client: Who asks.
    ///   - mayWriteOnly: Whether an account is taken that the destination accepts and answers no questions.
    /// - Returns: The connection.
    /// - Throws: The codes of ``ConnectionBody``, the code of the probe.
    func create(
        _ fields: Fields,
        by client: AuthenticatedClient,
        mayWriteOnly: Bool = false
    ) async throws(APIError) -> ControlEntry {
        var body = try checked(fields, in: dependencies.control.snapshot)
        try requireSending(body, client)
        try await probe(body, mayWriteOnly: mayWriteOnly)
        if body["connectionSpec"]?["id"]?.string == WellKnownSpec.streamingInlet {
            body["inletId"] = .string(Inlet.makeID(dependencies.ids))
        }
        let made = body
        return try await dependencies.control.write(by: client.author) { draft throws(APIError) in
            try insert(made, into: &draft, by: client)
        }
    }

    /// Refuses an inlet to who may not send: whoever may make or open one could.
    private func requireSending(_ connection: JSONObject, _ client: AuthenticatedClient) throws(APIError) {
        guard connection["connectionSpec"]?["id"]?.string == WellKnownSpec.streamingInlet else { return }
        try client.require(.manageSources)
    }

    /// Adds a connection to a change.
    ///
    /// - Parameters:
    ///   - body: Its body as ``checked(_:in:)`` gives it, secrets in place.
    ///   - draft: The change.
    ///   - client: Who asks.
    /// - Returns: The connection, its secrets sealed.
    /// - Throws: `CONFLICT` when there are too many.
    func insert(
        _ body: JSONObject,
        into draft: inout ControlDraft,
        by client: AuthenticatedClient
    ) throws(APIError) -> ControlEntry {
        let id = draft.makeID()
        return try draft.insert(.connection, id: id, body: sealed(AuditTrail.created(body, by: client), id: id))
    }

    /// Changes name, description and credentials (BEHAVIOUR 1.6); new credentials are tried on every target in use.
    ///
    /// - Parameters:
    ///   - id: The connection's id.
    ///   - tag: The version that the change was decided on.
    ///   - patch: The change, of the connection with its secrets in place.
    ///   - client: Who asks.
    ///   - mayWriteOnly: Whether an account is taken that the destination accepts and answers no questions.
    /// - Returns: The connection.
    /// - Throws: `1439-404`, `1411-400`, `1404-412`, the codes of ``ConnectionBody``, the code of the probe.
    func update(
        _ id: String,
        ifMatch tag: String,
        _ patch: JSONPatch,
        by client: AuthenticatedClient,
        mayWriteOnly: Bool = false
    ) async throws(APIError) -> ControlEntry {
        let control = dependencies.control
        let old = try control.flowServiceEntry(.connection, id)
        try requireSending(old.body, client)
        try patch.requirePaths([["name"], ["description"], ["auth", "specName"], ["auth", "params"]])
        try EntityTag.check(tag, is: old.etag)
        // Secrets of another data key cannot be read, but the whole of auth.params can still be replaced.
        let before = ConnectionSecrets.opened(old, box: control.secrets) ?? ConnectionSecrets.shown(old.body)
        let after = try Fields(try patch.apply(to: .object(before)))
        var body = try checked(after, in: control.snapshot)
        body["inletId"] = old.body["inletId"]
        let changesCredentials = body["auth"] != before["auth"]
        if changesCredentials {
            try await probe(body, mayWriteOnly: mayWriteOnly)
            try await probeTargets(of: old.id, body, mayWriteOnly: mayWriteOnly)
        }
        let sealed = try sealed(AuditTrail.updated(body, from: old, by: client), id: old.id)
        return try await control.write(by: client.author) { draft throws(APIError) in
            let current = try draft.snapshot.flowServiceEntry(.connection, old.id)
            try EntityTag.check(tag, is: current.etag)
            if changesCredentials { try draft.follow(current, from: before, to: body, dependencies.destinations) }
            return try draft.replace(current, body: sealed)
        }
    }

    /// Deletes a connection that no flow uses.
    ///
    /// - Parameters:
    ///   - id: The connection's id.
    ///   - tag: The version that the wish is about; nil = any.
    ///   - client: Who asks.
    /// - Throws: `1439-404`, `1404-412`, `1418-400` naming flows that use it.
    func delete(_ id: String, ifMatch tag: String?, by client: AuthenticatedClient) async throws(APIError) {
        try await dependencies.control.write(by: client.author) { draft throws(APIError) in
            let entry = try draft.snapshot.flowServiceEntry(.connection, id)
            try requireSending(entry.body, client)
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
    }

    /// The body of a connection as it is kept, secrets still in place.
    ///
    /// - Throws: The codes of ``ConnectionBody``, `FIELD_INVALID` for a member of another type.
    func checked(_ fields: Fields, in snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        let body = try ConnectionBody.base(
            fields,
            destinations: dependencies.destinations,
            namespaces: snapshot.namespaces
        )
        try DocumentedTypes.check(.object(fields.object), as: "ConnectionDraft")
        return body
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
    private func probeTargets(of base: String, _ body: JSONObject, mayWriteOnly: Bool) async throws(APIError) {
        guard let kind = dependencies.destinations[of: body] else { return }
        let account = body["auth"]?["params"]?.object ?? [:]
        for target in dependencies.control.snapshot.targetsInUse(ofBase: base) {
            do throws(DestinationProbeError) {
                try await kind.probe(target: target.body["params"]?.object ?? [:], account: account)
            } catch  where mayWriteOnly && error.isOnlyDenied {
                continue
            } catch {
                throw APIError(probe: error)
            }
        }
    }

    /// Asks the destination whether it takes the account (BEHAVIOUR 2.2); other connections have nothing to ask.
    private func probe(_ body: JSONObject, mayWriteOnly: Bool) async throws(APIError) {
        guard let kind = dependencies.destinations[of: body] else { return }
        do throws(DestinationProbeError) {
            try await kind.probe(account: body["auth"]?["params"]?.object ?? [:])
        } catch  where mayWriteOnly && error.isOnlyDenied {
            return
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
