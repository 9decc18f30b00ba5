import ActivationCore
import HTTPTypes
import Hummingbird

extension AuthenticatedClient {
    /// Refuses who may not use a route (BEHAVIOUR 8.1).
    ///
    /// - Parameters:
    ///   - method: The route's method.
    ///   - path: Its path; nil = the router knows of none, and answers that itself.
    /// - Throws: `2120-403`.
    func requireAccess(_ method: HTTPRequest.Method, _ path: String?) throws(APIError) {
        guard let path else { return }
        guard let access = APIAccess.of(method, path) else {
            throw APIError(
                .permissionMissing,
                "nobody may use this resource; it is missing in the table of permissions"
            )
        }
        if let lack = access.lack(permissions) { throw APIError(lacking: lack) }
    }

    /// Refuses who lacks a permission.
    ///
    /// - Throws: `2120-403`.
    func require(_ needed: Permission...) throws(APIError) {
        if let lack = APIAccess.all(Set(needed)).lack(permissions) { throw APIError(lacking: lack) }
    }

    /// Refuses a change of a flow that needs more than the client may (BEHAVIOUR 8.2).
    ///
    /// - Parameters:
    ///   - old: The flow before; nil = it is new.
    ///   - new: The flow after.
    /// - Throws: `2120-403`.
    func requireActivation(from old: JSONObject?, to new: JSONObject) throws(APIError) {
        let change = FlowChange(from: old, to: new)
        if change.mapsAttributes || change.mapsElsewise {
            try require(.viewDestinations, .activateDestinations, .viewProfiles, .viewAudiences)
        } else if change.mapsAudiences {
            try require(.viewDestinations, .viewAudiences)
            guard permissions.contains(.activateDestinations) || permissions.contains(.activateWithoutMapping) else {
                throw APIError(lacking: Permission.activateDestinations.rawValue)
            }
        }
        if change.hasOtherActions { try require(.activateDestinations, .manageDestinations) }
        if change.hasOtherSettings { try require(.manageDestinations) }
    }
}

/// Which parts of a flow a change is about, as far as permissions tell them apart.
struct FlowChange {
    /// Audiences come in or go out.
    let mapsAudiences: Bool
    /// Attributes come in, go out or are exported otherwise.
    let mapsAttributes: Bool
    /// The mapping differs in something else.
    let mapsElsewise: Bool
    let hasOtherActions: Bool
    /// Name, description, state, alerts.
    let hasOtherSettings: Bool

    init(from old: JSONObject?, to new: JSONObject) {
        let before = FlowChange.parts(of: old ?? [:])
        let after = FlowChange.parts(of: new)
        mapsAudiences = before.audiences != after.audiences
        mapsAttributes = before.attributes != after.attributes
        mapsElsewise = before.rest != after.rest
        hasOtherActions = (old?["marketingActions"] ?? []) != (new["marketingActions"] ?? [])
        hasOtherSettings = ["name", "description", "state", "alerts"].contains { old?[$0] != new[$0] }
    }

    /// The transformations taken apart; an empty mapping is no mapping.
    private static func parts(of flow: JSONObject) -> (
        audiences: [JSONValue], attributes: [JSONValue], rest: [JSONValue]
    ) {
        var parts: (audiences: [JSONValue], attributes: [JSONValue], rest: [JSONValue]) = ([], [], [])
        for part in flow["transformations"]?.array ?? [] {
            guard var object = part.object, var params = object["params"]?.object else {
                parts.rest.append(part)
                continue
            }
            parts.audiences += params["segmentSelectors"]?["selectors"]?.array ?? []
            parts.attributes += params["profileSelectors"]?["selectors"]?.array ?? []
            params["segmentSelectors"] = nil
            params["profileSelectors"] = nil
            object["params"] = params.isEmpty ? nil : .object(params)
            object["name"] = nil
            if !object.isEmpty { parts.rest.append(.object(object)) }
        }
        return parts
    }
}

extension APIError {
    /// Somebody lacks permissions, which an administrator can give.
    init(lacking permissions: String) {
        self.init(.permissionMissing, "this needs the permission \(permissions); an administrator can give it")
    }
}

extension APIErrorCode {
    static let permissionMissing = APIErrorCode("2120-403", status: 403, title: "Permission is missing")
}
