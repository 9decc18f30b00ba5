import ActivationCore
import Console

/// Marketing actions that policies name: list, make, describe, delete.
struct MarketingActionPages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Marketing actions", "/console/governance/actions")

    func add(to register: inout ConsoleRegister) {
        register.page("governance/actions") { try list($0) }
        register.form("governance/actions/new", show: { try form($0, of: nil) }, submit: { try await put($0) })
        register.form("governance/actions/:name", show: { try show($0) }, submit: { try await put($0) })
        register.form("governance/actions/:name/delete", show: { try deletion($0) }, submit: { try await delete($0) })
    }

    private static func path(of name: String) -> String { "\(root.path)/\(name.percentEncoded())" }

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let mayManage = try request.signedIn().may(.managePolicies)
        let policies = snapshot.corePolicies + snapshot.customPolicies
        let rows = (MarketingAction.core + snapshot.customActions).map { action in
            let naming = policies.filter { $0.actions.contains(ActionReference(action)) }
            return TablePage.Row(
                name: action.title,
                path: mayManage && action.kind == .custom ? MarketingActionPages.path(of: action.name) : nil,
                mark: action.kind == .custom ? StateMark("Own", .quiet) : nil,
                note: action.title == action.name ? nil : action.name,
                cells: [
                    TablePage.Cell("Means", action.meaning.isEmpty ? "–" : action.meaning),
                    TablePage.Cell("Policies", naming.isEmpty ? "–" : naming.map(\.name).joined(separator: ", ")),
                ]
            )
        }
        return .page(
            TablePage(
                "Marketing actions",
                text: "What dataflows use data for. A dataflow says which; policies say which data that is not for.",
                action: mayManage
                    ? TablePage.Action(label: "Make an action", path: "\(MarketingActionPages.root.path)/new") : nil,
                what: "Action",
                rows: rows,
                emptyText: ""
            )
        )
    }

    private func action(_ request: ConsoleRequest) throws(APIError) -> MarketingAction {
        let reference = ActionReference(.custom, request.parameter("name"))
        guard let action = desk.control.snapshot.marketingAction(reference) else {
            throw UsagePolicyRoutes.unknownAction
        }
        return action
    }

    private func show(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        try form(request, of: try action(request))
    }

    private func form(
        _ request: ConsoleRequest,
        of action: MarketingAction?,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let isSent = !request.form.items.isEmpty
        let name = FormField("name", "Name", value: request.form["name"], error: mistakes?.text(of: "name"))
        let meaning = FormField(
            "description",
            "Meaning",
            value: isSent ? request.form["description"] : action?.meaning,
            error: mistakes?.text(of: "description"),
            isOptional: true
        )
        let path = action.map { MarketingActionPages.path(of: $0.name) } ?? "\(MarketingActionPages.root.path)/new"
        return .page(
            FormPage(
                action?.name ?? "New marketing action",
                under: [MarketingActionPages.root],
                text: "Dataflows that have an action of this name have this one.",
                mistakes: mistakes,
                path: path,
                token: try request.signedIn().token,
                fields: (action == nil ? [name] : []) + [meaning],
                button: action == nil ? "Make action" : "Save",
                cancel: MarketingActionPages.root.path,
                deletion: action == nil ? nil : "\(path)/delete"
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func put(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let isNew = request.path == "\(MarketingActionPages.root.path)/new"
        let name = isNew ? request.form["name"] ?? "" : try action(request).name
        do throws(APIError) {
            _ = try await desk.control.putAction(
                name,
                meaning: request.form["description"] ?? "",
                by: try request.client(of: desk.control.orgID)
            )
        } catch {
            guard [.fieldInvalid, .conflict].contains(error.code) else { throw error }
            let items = [FormMistakes.Item(field: isNew ? "name" : "description", text: error.sentence)]
            return try form(request, of: isNew ? nil : try action(request), items)
        }
        desk.note("Marketing action kept", name, by: try request.signedIn())
        return .redirect(MarketingActionPages.root.path, .actionKept)
    }

    private func deletion(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let action = try action(request)
        let users = desk.control.snapshot.policies(naming: ActionReference(action))
        return .page(
            ConfirmPage(
                title: "Delete \(action.name)",
                crumbs: [MarketingActionPages.root],
                text: "Dataflows that have an action of this name keep it; policies can name it no more.",
                obstacle: users.isEmpty ? nil : "Policies name it; take it out of them first:",
                obstacles: users.map { PageFrame.Crumb($0.name, "\(PolicyPages.root.path)/\($0.id)") },
                path: "\(MarketingActionPages.path(of: action.name))/delete",
                token: try request.signedIn().token,
                etag: "",
                button: "Delete action",
                cancel: MarketingActionPages.path(of: action.name)
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let name = request.parameter("name")
        try await desk.control.deleteAction(name, by: try request.author())
        desk.note("Marketing action deleted", name, by: try request.signedIn())
        return .redirect(MarketingActionPages.root.path, .actionDeleted)
    }
}
