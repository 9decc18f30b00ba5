import ActivationCore
import Console

/// Roles: list, look at, make, change, delete.
struct RolePages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Roles", "/console/access/roles")

    func add(to register: inout ConsoleRegister) {
        register.page("access/roles") { list($0) }
        register.form("access/roles/new", show: { try form($0, of: nil) }, submit: { try await make($0) })
        register.form("access/roles/:id", show: { try show($0) }, submit: { try await change($0) })
        register.form("access/roles/:id/delete", show: { try deletion($0) }, submit: { try await delete($0) })
    }

    private func list(_ request: ConsoleRequest) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let rows = snapshot.roles.map { role in
            TablePage.Row(
                name: role.name,
                path: "\(RolePages.root.path)/\(role.id)",
                mark: role.isBuiltIn ? nil : StateMark("Own", .quiet),
                note: role.meaning.isEmpty ? nil : role.meaning,
                cells: [
                    TablePage.Cell(
                        "Sandboxes",
                        role.id == Role.administrator.id ? "all" : role.sandboxes.joined(separator: ", ")
                    ),
                    TablePage.Cell("Permissions", Figure.count(role.permissions.count), isNumber: true),
                    TablePage.Cell(
                        "Groups, users and credentials",
                        Figure.count(snapshot.holders(ofRole: role.id).count),
                        isNumber: true
                    ),
                ]
            )
        }
        return .page(
            TablePage(
                "Roles",
                text: "What people and programs may do. Who has several may do what any of them allows.",
                action: TablePage.Action(label: "Make a role", path: "\(RolePages.root.path)/new"),
                what: "Role",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private func role(_ request: ConsoleRequest) throws(APIError) -> Role {
        guard let role = desk.control.snapshot.role(request.parameter("id")) else {
            throw APIError(.resourceUnknown, "no role has this id")
        }
        return role
    }

    private func show(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let role = try role(request)
        guard role.isBuiltIn else { return try form(request, of: role) }
        let rows = Permission.allCases.map { permission in
            let isGiven = role.permissions.contains(permission)
            return TablePage.Row(
                name: permission.rawValue,
                path: nil,
                mark: isGiven ? StateMark("May", .good) : StateMark("May not", .quiet),
                note: permission.meaning,
                cells: []
            )
        }
        return .page(
            TablePage(
                role.name,
                under: [RolePages.root],
                text: "\(role.meaning) Every server has this role as it is; make one of your own to say it otherwise.",
                action: nil,
                what: "Permission",
                rows: rows,
                emptyText: ""
            )
        )
    }

    private func form(
        _ request: ConsoleRequest,
        of role: Role?,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        // What was typed before a session ended comes back without a mistake.
        let isSent = !request.form.items.isEmpty
        let path = "\(RolePages.root.path)/\(role?.id ?? "new")"
        let fields = [
            FormField(
                "name",
                "Name",
                value: isSent ? request.form["name"] : role?.name,
                error: mistakes?.text(of: "name")
            ),
            FormField(
                "description",
                "Description",
                value: isSent ? request.form["description"] : role?.meaning,
                hint: "Whom it is meant for.",
                error: mistakes?.text(of: "description"),
                isOptional: true
            ),
            FormField(
                "labels",
                "Labels",
                value: isSent ? request.form["labels"] : role?.labels.joined(separator: ", "),
                hint: "Where labels decide who sees what: those that this role lets see, with commas between them.",
                error: mistakes?.text(of: "labels"),
                isOptional: true
            ),
            FormField(
                "sandboxes",
                "Sandboxes",
                value: isSent
                    ? request.form["sandboxes"] : (role?.sandboxes ?? [Sandbox.defaultName]).joined(separator: ", "),
                hint: "Where it counts, by their names with commas between them.",
                error: mistakes?.text(of: "sandboxes"),
                isOptional: true
            ),
        ]
        let permissions = Permission.allCases.map { permission in
            let isOn =
                isSent ? request.form[permission.apiName] == "true" : role?.permissions.contains(permission) ?? false
            return FormField(
                permission.apiName,
                permission.rawValue,
                .toggle,
                value: isOn ? "true" : nil,
                hint: permission.meaning,
                isOptional: true
            )
        }
        let page = FormPage(
            role?.name ?? "New role",
            under: [RolePages.root],
            text: "Who may change something sees it too. What is changed here counts from everybody's next step on.",
            mistakes: mistakes,
            path: path,
            token: try request.signedIn().token,
            fields: fields + permissions,
            button: role == nil ? "Make role" : "Save",
            cancel: RolePages.root.path,
            deletion: role == nil ? nil : "\(path)/delete",
            places: [PageFrame.Crumb("Who sees labelled data", "/console/access/labels")]
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func draft(_ request: ConsoleRequest) throws(APIError) -> RoleDraft {
        let permissions = Permission.allCases.map(\.apiName).filter { request.form[$0] == "true" }
        return try RoleDraft(
            try Fields([
                "name": .string(request.form["name"] ?? ""), "description": .string(request.form["description"] ?? ""),
                "permissionSets": .array(permissions.map { .string($0) }),
                "subjectAttributes": [
                    "labels": .array((request.form["labels"] ?? "").commaSeparated.map { .string($0) })
                ],
                "sandboxes": .array((request.form["sandboxes"] ?? "").commaSeparated.map { .string($0) }),
            ])
        )
    }

    private func make(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let client = try request.client(of: desk.control.orgID)
        do throws(APIError) {
            let made = try await desk.control.makeRole(try draft(request), by: client)
            desk.note("Role made", made.id, by: try request.signedIn())
        } catch {
            return try form(request, of: nil, try RolePages.mistakes(error))
        }
        return .redirect(RolePages.root.path, .roleKept)
    }

    private func change(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let role = try role(request)
        let client = try request.client(of: desk.control.orgID)
        do throws(APIError) {
            let draft = try draft(request)
            _ = try await desk.control.changeRole(role.id, by: client) { _ in draft }
        } catch {
            return try form(request, of: role, try RolePages.mistakes(error))
        }
        desk.note("Role changed", role.id, by: try request.signedIn())
        return .redirect(RolePages.root.path, .roleKept)
    }

    /// What is wrong with what was typed; other failures go on.
    private static func mistakes(_ error: APIError) throws(APIError) -> [FormMistakes.Item] {
        guard [.fieldInvalid, .conflict].contains(error.code) else { throw error }
        let places = [("/description", "description"), ("/subjectAttributes", "labels"), ("/sandboxes", "sandboxes")]
        let field = places.first { error.detail.hasPrefix($0.0) }?.1 ?? "name"
        return [FormMistakes.Item(field: error.detail.hasPrefix("nobody") ? nil : field, text: error.sentence)]
    }

    private func deletion(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let role = try role(request)
        let holders = desk.control.snapshot.holders(ofRole: role.id)
        let path = "\(RolePages.root.path)/\(role.id)"
        let obstacle: String? =
            role.isBuiltIn
            ? "Every server has this role." : holders.isEmpty ? nil : "They have it; give them another one first:"
        return .page(
            ConfirmPage(
                title: "Delete \(role.name)",
                crumbs: [RolePages.root],
                text: "A role that nobody has goes without a trace but in the history.",
                obstacle: obstacle,
                obstacles: holders.map { holder in
                    let list =
                        switch holder.kind {
                        case .consoleUser: UserPages.root.path
                        case .userGroup: GroupPages.root.path
                        default: CredentialPages.root.path
                        }
                    return PageFrame.Crumb(holder.string("email") ?? holder.string("name") ?? holder.id, list)
                },
                path: "\(path)/delete",
                token: try request.signedIn().token,
                etag: "",
                button: "Delete role",
                cancel: path
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        try await desk.control.deleteRole(id, by: try request.author())
        desk.note("Role deleted", id, by: try request.signedIn())
        return .redirect(RolePages.root.path, .roleDeleted)
    }
}
