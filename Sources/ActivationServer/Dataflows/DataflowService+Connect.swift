import ActivationCore
import ActivationEngine

extension DataflowService {
    /// A dataflow to be made with everything that it stands on.
    struct Connection: Sendable {
        /// The base connection that holds the credentials.
        enum Account: Sendable {
            /// One that there is, by its id.
            case existing(String)
            /// One to be made, by its body.
            case new(Fields)
        }

        var name: String
        var description: String
        var account: Account
        /// `params` of the target connection.
        var params: JSONObject
        /// `transformations` of the flow; nil = nothing is mapped.
        var transformations: JSONValue?
        /// `marketingActions` of the flow.
        var marketingActions: [JSONValue] = []
        /// `alerts` of the flow.
        var alerts: [JSONValue] = []
    }

    /// What became of it.
    struct Connected: Sendable {
        /// The flow, and what began with it.
        var change: Change
        var account: ControlEntry
        var source: ControlEntry
        var target: ControlEntry
    }

    /// Looks at the destination of a dataflow to be made, after everything else of it has been checked.
    ///
    /// - Parameters:
    ///   - connection: What is wanted.
    ///   - record: The content of a record to write there; nil = nothing is written.
    ///   - client: Who asks.
    /// - Returns: What is known of its target.
    /// - Throws: `1439-400`, `CONFLICT`, the codes of ``ConnectionBody``, ``FlowBody`` and ``SelectorCheck``, the code of
    ///   the probe.
    func inspect(
        _ connection: Connection,
        writing record: [UInt8]?,
        by client: AuthenticatedClient
    ) async throws(APIError) -> TargetInspection {
        let snapshot = dependencies.control.snapshot
        var trial = ControlDraft(
            snapshot: snapshot,
            by: client.author,
            now: dependencies.time.now(),
            ids: dependencies.ids
        )
        let wanted = try insert(connection, into: &trial, by: client)
        if case .new = connection.account { try await dependencies.probeAccount(wanted.account) }
        return try await dependencies.inspectTarget(wanted.target.body, writing: record, in: trial.snapshot)
    }

    /// Makes a dataflow with its source and target connection, and its account where that is new: all of them or none.
    ///
    /// All is checked before the destination is asked, and nothing is stored before the destination has taken it.
    ///
    /// - Parameters:
    ///   - connection: What is wanted.
    ///   - client: Who asks.
    ///   - mayWriteOnly: Whether a target is taken as it is that the account may not ask about.
    ///   - record: Notes in the same change what has been made, given the flow.
    /// - Returns: The flow, enabled, and what it stands on.
    /// - Throws: `1439-400`, `CONFLICT`, the codes of ``ConnectionBody``, ``FlowBody`` and ``SelectorCheck``, the code of
    ///   the probe.
    func connect(
        _ connection: Connection,
        by client: AuthenticatedClient,
        mayWriteOnly: Bool = false,
        recording record: (inout ControlDraft, ControlEntry) throws(APIError) -> Void = { _, _ throws(APIError) in }
    ) async throws(APIError) -> Connected {
        let found = try await inspect(connection, writing: nil, by: client)
        if let denial = found.denial, !mayWriteOnly { throw APIError(probe: denial) }
        let (made, account, source, target) = try await dependencies.control.write(by: client.author) {
            draft throws(APIError) in
            // What it refers to may have gone while the destination was asked.
            let made = try insert(connection, into: &draft, by: client)
            try record(&draft, made.flow.flow)
            return (made.flow, made.account, made.source, made.target)
        }
        let change = Change(
            flow: made.flow,
            backfill: made.backfill,
            warnings: try await warnings(made.check, made.unknownPaths, of: made.flow)
        )
        return Connected(change: change, account: account, source: source, target: target)
    }

    private func insert(
        _ connection: Connection,
        into draft: inout ControlDraft,
        by client: AuthenticatedClient
    ) throws(APIError) -> (flow: Made, account: ControlEntry, source: ControlEntry, target: ControlEntry) {
        let account = try account(of: connection, in: &draft, by: client)
        let target = try draft.insert(
            .targetConnection,
            body: AuditTrail.created(try target(of: connection, on: account, in: draft.snapshot), by: client)
        )
        let source = try profileSource(in: &draft, named: connection.name, by: client)
        var flow: JSONObject = [
            "name": .string(connection.name), "description": .string(connection.description),
            "flowSpec": ["id": .string(WellKnownSpec.destinationFlow), "version": .string(WellKnownSpec.version)],
            "sourceConnectionIds": [.string(source.id)], "targetConnectionIds": [.string(target.id)],
        ]
        flow["transformations"] = connection.transformations
        if !connection.marketingActions.isEmpty { flow["marketingActions"] = .array(connection.marketingActions) }
        if !connection.alerts.isEmpty { flow["alerts"] = .array(connection.alerts) }
        return (try make(flow, in: &draft, by: client), account, source, target)
    }

    private func account(
        of connection: Connection,
        in draft: inout ControlDraft,
        by client: AuthenticatedClient
    ) throws(APIError) -> ControlEntry {
        switch connection.account {
        case .existing(let id):
            let account = try draft.snapshot.referenced(.connection, id, at: "/accountId")
            try requireDestination(account.body, at: "/accountId (its connectionSpec/id)")
            return account
        case .new(let fields):
            let connections = ConnectionService(dependencies: dependencies)
            let body = try connections.checked(fields, in: draft.snapshot)
            try requireDestination(body, at: "\(fields.pointer)/connectionSpec/id")
            return try connections.insert(body, into: &draft, by: client)
        }
    }

    private func requireDestination(_ account: JSONObject, at pointer: String) throws(APIError) {
        guard dependencies.destinations[of: account] == nil else { return }
        let specs = dependencies.destinations.specs.joined(separator: " or ")
        throw APIError(.specInvalid, "\(pointer) must be \(specs)")
    }

    private func target(
        of connection: Connection,
        on account: ControlEntry,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> JSONObject {
        let body: JSONObject = [
            "name": .string(connection.name), "description": .string(connection.description),
            "baseConnectionId": .string(account.id), "connectionSpec": account.body["connectionSpec"] ?? [:],
            "data": ["format": "json"], "params": .object(connection.params),
        ]
        try DocumentedTypes.check(.object(body), as: "TargetConnectionDraft")
        return try ConnectionBody.target(
            try Fields(.object(body)),
            destinations: dependencies.destinations,
            in: snapshot
        )
    }

    /// A source connection over the profile store, whose base connection is made when there is none yet.
    private func profileSource(
        in draft: inout ControlDraft,
        named name: String,
        by client: AuthenticatedClient
    ) throws(APIError) -> ControlEntry {
        let spec: JSONValue = ["id": .string(WellKnownSpec.profileStore), "version": .string(WellKnownSpec.version)]
        let known = draft.snapshot.entries(.connection).first { $0.body["connectionSpec"]?["id"] == spec["id"] }
        let base: ControlEntry
        if let known {
            base = known
        } else {
            let body: JSONObject = [
                "name": "Profile store", "description": "", "connectionSpec": spec, "state": "enabled",
            ]
            base = try draft.insert(.connection, body: AuditTrail.created(body, by: client))
        }
        let body = try ConnectionBody.source(
            try Fields([
                "name": .string(name), "description": "", "connectionSpec": spec, "baseConnectionId": .string(base.id),
                "data": ["format": "json"],
            ]),
            in: draft.snapshot
        )
        return try draft.insert(.sourceConnection, body: AuditTrail.created(body, by: client))
    }
}
