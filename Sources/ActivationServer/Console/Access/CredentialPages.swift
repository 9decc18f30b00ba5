import ActivationCore
import Console

/// Credentials of clients of the API: list, make, give roles, revoke.
struct CredentialPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Credentials", "/console/access/credentials")

    func add(to register: inout ConsoleRegister) {
        register.page("access/credentials") { list($0) }
        register.form("access/credentials/new", show: { try form($0) }, submit: { try await make($0) })
        register.form("access/credentials/:id", show: { try roles($0) }, submit: { try await change($0) })
        register.form(
            "access/credentials/:id/secret",
            show: { try secretForm($0) },
            submit: { try await addSecret($0) }
        )
        register.form(
            "access/credentials/:id/secrets/:secret/delete",
            show: { try secretDeletion($0) },
            submit: { try await removeSecret($0) }
        )
        register.form("access/credentials/:id/revoke", show: { try revocation($0) }, submit: { try await revoke($0) })
    }

    private func list(_ request: ConsoleRequest) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let rows = desk.control.credentials().reversed().map { credential in
            TablePage.Row(
                name: credential.name.isEmpty ? credential.clientID : credential.name,
                path: credential.isRevoked ? nil : "\(CredentialPages.root.path)/\(credential.clientID)",
                mark: CredentialPages.mark(credential, at: request.now),
                note: nil,
                cells: [
                    TablePage.Cell("Client id", credential.clientID),
                    TablePage.Cell("Roles", RoleFields.names(credential.roles, in: snapshot)),
                    TablePage.Cell("Owner", credential.owner ?? "–"),
                    TablePage.Cell(
                        "Last used",
                        credential.lastUsedAt.map { Instant($0, now: request.now).exact } ?? "–"
                    ),
                    TablePage.Cell(
                        "Expires",
                        credential.expiresAt.map { Instant($0, now: request.now).exact } ?? "never"
                    ),
                ]
            )
        }
        return .page(
            TablePage(
                "Credentials",
                text:
                    "What programs sign in to the API with. A credential is rotated by making a second secret, giving it to the "
                    + "program and removing the first one.",
                action: TablePage.Action(label: "Make a credential", path: "\(CredentialPages.root.path)/new"),
                what: "Name",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private func form(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let roles = desk.control.snapshot.roles
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
                )
            ] + RoleFields.fields(roles, chosen: RoleFields.chosen(roles, in: request.form)) + [
                .ownPassword(mistakes, of: try request.signedIn())
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
        let roles = RoleFields.chosen(desk.control.snapshot.roles, in: request.form)
        guard !roles.isEmpty else {
            return try form(request, [FormMistakes.Item(field: nil, text: "Switch one role on at least.")])
        }
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try form(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        let made = try await desk.control.createCredential(
            CredentialDraft(name: name, roles: roles),
            by: try request.author()
        )
        desk.note("Credential made", made.clientID, by: viewer)
        return .page(secretPage(made, named: name, title: "New credential"))
    }

    private func credential(_ request: ConsoleRequest) throws(APIError) -> CredentialSummary {
        let id = request.parameter("id")
        guard let credential = desk.control.credentials().first(where: { $0.clientID == id && !$0.isRevoked }) else {
            throw APIError(.resourceUnknown, "no credential that is active has this client id")
        }
        return credential
    }

    private func roles(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let credential = try credential(request)
        let mistakes = FormMistakes(items)
        let roles = desk.control.snapshot.roles
        let chosen = request.form.items.isEmpty ? credential.roles : RoleFields.chosen(roles, in: request.form)
        let path = "\(CredentialPages.root.path)/\(credential.clientID)"
        let page = FormPage(
            credential.name,
            under: [CredentialPages.root],
            text: "What programs with this credential may do, from their next request on, and for how long.",
            mistakes: mistakes,
            path: path,
            token: try request.signedIn().token,
            fields: details(credential, request, mistakes) + RoleFields.fields(roles, chosen: chosen)
                + [.ownPassword(mistakes, of: try request.signedIn())],
            button: "Save",
            cancel: CredentialPages.root.path,
            places: places(credential, path)
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private static func mark(_ credential: CredentialSummary, at now: Timestamp) -> StateMark {
        if credential.isRevoked { return StateMark("Revoked", .quiet) }
        if let expiresAt = credential.expiresAt, expiresAt <= now { return StateMark("Expired", .quiet) }
        return StateMark("Active", .good)
    }

    /// What is said of a credential beside its roles.
    private func details(
        _ credential: CredentialSummary,
        _ request: ConsoleRequest,
        _ mistakes: FormMistakes?
    ) -> [FormField] {
        func value(_ key: String, _ stored: String?) -> String? {
            request.form.items.isEmpty ? stored : request.form[key]
        }
        return [
            FormField(
                "owner",
                "Owner",
                value: value("owner", credential.owner),
                hint: "Who answers for it.",
                error: mistakes?.text(of: "owner"),
                isOptional: true
            ),
            FormField(
                "expiresAt",
                "Expires",
                value: value("expiresAt", credential.expiresAt?.rfc3339),
                hint: "An instant such as 2027-01-01T00:00:00Z. Empty: never.",
                error: mistakes?.text(of: "expiresAt"),
                isOptional: true
            ),
            FormField(
                "requestsPerSecond",
                "Requests in a second",
                value: value("requestsPerSecond", credential.requestsPerSecond.map { String($0) }),
                hint: "Empty: as many as there are.",
                error: mistakes?.text(of: "requestsPerSecond"),
                isOptional: true
            ),
        ]
    }

    /// What else can be done with a credential.
    private func places(_ credential: CredentialSummary, _ path: String) -> [PageFrame.Crumb] {
        let secrets =
            credential.secrets.count < CredentialSecret.most
            ? [PageFrame.Crumb("Make a second secret", "\(path)/secret")]
            : [PageFrame.Crumb("Remove the older secret", "\(path)/secrets/\(credential.secrets[0].id)/delete")]
        return secrets + [
            PageFrame.Crumb("Access tokens", "\(path)/tokens"), PageFrame.Crumb("Revoke", "\(path)/revoke"),
        ]
    }

    /// Reads what was typed beside the roles; an empty field takes away what there was.
    private static func read(_ form: QueryItems, into draft: inout CredentialDraft) throws(APIError) {
        func typed(_ key: String) -> String? { form[key].flatMap { $0.isEmpty ? nil : $0 } }
        draft.owner = typed("owner").map { $0.excerpt(254) }
        draft.expiresAt = nil
        if let text = typed("expiresAt") {
            guard let instant = Timestamp(rfc3339: text) else {
                throw APIError(.fieldInvalid, "/expiresAt is an instant such as 2027-01-01T00:00:00Z")
            }
            draft.expiresAt = instant
        }
        draft.requestsPerSecond = nil
        if let text = typed("requestsPerSecond") {
            guard let rate = Int(text) else {
                throw APIError(.fieldInvalid, "/requestsPerSecond is a whole number")
            }
            draft.requestsPerSecond = rate
        }
    }

    // MARK: Secrets

    private func secretForm(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let credential = try credential(request)
        let mistakes = FormMistakes(items)
        let path = "\(CredentialPages.root.path)/\(credential.clientID)"
        let page = FormPage(
            "A second secret for \(credential.name)",
            under: [CredentialPages.root],
            text: "Both are good until the older one is removed. The new one is shown once, on the next page.",
            mistakes: mistakes,
            path: "\(path)/secret",
            token: try request.signedIn().token,
            fields: [.ownPassword(mistakes, of: try request.signedIn())],
            button: "Make secret",
            cancel: path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func addSecret(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let credential = try credential(request)
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try secretForm(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        let made: NewCredential
        do throws(APIError) {
            made = try await desk.control.addSecret(toCredential: credential.clientID, by: try request.author())
        } catch {
            guard error.code == .conflict else { throw error }
            return try secretForm(request, [FormMistakes.Item(field: nil, text: error.sentence)])
        }
        desk.note("Secret made", made.clientID, by: try request.signedIn())
        return .page(secretPage(made, named: credential.name, title: "New secret"))
    }

    private func secretPage(_ made: NewCredential, named name: String, title: String) -> SecretPage {
        SecretPage(
            title: title,
            under: [CredentialPages.root],
            name: name,
            facts: [
                SecretPage.Fact(id: "client-id", name: "Client id", value: made.clientID),
                SecretPage.Fact(id: "client-secret", name: "Client secret", value: made.clientSecret),
            ],
            next: CredentialPages.root.path
        )
    }

    private func secretDeletion(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let credential = try credential(request)
        let path = "\(CredentialPages.root.path)/\(credential.clientID)"
        guard let secret = credential.secrets.first(where: { $0.id == request.parameter("secret") }) else {
            throw APIError(.resourceUnknown, "the credential has no secret with this id")
        }
        let made = Instant(secret.createdAt, now: request.now).exact
        return .page(
            ConfirmPage(
                title: "Remove a secret of \(credential.name)",
                crumbs: [CredentialPages.root],
                text: "The secret of \(made) gets no token any more. Tokens that it got stay good for a day at most.",
                obstacle: credential.secrets.count > 1 ? nil : "It is the only one; make another one first.",
                obstacles: [],
                path: "\(path)/secrets/\(secret.id)/delete",
                token: try request.signedIn().token,
                etag: "",
                button: "Remove secret",
                cancel: path
            )
        )
    }

    private func removeSecret(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        try await desk.control.removeSecret(
            request.parameter("secret"),
            fromCredential: id,
            by: try request.author()
        )
        desk.note("Secret removed", id, by: try request.signedIn())
        return .redirect("\(CredentialPages.root.path)/\(id)", .secretRemoved)
    }

    // MARK: Roles

    private func change(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let credential = try credential(request)
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try roles(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        do throws(APIError) {
            let form = request.form
            let chosen = RoleFields.chosen(desk.control.snapshot.roles, in: form)
            try await desk.control.changeCredential(credential.clientID, by: try request.author()) {
                draft throws(APIError) in
                draft.roles = chosen
                try CredentialPages.read(form, into: &draft)
            }
        } catch {
            guard [.conflict, .fieldInvalid].contains(error.code) else { throw error }
            let field = ["owner", "expiresAt", "requestsPerSecond"].first { error.detail.hasPrefix("/\($0)") }
            return try roles(request, [FormMistakes.Item(field: field, text: error.sentence)])
        }
        desk.note("Roles of a credential changed", credential.clientID, by: try request.signedIn())
        return .redirect(CredentialPages.root.path, .credentialKept)
    }

    private func revocation(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let credential = try credential(request)
        return .page(
            ConfirmPage(
                title: "Revoke \(credential.name)",
                crumbs: [CredentialPages.root],
                text: "Programs that use it, and tokens they have, are refused from then on. This cannot be undone.",
                obstacle: nil,
                obstacles: [],
                path: "\(CredentialPages.root.path)/\(credential.clientID)/revoke",
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
