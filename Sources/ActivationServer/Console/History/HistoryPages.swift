import ActivationCore
import ActivationEngine
import Console

/// The history of dataflows, accounts and audiences; it outlives them.
struct HistoryPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.page("dataflows/:id/history") { try await dataflow($0) }
        register.page("accounts/:id/history") { request in
            try await show(
                request,
                ConfigurationChange.Object(.connection, request.parameter("id").lowercased()),
                under: PageFrame.Crumb("Accounts", "/console/accounts"),
                text: "Changes of the account; of credentials only that they changed."
            )
        }
        register.page("audiences/:id/history") { request in
            try await show(
                request,
                ConfigurationChange.Object(.segmentDefinition, request.parameter("id").lowercased()),
                under: AudiencePages.root,
                text: "Changes of the audience and its rule."
            )
        }
    }

    private func dataflow(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let flow = ConfigurationChange.Object(.flow, request.parameter("id").lowercased())
        return try await show(
            request,
            flow,
            with: try await ChangeHistory(control: desk.control).objects(ofFlow: flow.id) ?? [],
            under: DataflowPages.root,
            text: "Changes of the dataflow, of its source, its target and its account."
        )
    }

    /// Shows the history of an object and of others that belong to it.
    private func show(
        _ request: ConsoleRequest,
        _ object: ConfigurationChange.Object,
        with others: [ConfigurationChange.Object] = [],
        under root: PageFrame.Crumb,
        text: String
    ) async throws -> ConsoleAnswer {
        let history = ChangeHistory(control: desk.control)
        let before = request.query["before"].flatMap { Int64($0) }
        let page = try await history.page(of: others.isEmpty ? [object] : others, before: before)
        let kind = object.kind.flatMap { ControlKind(rawValue: $0) }
        let entry = kind.flatMap { desk.control.entry($0, object.id) }
        let isThere = entry.map { $0.string("state") != FlowState.deleting } ?? false
        var name = entry?.string("name")
        if name == nil { name = try await history.page(of: [object], limit: 1).changes.first?.name }
        guard let name else {
            throw APIError(.consolePage, "there is nothing at this address, and the history knows of nothing that was")
        }
        return .page(
            HistoryPage(
                title: "History of \(name)",
                crumbs: [root] + (isThere ? [PageFrame.Crumb(name, "\(root.path)/\(object.id)")] : []),
                text: isThere ? text : "\(text) It is deleted.",
                rows: desk.rows(of: page.changes, now: request.now),
                isEmpty: page.changes.isEmpty,
                pager: Pager(
                    text: "The newest first",
                    first: before == nil ? nil : request.path,
                    next: page.next.map { "\(request.path)?before=\($0)" }
                ),
                name: name
            )
        )
    }
}
