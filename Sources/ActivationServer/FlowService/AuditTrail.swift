import ActivationCore

/// Who made and last changed an object (BEHAVIOUR 1.7).
enum AuditTrail {
    /// The members that hold it.
    static let keys = ["createdBy", "updatedBy", "createdClient", "updatedClient"]

    /// A new object's body with its trail.
    static func created(_ body: JSONObject, by client: AuthenticatedClient) -> JSONObject {
        var body = body
        for key in keys { body[key] = .string(client.clientID) }
        return body
    }

    /// A changed object's body with its trail: the maker as before.
    static func updated(_ body: JSONObject, from old: ControlEntry, by client: AuthenticatedClient) -> JSONObject {
        var body = body
        body["createdBy"] = old.body["createdBy"] ?? .string(client.clientID)
        body["createdClient"] = old.body["createdClient"] ?? .string(client.clientID)
        body["updatedBy"] = .string(client.clientID)
        body["updatedClient"] = .string(client.clientID)
        return body
    }
}
