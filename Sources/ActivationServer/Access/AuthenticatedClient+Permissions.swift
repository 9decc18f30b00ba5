import ActivationCore
import HTTPTypes
import Hummingbird

extension AuthenticatedClient {
    /// Refuses who may not use a route (BEHAVIOUR 8.1).
    ///
    /// - Parameters:
    ///   - method: The route's method.
    ///   - path: Its path.
    /// - Throws: `2120-403`.
    func requireAccess(_ method: HTTPRequest.Method, _ path: String?) throws(APIError) {
        guard let path, let access = APIAccess.of(method, path) else {
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
        if change.isOfAudiencesAlone, permissions.contains(.activateWithoutMapping) {
            try require(.viewDestinations, .viewAudiences)
        } else if change.maps {
            try require(.viewDestinations, .activateDestinations, .viewProfiles, .viewAudiences)
        }
        if change.hasOtherActions { try require(.activateDestinations, .manageDestinations) }
        if change.hasOtherSettings { try require(.manageDestinations) }
    }
}

/// Which parts of a flow a change is about, as far as permissions tell them apart.
struct FlowChange {
    /// The mapping is another.
    let maps: Bool
    /// Audiences come in or go out, and nothing else of the mapping is another.
    let isOfAudiencesAlone: Bool
    /// The marketing actions of a flow that was there are others; a new one has what its maker says.
    let hasOtherActions: Bool
    /// Name, description, state, alerts.
    let hasOtherSettings: Bool

    init(from old: JSONObject?, to new: JSONObject) {
        let before = FlowChange.parts(of: old ?? [:])
        let after = FlowChange.parts(of: new)
        let mapsOthers = before.others != after.others
        maps = mapsOthers || before.audiences != after.audiences
        isOfAudiencesAlone = maps && !mapsOthers
        hasOtherActions = old.map { ($0["marketingActions"] ?? []) != (new["marketingActions"] ?? []) } ?? false
        hasOtherSettings = ["name", "description", "state", "alerts"].contains { old?[$0] != new[$0] }
    }

    /// The audiences that a flow maps, and what else its transformations say; an empty mapping says nothing.
    private static func parts(of flow: JSONObject) -> (audiences: [JSONValue], others: [JSONValue]) {
        var parts: (audiences: [JSONValue], others: [JSONValue]) = ([], [])
        for part in flow["transformations"]?.array ?? [] {
            guard var object = part.object, var params = object["params"]?.object else {
                parts.others.append(part)
                continue
            }
            object["name"] = nil
            object["params"] = nil
            if !object.isEmpty { parts.others.append(.object(object)) }
            if var selectors = params["segmentSelectors"]?.object {
                parts.audiences += selectors["selectors"]?.array ?? []
                selectors["selectors"] = nil
                params["segmentSelectors"] = selectors.isEmpty ? nil : .object(selectors)
            }
            if params["profileSelectors"] == ["selectors": []] { params["profileSelectors"] = nil }
            if !params.isEmpty { parts.others.append(.object(params)) }
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
