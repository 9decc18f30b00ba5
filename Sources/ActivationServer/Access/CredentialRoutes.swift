import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// What programs sign in with, under `/v1/credentials`.
struct CredentialRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("credentials") { _, _ in
            Response(json: ["items": .array(control.credentials().map(CredentialRoutes.shown))])
        }
        own.post("credentials") { request, context in
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "CredentialDraft")
            let fields = try Fields(body)
            let made = try await control.createCredential(
                name: try fields.requiredString("name", charactersMax: ServerLimits.nameCharactersMax),
                roles: try fields.strings("roles", itemsMax: ControlPlane.rolesMax),
                by: try context.author()
            )
            var object = try credential(made.clientID).object ?? [:]
            object["clientSecret"] = .string(made.clientSecret)
            var response = Response(json: .object(object), status: .created)
            response.headers[.cacheControl] = "no-store"
            return response
        }
        own.patch("credentials/:id") { request, context in
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "RolesBody")
            let id = context.pathParameter("id")
            let roles = try Fields(body).strings("roles", itemsMax: ControlPlane.rolesMax)
            try await control.setRoles(roles, ofCredential: id, by: try context.author())
            return Response(json: try credential(id))
        }
        own.delete("credentials/:id") { _, context in
            try await control.revokeCredential(clientID: context.pathParameter("id"), by: try context.author())
            return Response(status: .noContent)
        }
    }

    private func credential(_ id: String) throws(APIError) -> JSONValue {
        guard let credential = control.credentials().first(where: { $0.clientID == id }) else {
            throw APIError(.resourceUnknown, "no credential has this client id")
        }
        return CredentialRoutes.shown(credential)
    }

    private static func shown(_ credential: CredentialSummary) -> JSONValue {
        [
            "clientId": .string(credential.clientID), "name": .string(credential.name),
            "createdAt": .string(credential.createdAt.rfc3339), "isRevoked": .bool(credential.isRevoked),
            "roles": .array(credential.roles.map { .string($0) }),
        ]
    }
}
