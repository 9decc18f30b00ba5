import ActivationCore
import Console

/// Users of the console: list, invite, give roles, remove.
struct UserPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Users", "/console/access/users")

    func add(to register: inout ConsoleRegister) {
        register.page("access/users") { list($0) }
        register.form("access/users/new", show: { try invitation($0) }, submit: { try await invite($0) })
        register.form("access/users/:id", show: { try form($0) }, submit: { try await change($0) })
        register.form("access/users/:id/delete", show: { try deletion($0) }, submit: { try await delete($0) })
    }

    private func list(_ request: ConsoleRequest) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let rows = desk.control.consoleUsers.map { user in
            let sessions = desk.sessions.sessions(of: user)
            return TablePage.Row(
                name: user.email,
                path: "\(UserPages.root.path)/\(user.id)",
                mark: user.identity == nil ? nil : StateMark("Single sign-on", .quiet),
                note: user.identity?.name,
                cells: [
                    TablePage.Cell("Roles", RoleFields.names(snapshot.roles(of: user), in: snapshot)),
                    TablePage.Cell(
                        "Last seen",
                        sessions.map(\.seenAt).max().map { Instant($0, now: request.now).exact } ?? "–"
                    ),
                    TablePage.Cell("Sessions", Figure.count(sessions.count), isNumber: true),
                ]
            )
        }
        return .page(
            TablePage(
                "Users",
                text: "People who sign in to this console.",
                action: TablePage.Action(label: "Invite somebody", path: "\(UserPages.root.path)/new"),
                what: "E-mail address",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private func user(_ request: ConsoleRequest) throws(APIError) -> ConsoleUser {
        guard let user = desk.control.consoleUser(request.parameter("id")) else {
            throw APIError(.resourceUnknown, "no user has this id")
        }
        return user
    }

    // MARK: Invite

    private func invitation(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let roles = desk.control.snapshot.roles
        let email = FormField(
            "email",
            "E-mail address",
            .text(type: "email"),
            value: request.form["email"],
            error: mistakes?.text(of: "email")
        )
        let page = FormPage(
            "Invite somebody",
            under: [UserPages.root],
            text: "The next page has a link for them, good for three days, by which they set a password.",
            mistakes: mistakes,
            path: "\(UserPages.root.path)/new",
            token: try request.signedIn().token,
            fields: [email] + RoleFields.fields(roles, chosen: RoleFields.chosen(roles, in: request.form))
                + [.ownPassword(mistakes, of: try request.signedIn())],
            button: "Invite",
            cancel: UserPages.root.path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func invite(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        guard let email = EmailAddress(request.form["email"] ?? "") else {
            let text = "Type an e-mail address such as ana@shop.example."
            return try invitation(request, [FormMistakes.Item(field: "email", text: text)])
        }
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try invitation(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        let user: ConsoleUser
        do throws(APIError) {
            user = try await desk.control.inviteUser(
                email,
                roles: RoleFields.chosen(desk.control.snapshot.roles, in: request.form),
                cost: desk.dependencies.passwordCost,
                by: try request.author()
            )
        } catch {
            guard error.code == .conflict else { throw error }
            return try invitation(request, [FormMistakes.Item(field: "email", text: error.sentence)])
        }
        desk.note("User invited", user.id, by: try request.signedIn())
        return .page(
            SecretPage(
                title: "Invitation",
                under: [UserPages.root],
                name: email.text,
                facts: [
                    SecretPage.Fact(
                        id: "invitation",
                        name: "Link",
                        value: desk.dependencies.invitation(of: email)
                    )
                ],
                next: UserPages.root.path
            )
        )
    }

    // MARK: Roles

    private func form(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let user = try user(request)
        let mistakes = FormMistakes(items)
        let roles = desk.control.snapshot.roles
        let groups = desk.control.snapshot.groups(of: user)
        let chosen = request.form.items.isEmpty ? user.ownRoles : RoleFields.chosen(roles, in: request.form)
        let path = "\(UserPages.root.path)/\(user.id)"
        let page = FormPage(
            user.email,
            under: [UserPages.root],
            text: groups.isEmpty
                ? "What the person may do, from their next step on."
                : "What the person may do, from their next step on, beside what their groups allow: "
                    + "\(groups.map(\.name).joined(separator: ", ")).",
            mistakes: mistakes,
            path: path,
            token: try request.signedIn().token,
            fields: RoleFields.fields(roles, chosen: chosen) + [.ownPassword(mistakes, of: try request.signedIn())],
            button: "Save",
            cancel: UserPages.root.path,
            deletion: "\(path)/delete"
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func change(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let user = try user(request)
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try form(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        do throws(APIError) {
            let roles = RoleFields.chosen(desk.control.snapshot.roles, in: request.form)
            try await desk.control.setRoles(roles, ofUser: user.id, by: try request.author())
        } catch {
            guard error.code == .conflict else { throw error }
            return try form(request, [FormMistakes.Item(field: nil, text: error.sentence)])
        }
        desk.note("Roles of a user changed", user.id, by: try request.signedIn())
        return .redirect(UserPages.root.path, .userKept)
    }

    private func deletion(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let user = try user(request)
        let path = "\(UserPages.root.path)/\(user.id)"
        return .page(
            ConfirmPage(
                title: "Remove \(user.email)",
                crumbs: [UserPages.root],
                text: "They are signed out everywhere and cannot sign in any more. What they did stays in the history.",
                obstacle: nil,
                obstacles: [],
                path: "\(path)/delete",
                token: try request.signedIn().token,
                etag: "",
                button: "Remove user",
                cancel: path
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        try await desk.control.removeUser(id, by: try request.author())
        desk.note("User removed", id, by: try request.signedIn())
        return .redirect(UserPages.root.path, .userRemoved)
    }
}
