import ActivationCore
import Console

/// The last steps: what the records are used for, of what somebody is told, and the dataflow itself.
extension ConnectPages {
    // MARK: Governance

    func governance(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let draft = try draft(request)
        if let answer = elsewhere(draft, than: .governance) { return answer }
        let kind = try kind(of: draft)
        let account = try desk.accountReport(draft.account ?? "")
        let details = draft.typed[.details].flatMap { try? TargetForm(kind.spec).params($0).get() }
        let mistakes = FormMistakes(items)
        let typed = request.form.items.isEmpty ? draft.typed[.governance] : request.form
        return page(
            .governance,
            of: draft,
            kind.spec,
            try request.signedIn(),
            Content(
                mistakes: mistakes,
                ladder: draft.check.map { CheckLadder(kind.spec.targetSteps, $0) },
                policy: kind.policy(
                    account: account.entry.body["auth"]?["params"]?.object ?? [:],
                    target: details ?? [:],
                    resource: draft.check?.resource
                ),
                isPolicyMissing: draft.check?.denial != nil,
                about: SettingsWords.governance,
                fields: MarketingActionForm.fields(typed, mistakes),
                buttons: [.next("Continue")]
            )
        )
    }

    func submitGovernance(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        var draft = try draft(request)
        if let answer = elsewhere(draft, than: .governance) { return answer }
        guard ConnectPages.isFresh(request, draft) else { return try governance(request, [ConnectPages.stale]) }
        do throws(TargetFormMistake) {
            _ = try MarketingActionForm.actions(request.form)
        } catch {
            return try governance(request, [FormMistakes.Item(field: error.key, text: error.text)])
        }
        draft.typed[.governance] = request.form
        try await desk.control.keep(draft)
        return .redirect(draft.path(.alerts))
    }

    // MARK: Alerts

    func alerts(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let draft = try draft(request)
        if let answer = elsewhere(draft, than: .alerts) { return answer }
        let mistakes = FormMistakes(items)
        let typed = request.form.items.isEmpty ? draft.typed[.alerts] : request.form
        return page(
            .alerts,
            of: draft,
            try kind(of: draft).spec,
            try request.signedIn(),
            Content(
                mistakes: mistakes,
                about: SettingsWords.alerts,
                fields: FlowAlertForm.fields(typed ?? FlowAlertForm.typed(FlowAlertForm.preset), mistakes),
                buttons: [
                    ConnectPage.Button(value: "activate", label: "Save and activate audiences", isPrimary: true),
                    ConnectPage.Button(value: "exit", label: "Save and exit", isPrimary: false),
                ]
            )
        )
    }

    func submitAlerts(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        var draft = try draft(request)
        // Sent twice, or from a page that Back has brought: what came of it is there already.
        if let flow = draft.flow { return ConnectPages.end(flow, request) }
        if let answer = elsewhere(draft, than: .alerts) { return answer }
        guard ConnectPages.isFresh(request, draft) else { return try alerts(request, [ConnectPages.stale]) }
        let chosen: [JSONValue]
        do throws(TargetFormMistake) {
            chosen = try FlowAlertForm.alerts(request.form)
        } catch {
            return try alerts(request, [FormMistakes.Item(field: error.key, text: error.text)])
        }
        draft.typed[.alerts] = request.form
        try await desk.control.keep(draft)
        do {
            return ConnectPages.end(try await make(draft, chosen, request), request, isNew: true)
        } catch is TargetFormMistake {
            return .redirect(draft.path(.details))
        } catch let error as APIError where error.code == .consoleDraftUsed {
            return ConnectPages.end(try self.draft(request).flow ?? "", request)
        } catch let error as APIError where error.code.status == 400 || error.code.status == 409 {
            // The target, the account or the server's room for dataflows has changed since the details were checked.
            draft = try self.draft(request)
            var again = request
            again.form = draft.typed[.details] ?? request.form
            return try await refused(again, draft, error)
        }
    }

    private func make(
        _ draft: ConnectDraft,
        _ alerts: [JSONValue],
        _ request: ConsoleRequest
    ) async throws -> String {
        var connection = try wanted(draft, draft.typed[.details] ?? QueryItems([]))
        connection.marketingActions = try MarketingActionForm.actions(draft.typed[.governance] ?? QueryItems([]))
        connection.alerts = alerts
        let client = try request.client(of: desk.control.orgID)
        return try await desk.dataflows.connect(connection, by: client, mayWriteOnly: true) {
            change,
            flow throws(APIError) in
            guard let entry = change.snapshot.entry(.consoleDraft, draft.entry.id), entry.body["flowId"] == nil
            else {
                throw APIError(.consoleDraftUsed, "the draft has become a dataflow already")
            }
            var body = entry.body
            body["flowId"] = .string(flow.id)
            try change.replace(entry, body: body)
        }.change.flow.id
    }

    /// Where the last button leads.
    private static func end(_ flow: String, _ request: ConsoleRequest, isNew: Bool = false) -> ConsoleAnswer {
        let path = "/console/dataflows/\(flow)"
        guard request.form["do"] == "activate" else { return .redirect(path, isNew ? .dataflowMade : nil) }
        return .redirect("\(path)/\(SettingsTopic.when.rawValue)?\(SettingsPages.step)=activate")
    }
}

/// What stands above choices that belong to the dataflow itself.
enum SettingsWords {
    static let governance =
        "Say what the records are used for. It is kept with the dataflow. This version enforces no policy: nothing is "
        + "held back because of it."
    static let alerts =
        "Choose of what you want to be told, and from which figure on. All alert channels tell it; without one it shows "
        + "under Alerts."
}
