import ActivationCore
import Hummingbird

/// The access tokens that a credential got, under `/v1/credentials/{id}/tokens` (BEHAVIOUR 8.4).
struct CredentialTokenRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("credentials/:id/tokens") { _, context in
            let id = context.pathParameter("id")
            _ = try control.credential(id)
            return Response(json: ["items": .array(dependencies.tokens.tokens(ofCredential: id).map(shown))])
        }
        own.delete("credentials/:id/tokens") { _, context in
            try await control.revokeTokens(ofCredential: context.pathParameter("id"), by: try context.author())
            return Response(status: .noContent)
        }
        own.delete("credentials/:id/tokens/:token") { _, context in
            try await dependencies.revokeToken(
                context.pathParameter("token"),
                ofCredential: context.pathParameter("id"),
                by: try context.author()
            )
            return Response(status: .noContent)
        }
    }

    private func shown(_ token: TokenDesk.Issued) -> JSONValue {
        var shown: JSONObject = [
            "id": .string(token.id), "issuedAt": .string(token.issuedAt.rfc3339),
            "expiresAt": .string(token.expiresAt.rfc3339),
        ]
        if let scope = token.scope { shown["scope"] = .string(scope) }
        return .object(shown)
    }
}
