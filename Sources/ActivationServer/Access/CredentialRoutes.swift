import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// What programs sign in with, under `/v1/credentials` (BEHAVIOUR 8.4).
struct CredentialRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let ownerCharactersMax = 254

    private var control: ControlPlane { dependencies.control }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("credentials") { _, _ in
            Response(json: ["items": .array(control.credentials().map { .object(CredentialRoutes.shown($0)) })])
        }
        own.post("credentials") { request, context in try await create(request, context) }
        own.get("credentials/:id") { _, context in
            Response(json: .object(CredentialRoutes.shown(try control.credential(context.pathParameter("id")))))
        }
        own.patch("credentials/:id") { request, context in try await change(request, context) }
        own.delete("credentials/:id") { _, context in
            try await control.revokeCredential(clientID: context.pathParameter("id"), by: try context.author())
            return Response(status: .noContent)
        }
        own.post("credentials/:id/secrets") { _, context in
            let made = try await control.addSecret(
                toCredential: context.pathParameter("id"),
                by: try context.author()
            )
            return try answer(made)
        }
        own.delete("credentials/:id/secrets/:secret") { _, context in
            try await control.removeSecret(
                context.pathParameter("secret"),
                fromCredential: context.pathParameter("id"),
                by: try context.author()
            )
            return Response(status: .noContent)
        }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(request, "CredentialDraft")
        var draft = CredentialDraft(name: "", roles: [])
        draft.name = try fields.requiredString("name", charactersMax: ServerLimits.nameCharactersMax)
        draft.roles = try fields.strings("roles", itemsMax: ControlPlane.rolesInAllMax)
        draft.owner = try fields.string("owner", charactersMax: CredentialRoutes.ownerCharactersMax)
        draft.expiresAt = try CredentialRoutes.instant(fields, "expiresAt")
        draft.requestsPerSecond = try CredentialRoutes.rate(fields)
        return try answer(try await control.createCredential(draft, by: try context.author()))
    }

    /// Members that are absent stay as they are; owner, expiresAt and requestsPerSecond are taken away by null.
    private func change(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(request, "CredentialChange")
        let id = context.pathParameter("id")
        try await control.changeCredential(id, by: try context.author()) { draft throws(APIError) in
            if fields.object["name"] != nil {
                draft.name = try fields.requiredString("name", charactersMax: ServerLimits.nameCharactersMax)
            }
            if fields.object["roles"] != nil {
                draft.roles = try fields.strings("roles", itemsMax: ControlPlane.rolesInAllMax)
            }
            if fields.object["owner"] != nil {
                draft.owner = try fields.string("owner", charactersMax: CredentialRoutes.ownerCharactersMax)
            }
            if fields.object["requestsPerSecond"] != nil { draft.requestsPerSecond = try CredentialRoutes.rate(fields) }
            if fields.object["expiresAt"] != nil { draft.expiresAt = try CredentialRoutes.instant(fields, "expiresAt") }
        }
        return Response(json: .object(CredentialRoutes.shown(try control.credential(id))))
    }

    private func fields(_ request: Request, _ schema: String) async throws(APIError) -> Fields {
        let body = try await request.json()
        let fields = try Fields(body)
        try DocumentedTypes.check(body, as: schema)
        return fields
    }

    private static func instant(_ fields: Fields, _ key: String) throws(APIError) -> Timestamp? {
        guard let text = try fields.string(key) else { return nil }
        guard let instant = Timestamp(rfc3339: text) else {
            throw APIError(.fieldInvalid, "/\(key) is an instant such as 2027-01-01T00:00:00Z")
        }
        return instant
    }

    private static func rate(_ fields: Fields) throws(APIError) -> Int? {
        guard let value = fields.object["requestsPerSecond"], !value.isNull else { return nil }
        guard let rate = value.int64.flatMap({ Int(exactly: $0) }) else {
            throw APIError(.fieldInvalid, "/requestsPerSecond is a whole number, or null for as many as they are")
        }
        return rate
    }

    /// A secret is shown once, and nobody on the way may keep it.
    private func answer(_ made: NewCredential) throws(APIError) -> Response {
        var object = CredentialRoutes.shown(try control.credential(made.clientID))
        object["secretId"] = .string(made.secretID)
        object["clientSecret"] = .string(made.clientSecret)
        var response = Response(json: .object(object), status: .created)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    private static func shown(_ credential: CredentialSummary) -> JSONObject {
        var object: JSONObject = [
            "clientId": .string(credential.clientID), "name": .string(credential.name),
            "createdAt": .string(credential.createdAt.rfc3339), "isRevoked": .bool(credential.isRevoked),
            "roles": .array(credential.roles.map { .string($0) }),
            "secrets": .array(
                credential.secrets.map { secret in
                    ["id": .string(secret.id), "createdAt": .string(secret.createdAt.rfc3339)]
                }
            ),
        ]
        object["owner"] = credential.owner.map { .string($0) }
        object["expiresAt"] = credential.expiresAt.map { .string($0.rfc3339) }
        object["requestsPerSecond"] = credential.requestsPerSecond.map { .integer(Int64($0)) }
        object["lastUsedAt"] = credential.lastUsedAt.map { .string($0.rfc3339) }
        return object
    }
}
