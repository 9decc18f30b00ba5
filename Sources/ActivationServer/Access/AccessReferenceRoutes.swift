import ActivationCore
import HTTPTypes
import Hummingbird

/// Which permissions there are, and which of them the client has, as Adobe's access control API shapes it.
struct AccessReferenceRoutes: Sendable {
    /// Permissions asked about at once.
    private static let askedMax = 200
    private static let prefix = "/permissions/"

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("foundation/access-control/acl/reference") { _, _ in
            var permissions = JSONObject()
            for permission in Permission.allCases {
                permissions[permission.apiName] = [
                    "name": .string(permission.rawValue), "description": .string(permission.meaning),
                ]
            }
            return Response(json: ["permissions": .object(permissions)])
        }
        adobe.post("foundation/access-control/acl/effective-policies") { request, context in
            let client = try context.authenticatedClient()
            return Response(json: try AccessReferenceRoutes.policies(try await request.json(), of: client))
        }
    }

    /// What the client has of what it asks about; what it has not is left out.
    private static func policies(_ body: JSONValue, of client: AuthenticatedClient) throws(APIError) -> JSONValue {
        guard let items = body.array, items.count <= askedMax else {
            throw APIError(
                .fieldInvalid,
                "the body is a list of at most \(askedMax) names such as \"/permissions/view-destinations\""
            )
        }
        var policies = JSONObject()
        for item in items {
            guard let name = item.string else {
                throw APIError(.fieldInvalid, "the list holds names such as \"/permissions/view-destinations\"")
            }
            guard name.hasPrefix(prefix), let permission = Permission(apiName: String(name.dropFirst(prefix.count))),
                client.permissions.contains(permission)
            else { continue }
            policies[name] = ["*"]
        }
        return ["policies": .object(policies)]
    }
}
