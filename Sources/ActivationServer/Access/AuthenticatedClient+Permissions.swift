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
        try require(access)
    }

    /// Refuses who lacks a permission.
    ///
    /// - Throws: `2120-403`.
    func require(_ needed: Permission...) throws(APIError) {
        try require(.all(Set(needed)))
    }

    private func require(_ access: APIAccess) throws(APIError) {
        guard let lack = access.lack(permissions) else { return }
        guard let scope, access.lack(scope.permissions) != nil else { throw APIError(lacking: lack) }
        throw APIError(lacking: lack, outside: scope, for: access)
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

extension APIError {
    /// Somebody lacks permissions, which an administrator can give.
    init(lacking permissions: String) {
        self.init(.permissionMissing, "this needs the permission \(permissions); an administrator can give it")
    }

    /// What an access token is narrowed to leaves permissions out (RFC 6750, 3.1).
    fileprivate init(lacking permissions: String, outside scope: TokenScope, for access: APIAccess) {
        var challenge = "Bearer error=\"insufficient_scope\""
        if case .all(let needed) = access { challenge += ", scope=\"\(TokenScope(needed).text)\"" }
        self.init(
            .permissionMissing,
            "this needs the permission \(permissions), which the access token's scope leaves out (\(scope.text)); get a token "
                + "whose scope names it, or one without scope",
            headers: [.wwwAuthenticate: challenge]
        )
    }
}

extension APIErrorCode {
    static let permissionMissing = APIErrorCode("2120-403", status: 403, title: "Permission is missing")
}
