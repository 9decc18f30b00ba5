import ActivationCore
import ActivationEngine

extension DataflowService {
    /// A dataflow to be made with everything that it stands on but its account.
    struct Connection: Sendable {
        var name: String
        var description: String
        /// The base connection that holds the credentials.
        var account: String
        /// `params` of the target connection.
        var params: JSONObject
    }

    /// Makes a dataflow with its source and target connection, all of them or none; the target is tried first.
    ///
    /// - Parameters:
    ///   - connection: What is wanted.
    ///   - client: Who asks.
    ///   - record: Notes in the same change what has been made, given the flow.
    /// - Returns: The flow, enabled and without audiences.
    /// - Throws: `1439-400`, `CONFLICT`, the codes of ``ConnectionBody`` and ``FlowBody``, the code of the probe.
    func connect(
        _ connection: Connection,
        by client: AuthenticatedClient,
        recording record: (inout ControlDraft, ControlEntry) throws(APIError) -> Void
    ) async throws(APIError) -> ControlEntry {
        let control = dependencies.control
        try await dependencies.probeTarget(try target(of: connection, in: control.snapshot), in: control.snapshot)
        return try await control.write { draft throws(APIError) in
            // The account may have gone while the destination was asked.
            let target = try draft.insert(
                .targetConnection,
                body: AuditTrail.created(try target(of: connection, in: draft.snapshot), by: client)
            )
            let source = try profileSource(in: &draft, named: connection.name, by: client)
            let flow = try make(
                [
                    "name": .string(connection.name), "description": .string(connection.description),
                    "flowSpec": [
                        "id": .string(WellKnownSpec.destinationFlow), "version": .string(WellKnownSpec.version),
                    ],
                    "sourceConnectionIds": [.string(source.id)], "targetConnectionIds": [.string(target.id)],
                ],
                in: &draft,
                by: client
            ).flow
            try record(&draft, flow)
            return flow
        }
    }

    private func target(of connection: Connection, in snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        let account = try snapshot.referenced(.connection, connection.account, at: "/baseConnectionId")
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
