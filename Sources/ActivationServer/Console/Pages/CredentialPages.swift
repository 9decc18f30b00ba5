import ActivationCore
import Console

/// Credentials of clients of the API: list, make, revoke.
struct CredentialPages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Credentials", "/console/credentials")

    func add(to register: inout ConsoleRegister) {
        register.page("credentials") { list($0) }
        register.form("credentials/new", show: { try form($0) }, submit: { try await make($0) })
        register.form("credentials/:id/revoke", show: { try revocation($0) }, submit: { try await revoke($0) })
    }

    private func list(_ request: ConsoleRequest) -> ConsoleAnswer {
        let rows = desk.control.credentials().reversed().map { credential in
            TablePage.Row(
                name: credential.name.isEmpty ? credential.clientID : credential.name,
                path: credential.isRevoked ? nil : "\(CredentialPages.root.path)/\(credential.clientID)/revoke",
                mark: credential.isRevoked ? StateMark("Revoked", .quiet) : StateMark("Active", .good),
                note: nil,
                cells: [
                    TablePage.Cell("Client id", credential.clientID),
                    TablePage.Cell("Made", Instant(credential.createdAt, now: request.now).exact),
                ]
            )
        }
        return .page(
            TablePage(
                "Credentials",
                text:
                    "What programs sign in to the API with. A credential is rotated by making another one, giving it to the "
                    + "program and revoking the old one; its name leads there.",
                action: TablePage.Action(label: "Make a credential", path: "\(CredentialPages.root.path)/new"),
                what: "Name",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private func form(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let page = FormPage(
            "New credential",
            under: [CredentialPages.root],
            text: "Its secret is shown once, on the next page.",
            mistakes: mistakes,
            path: "\(CredentialPages.root.path)/new",
            token: try request.signedIn().token,
            fields: [
                FormField(
                    "name",
                    "Name",
                    value: request.form["name"],
                    hint: "Which program it is for.",
                    error: mistakes?.text(of: "name")
                ),
                FormField(
                    "password",
                    "Your password",
                    .secret,
                    error: mistakes?.text(of: "password"),
                    autocomplete: "current-password"
                ),
            ],
            button: "Make credential",
            cancel: CredentialPages.root.path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func make(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let name = request.form["name"] ?? ""
        guard !name.isEmpty, name.unicodeScalars.count <= ServerLimits.nameCharactersMax else {
            let text = "Type a name of at most \(ServerLimits.nameCharactersMax) characters."
            return try form(request, [FormMistakes.Item(field: "name", text: text)])
        }
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try form(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        let made = try await desk.control.createCredential(name: name, by: try request.author())
        desk.note("Credential made", made.clientID, by: viewer)
        return .page(
            SecretPage(
                title: "New credential",
                under: [CredentialPages.root],
                name: name,
                facts: [
                    SecretPage.Fact(id: "client-id", name: "Client id", value: made.clientID),
                    SecretPage.Fact(id: "client-secret", name: "Client secret", value: made.clientSecret),
                ],
                next: CredentialPages.root.path
            )
        )
    }

    private func revocation(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let id = request.parameter("id")
        guard let credential = desk.control.credentials().first(where: { $0.clientID == id && !$0.isRevoked }) else {
            throw APIError(.resourceUnknown, "no credential that is active has this client id")
        }
        return .page(
            ConfirmPage(
                title: "Revoke \(credential.name)",
                crumbs: [CredentialPages.root],
                text: "Programs that use it, and tokens they have, are refused from then on. This cannot be undone.",
                obstacle: nil,
                obstacles: [],
                path: "\(CredentialPages.root.path)/\(id)/revoke",
                token: try request.signedIn().token,
                etag: "",
                button: "Revoke credential",
                cancel: CredentialPages.root.path
            )
        )
    }

    private func revoke(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        try await desk.control.revokeCredential(clientID: id, by: try request.author())
        desk.note("Credential revoked", id, by: try request.signedIn())
        return .redirect(CredentialPages.root.path, .credentialRevoked)
    }
}
