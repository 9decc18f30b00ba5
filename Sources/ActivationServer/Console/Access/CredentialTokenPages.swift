import ActivationCore
import Console

/// The access tokens of a credential: list, end one, end all.
struct CredentialTokenPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("access/credentials/:id/tokens") { try list($0) }
        register.form("access/credentials/:id/tokens/end", show: { try askAll($0) }, submit: { try await endAll($0) })
        register.form(
            "access/credentials/:id/tokens/:token/end",
            show: { try askOne($0) },
            submit: { try await endOne($0) }
        )
    }

    private func credential(_ request: ConsoleRequest) throws(APIError) -> (CredentialSummary, path: String) {
        let credential = try desk.control.credential(request.parameter("id"))
        return (credential, "\(CredentialPages.root.path)/\(credential.clientID)/tokens")
    }

    private func crumbs(_ credential: CredentialSummary) -> [PageFrame.Crumb] {
        let own = PageFrame.Crumb(credential.name, "\(CredentialPages.root.path)/\(credential.clientID)")
        return [CredentialPages.root] + (credential.isRevoked ? [] : [own])
    }

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let (credential, path) = try credential(request)
        let rows = desk.dependencies.tokens.tokens(ofCredential: credential.clientID).map { token in
            TablePage.Row(
                name: token.id,
                path: "\(path)/\(token.id.percentEncoded())/end",
                mark: nil,
                note: nil,
                cells: [
                    TablePage.Cell("Issued", Instant(token.issuedAt, now: request.now).exact),
                    TablePage.Cell("Expires", Instant(token.expiresAt, now: request.now).exact),
                    TablePage.Cell("Scope", token.scope ?? "–"),
                ]
            )
        }
        return .page(
            TablePage(
                "Access tokens of \(credential.name)",
                under: crumbs(credential),
                text:
                    "The newest \(TokenDesk.most) that are good. One that is ended is refused from the next request on; "
                    + "whoever has the secret can get another.",
                action: TablePage.Action(label: "End all tokens", path: "\(path)/end"),
                what: "Id",
                rows: rows,
                emptyText: "None of those that are known is good."
            )
        )
    }

    private func askAll(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let (credential, path) = try credential(request)
        return .page(
            ConfirmPage(
                title: "End all access tokens of \(credential.name)",
                crumbs: crumbs(credential),
                text: "Every token that it got until now is refused from then on, also those that are not in the list.",
                obstacle: nil,
                obstacles: [],
                path: "\(path)/end",
                token: try request.signedIn().token,
                etag: "",
                button: "End all tokens",
                cancel: path
            )
        )
    }

    private func endAll(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let (credential, path) = try credential(request)
        try await desk.control.revokeTokens(ofCredential: credential.clientID, by: try request.author())
        desk.note("Access tokens ended", credential.clientID, by: try request.signedIn())
        return .redirect(path, .tokensEnded)
    }

    private func askOne(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let (credential, path) = try credential(request)
        let id = request.parameter("token")
        let tokens = desk.dependencies.tokens.tokens(ofCredential: credential.clientID)
        guard let token = tokens.first(where: { $0.id == id }) else {
            throw APIError(.resourceUnknown, "the credential has no good token with this id among its newest")
        }
        return .page(
            ConfirmPage(
                title: "End an access token of \(credential.name)",
                crumbs: crumbs(credential),
                text: "The token of \(Instant(token.issuedAt, now: request.now).exact) is refused from then on.",
                obstacle: nil,
                obstacles: [],
                path: "\(path)/\(token.id.percentEncoded())/end",
                token: try request.signedIn().token,
                etag: "",
                button: "End token",
                cancel: path
            )
        )
    }

    private func endOne(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let (credential, path) = try credential(request)
        try await desk.dependencies.revokeToken(
            request.parameter("token"),
            ofCredential: credential.clientID,
            by: try request.author()
        )
        desk.note("Access token ended", credential.clientID, by: try request.signedIn())
        return .redirect(path, .tokensEnded)
    }
}
