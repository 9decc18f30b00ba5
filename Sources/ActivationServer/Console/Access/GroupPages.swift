import ActivationCore
import Console

/// Groups of users: list, make, change, delete.
struct GroupPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Groups", "/console/access/groups")
    private static let member = "member-"

    func add(to register: inout ConsoleRegister) {
        register.page("access/groups") { _ in list() }
        register.form("access/groups/new", show: { try form($0, of: nil) }, submit: { try await make($0) })
        register.form(
            "access/groups/:id",
            show: { try form($0, of: try group($0)) },
            submit: { try await change($0) }
        )
        register.form("access/groups/:id/delete", show: { try deletion($0) }, submit: { try await delete($0) })
    }

    private func list() -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let users = desk.control.consoleUsers
        let rows = snapshot.groups.map { group in
            TablePage.Row(
                name: group.name,
                path: "\(GroupPages.root.path)/\(group.id)",
                mark: group.externalName == nil ? nil : StateMark("Single sign-on", .quiet),
                note: group.meaning.isEmpty ? nil : group.meaning,
                cells: [
                    TablePage.Cell("Roles", RoleFields.names(group.roles, in: snapshot)),
                    TablePage.Cell(
                        "Members",
                        Figure.count(users.count { snapshot.groups(of: $0).contains { $0.id == group.id } }),
                        isNumber: true
                    ),
                ]
            )
        }
        return .page(
            TablePage(
                "Groups",
                text: "Users who have roles together, beside their own.",
                action: TablePage.Action(label: "Make a group", path: "\(GroupPages.root.path)/new"),
                what: "Group",
                rows: rows,
                emptyText: "There is none."
            )
        )
    }

    private func group(_ request: ConsoleRequest) throws(APIError) -> UserGroup {
        guard let group = desk.control.entry(.userGroup, request.parameter("id")).flatMap(UserGroup.init) else {
            throw APIError(.resourceUnknown, "no group has this id")
        }
        return group
    }

    private func form(
        _ request: ConsoleRequest,
        of group: UserGroup?,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        // What was typed before a session ended comes back without a mistake.
        let isSent = !request.form.items.isEmpty
        let path = "\(GroupPages.root.path)/\(group?.id ?? "new")"
        let snapshot = desk.control.snapshot
        let fields = [
            FormField(
                "name",
                "Name",
                value: isSent ? request.form["name"] : group?.name,
                error: mistakes?.text(of: "name")
            ),
            FormField(
                "description",
                "Description",
                value: isSent ? request.form["description"] : group?.meaning,
                hint: "Whom it is meant for.",
                error: mistakes?.text(of: "description"),
                isOptional: true
            ),
            FormField(
                "externalName",
                "Name at the identity provider",
                value: isSent ? request.form["externalName"] : group?.externalName,
                hint:
                    "Who signs in by single sign-on and is in the group of this name there is a member here, beside those "
                    + "below. Empty: nobody is.",
                error: mistakes?.text(of: "externalName"),
                isOptional: true
            ),
        ]
        let members = desk.control.consoleUsers.map { user in
            let isOn = isSent ? request.form[GroupPages.member + user.id] == "true" : group?.names(user.id) ?? false
            return FormField(
                GroupPages.member + user.id,
                user.email,
                .toggle,
                value: isOn ? "true" : nil,
                hint: group.flatMap { snapshot.isExternal(user, in: $0) ? "Put in by the identity provider." : nil },
                isOptional: true
            )
        }
        let chosen = isSent ? RoleFields.chosen(snapshot.roles, in: request.form) : group?.roles ?? []
        let page = FormPage(
            group?.name ?? "New group",
            under: [GroupPages.root],
            text: "The roles below are what its members may do, from their next step on.",
            mistakes: mistakes,
            path: path,
            token: try request.signedIn().token,
            fields: fields + RoleFields.fields(snapshot.roles, chosen: chosen) + members + [
                .ownPassword(mistakes, of: try request.signedIn())
            ],
            button: group == nil ? "Make group" : "Save",
            cancel: GroupPages.root.path,
            deletion: group == nil ? nil : "\(path)/delete"
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func draft(_ request: ConsoleRequest) throws(APIError) -> UserGroupDraft {
        let members = desk.control.consoleUsers.map(\.id).filter { request.form[GroupPages.member + $0] == "true" }
        let roles = RoleFields.chosen(desk.control.snapshot.roles, in: request.form)
        return try UserGroupDraft(
            try Fields([
                "name": .string(request.form["name"] ?? ""), "description": .string(request.form["description"] ?? ""),
                "externalName": .string(request.form["externalName"] ?? ""),
                "members": .array(members.map { .string($0) }), "roles": .array(roles.map { .string($0) }),
            ])
        )
    }

    private func make(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try form(request, of: nil, [FormMistakes.Item(field: "password", text: refusal)])
        }
        do throws(APIError) {
            let client = try request.client(of: desk.control.orgID)
            let made = try await desk.control.makeGroup(try draft(request), by: client)
            desk.note("Group made", made.id, by: try request.signedIn())
        } catch {
            return try form(request, of: nil, try GroupPages.mistakes(error))
        }
        return .redirect(GroupPages.root.path, .groupKept)
    }

    private func change(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let group = try group(request)
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try form(request, of: group, [FormMistakes.Item(field: "password", text: refusal)])
        }
        do throws(APIError) {
            let draft = try draft(request)
            let client = try request.client(of: desk.control.orgID)
            _ = try await desk.control.changeGroup(group.id, by: client) { _ in draft }
        } catch {
            return try form(request, of: group, try GroupPages.mistakes(error))
        }
        desk.note("Group changed", group.id, by: try request.signedIn())
        return .redirect(GroupPages.root.path, .groupKept)
    }

    /// What is wrong with what was typed; other failures go on.
    private static func mistakes(_ error: APIError) throws(APIError) -> [FormMistakes.Item] {
        guard [.fieldInvalid, .conflict].contains(error.code) else { throw error }
        let named = ["description", "externalName"].first { error.detail.hasPrefix("/\($0)") }
        let isOfAll = error.detail.hasPrefix("nobody") || error.detail.hasPrefix("there are")
        return [FormMistakes.Item(field: isOfAll ? nil : named ?? "name", text: error.sentence)]
    }

    private func deletion(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let group = try group(request)
        let path = "\(GroupPages.root.path)/\(group.id)"
        return .page(
            ConfirmPage(
                title: "Delete \(group.name)",
                crumbs: [GroupPages.root],
                text:
                    "Its members lose its roles at once. They stay users, with their own roles and those of other groups.",
                obstacle: nil,
                obstacles: [],
                path: "\(path)/delete",
                token: try request.signedIn().token,
                etag: "",
                button: "Delete group",
                cancel: path
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        try await desk.control.deleteGroup(id, by: try request.author())
        desk.note("Group deleted", id, by: try request.signedIn())
        return .redirect(GroupPages.root.path, .groupDeleted)
    }
}
