import ActivationCore
import ActivationEngine

/// What the first start of a data directory makes, for `admin.json`.
public struct FirstStart: Sendable {
    /// The administrator's client id.
    public var clientID: String
    /// The administrator's client secret; only its digest is stored.
    public var clientSecret: String
    /// The organisation.
    public var orgID: String
    /// The first inlet.
    public var inletID: String
}

extension ControlPlane {
    /// On a new directory makes the organisation, the default merge policy, the administrator and an inlet.
    ///
    /// - Parameter record: Writes the secret down before anything is stored: after a crash between the two the next
    ///   start makes new values and overwrites the old ones, so that the directory never has a secret nobody knows.
    /// - Returns: What was made, or nil when this was not the first start.
    /// - Throws: What `record` throws, or ``APIError`` when it cannot be stored.
    public func firstStart(record: (FirstStart) throws(ServerStartError) -> Void) async throws -> FirstStart? {
        guard entries(.organisation).isEmpty else { return nil }
        let start = FirstStart(
            clientID: ids.next().description.filter { $0 != "-" },
            clientSecret: ClientSecret.make(),
            orgID: ids.next().description.filter { $0 != "-" }.prefix(24).uppercased() + "@HeadwaterOrg",
            inletID: Inlet.makeID(ids)
        )
        try record(start)
        try await write(by: .server) { draft throws(APIError) in
            try draft.insert(
                .organisation,
                body: ["orgId": .string(start.orgID), "sandboxId": .string(draft.makeID())]
            )
            try draft.insert(
                .credential,
                id: start.clientID,
                body: ControlPlane.credentialBody(
                    CredentialDraft(name: "Administrator", roles: [Role.administrator.id]),
                    CredentialSecret(start.clientSecret, id: draft.makeID(), at: draft.now)
                )
            )
            try draft.insert(.mergePolicy, body: ControlPlane.defaultMergePolicy)
            try draft.insert(.connection, body: Inlet.connectionBody(id: start.inletID, name: "Default inlet"))
        }
        return start
    }

    static var defaultMergePolicy: JSONObject {
        [
            "name": "Default timestamp-ordered",
            "schema": ["name": "_xdm.context.profile"],
            "attributeMerge": ["type": "timestampOrdered"],
            "identityGraph": ["type": "pdg"],
            "default": true,
        ]
    }
}

extension Inlet {
    /// A new inlet id.
    static func makeID(_ ids: any IDSource) -> String {
        ids.next().description.filter { $0 != "-" }
    }

    /// The stored body of a connection that is an inlet.
    static func connectionBody(id: String, name: String) -> JSONObject {
        [
            "name": .string(name),
            "description": "",
            "connectionSpec": ["id": .string(WellKnownSpec.streamingInlet), "version": "1.0"],
            "auth": [
                "specName": .string(WellKnownSpec.inletAuthentication),
                "params": ["authenticationRequired": true],
            ],
            "inletId": .string(id),
            "state": "enabled",
        ]
    }
}
