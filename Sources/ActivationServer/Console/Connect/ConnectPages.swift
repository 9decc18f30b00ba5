import ActivationCore
import Console

/// Making a dataflow: first its account, then its details; each step is kept as it is sent.
struct ConnectPages: Sendable {
    let desk: ConsoleDesk

    func add(to register: inout ConsoleRegister) {
        register.action("connect") { try await begin($0) }
        register.form("connect/:draft/account", show: { try account($0) }, submit: { try await submitAccount($0) })
        register.form(
            "connect/:draft/details",
            show: { try await details($0) },
            submit: { try await submitDetails($0) }
        )
        register.form("connect/:draft/cancel", show: { try cancellation($0) }, submit: { try await cancel($0) })
    }

    private func begin(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let user = try request.signedIn().user
        let spec = request.form["spec"] ?? ""
        guard desk.dependencies.destinations[spec] != nil else {
            throw APIError(.specInvalid, "the catalog has no such destination; begin there")
        }
        let account = try request.form["account"].map { id throws(APIError) in try desk.accountReport(id).id }
        let draft = try await desk.control.beginConnectDraft(spec: spec, account: account, of: user)
        return .redirect(draft.path(draft.next))
    }

    /// The draft of a request.
    ///
    /// - Throws: `CONSOLE_PAGE`.
    private func draft(_ request: ConsoleRequest) throws(APIError) -> ConnectDraft {
        try desk.control.connectDraft(request.parameter("draft"), of: try request.signedIn().user)
    }

    /// The kind of destination that a draft is about.
    func kind(of draft: ConnectDraft) throws(APIError) -> any DestinationKind {
        guard let kind = desk.dependencies.destinations[draft.spec] else {
            throw APIError(.consolePage, "the draft is about a destination that this server does not offer any more")
        }
        return kind
    }

    // MARK: Account

    private func account(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = [],
        failed: APIError? = nil
    ) throws(APIError) -> ConsoleAnswer {
        let draft = try draft(request)
        if let flow = draft.flow { return .redirect("/console/dataflows/\(flow)") }
        let spec = try kind(of: draft).spec
        let typed = request.form.items.isEmpty ? draft.typed[.account] : request.form
        let mistakes = FormMistakes(items)
        let known = desk.accountReports().filter { $0.kind.id == spec.id }
        let chosen = typed?["account"] ?? draft.account ?? known.first?.id ?? "new"
        let fields = AccountReport.fields(of: spec).map { field in
            FormField(
                field.key,
                field.label,
                field.isSecret ? .secret : .text(type: field.isURL ? "url" : "text"),
                value: typed?[field.key],
                error: mistakes?.text(of: field.key),
                isOptional: !field.isRequired
            )
        }
        let name = FormField(
            "name",
            "Name of the account",
            value: typed?["name"],
            error: mistakes?.text(of: "name")
        )
        return .page(
            page(
                draft,
                .account,
                spec,
                try request.signedIn(),
                mistakes,
                rungs: failed.map {
                    ConnectPages.rungs($0, ["Fields", "Destination answers", "Takes the credentials"])
                },
                accounts: known.map { report in
                    ConnectPage.Account(
                        id: report.id,
                        name: report.name,
                        facts: (report.shown.map(\.value) + [Figure.count(report.dataflows.count, "dataflow")])
                            .joined(separator: " · "),
                        isChosen: report.id == chosen
                    )
                },
                isNewChosen: chosen == "new",
                fields: [name] + fields,
                button: "Check and continue"
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private func submitAccount(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        var draft = try draft(request)
        if let flow = draft.flow { return .redirect("/console/dataflows/\(flow)") }
        let spec = try kind(of: draft).spec
        guard ConnectPages.isFresh(request, draft) else { return try account(request, [ConnectPages.stale]) }
        draft.typed[.account] = request.form
        if let chosen = request.form["account"], chosen != "new" {
            draft.account = try desk.accountReport(chosen).id
            try await desk.control.keep(draft)
            return .redirect(draft.path(.details))
        }
        try await desk.control.keep(draft)
        let name = request.form["name"] ?? ""
        guard !name.isEmpty else {
            let text = "Give the account a name by which you will know it."
            return try account(request, [FormMistakes.Item(field: "name", text: text)])
        }
        var params: JSONObject = [:]
        for field in AccountReport.fields(of: spec) {
            let typed = request.form[field.key] ?? ""
            if !typed.isEmpty { params[field.key] = .string(typed) }
        }
        let body: JSONObject = [
            "name": .string(name), "description": "",
            "connectionSpec": ["id": .string(spec.id), "version": .string(WellKnownSpec.version)],
            "auth": ["specName": .string(spec.authenticationName), "params": .object(params)],
        ]
        do throws(APIError) {
            let client = try request.signedIn().user.client(of: desk.control.orgID)
            draft.account = try await desk.connections.create(try Fields(.object(body)), by: client).id
        } catch {
            guard error.code.status == 400 else { throw error }
            let labels = AccountReport.fields(of: spec).map { ($0.key, $0.label) }
            let mistake = ConnectPages.mistake(error, "/auth/params", labels)
            return try account(request, [mistake], failed: error)
        }
        // The account has a row of its own now; going back shows it chosen.
        draft.typed[.account] = nil
        try await desk.control.keep(draft)
        return .redirect(draft.path(.details))
    }

    // MARK: Details

    private func details(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = [],
        failed: APIError? = nil
    ) async throws -> ConsoleAnswer {
        let draft = try draft(request)
        if let flow = draft.flow { return .redirect("/console/dataflows/\(flow)") }
        guard let id = draft.account, let account = try? desk.accountReport(id) else {
            return .redirect(draft.path(.account))
        }
        let kind = try kind(of: draft)
        let typed = request.form.items.isEmpty ? draft.typed[.details] : request.form
        let mistakes = FormMistakes(items)
        let suggestions = items.isEmpty ? await suggestions(kind, account.entry) : []
        let target = TargetForm(kind.spec).fields(typed, suggestions: suggestions, mistakes)
        let named = [
            FormField("name", "Name", value: typed?["name"], error: mistakes?.text(of: "name")),
            FormField("description", "Description", value: typed?["description"], isOptional: true),
        ]
        return .page(
            page(
                draft,
                .details,
                kind.spec,
                try request.signedIn(),
                mistakes,
                rungs: failed.map { ConnectPages.rungs($0, ["Fields", "Destination answers", "Takes messages"]) },
                fields: named + target.shown,
                folded: target.folded,
                button: "Check and make the dataflow"
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    /// Names on offer; that they cannot be had keeps nobody from typing one.
    private func suggestions(_ kind: any DestinationKind, _ account: ControlEntry) async -> [String] {
        guard let secrets = ConnectionSecrets.account(of: account, box: desk.control.secrets) else { return [] }
        return Array(((try? await kind.targets(account: secrets)) ?? []).prefix(200))
    }

    private func submitDetails(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        var draft = try draft(request)
        // Sent twice, or from a page that Back has brought: what came of it is there already.
        if let flow = draft.flow { return .redirect("/console/dataflows/\(flow)") }
        guard let account = draft.account else { return .redirect(draft.path(.account)) }
        let kind = try kind(of: draft)
        guard ConnectPages.isFresh(request, draft) else { return try await details(request, [ConnectPages.stale]) }
        draft.typed[.details] = request.form
        try await desk.control.keep(draft)
        let name = request.form["name"] ?? ""
        guard !name.isEmpty else {
            let text = "Give the dataflow a name by which you will know it."
            return try await details(request, [FormMistakes.Item(field: "name", text: text)])
        }
        let form = TargetForm(kind.spec)
        let params: JSONObject
        switch form.params(request.form) {
        case .failure(let mistake):
            return try await details(request, [FormMistakes.Item(field: mistake.key, text: mistake.text)])
        case .success(let typed): params = typed
        }
        let wanted = DataflowService.Connection(
            name: name,
            description: request.form["description"] ?? "",
            account: .existing(account),
            params: params
        )
        do throws(APIError) {
            let client = try request.signedIn().user.client(of: desk.control.orgID)
            let made = try await desk.dataflows.connect(wanted, by: client) { change, flow throws(APIError) in
                guard let entry = change.snapshot.entry(.consoleDraft, draft.entry.id), entry.body["flowId"] == nil
                else {
                    throw APIError(.consoleDraftUsed, "the draft has become a dataflow already")
                }
                var body = entry.body
                body["flowId"] = .string(flow.id)
                try change.replace(entry, body: body)
            }
            return .redirect("/console/dataflows/\(made.change.flow.id)", .dataflowMade)
        } catch {
            if error.code == .consoleDraftUsed, let flow = try self.draft(request).flow {
                return .redirect("/console/dataflows/\(flow)")
            }
            guard error.code.status == 400 || error.code.status == 409 else { throw error }
            let labels = form.keys.map { ($0, form.label(of: $0) ?? $0) }
            return try await details(request, [ConnectPages.mistake(error, "/params", labels)], failed: error)
        }
    }

    // MARK: Cancel

    private func cancellation(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let draft = try draft(request)
        let account = draft.account.flatMap { try? desk.accountReport($0) }
        return .page(
            ConfirmPage(
                title: "Leave without a dataflow",
                crumbs: [ConnectPages.root],
                text: account.map { "What you typed goes. The account \($0.name) stays." } ?? "What you typed goes.",
                obstacle: nil,
                obstacles: [],
                path: "/console/connect/\(draft.entry.id)/cancel",
                token: try request.signedIn().token,
                etag: draft.entry.etag,
                button: "Throw the draft away",
                cancel: draft.path(draft.next)
            )
        )
    }

    private func cancel(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        try await desk.control.drop(try draft(request))
        return .redirect("/console/destinations", .draftGone)
    }

    // MARK: What both steps show

    /// Whether a form shows the draft as it is.
    private static func isFresh(_ request: ConsoleRequest, _ draft: ConnectDraft) -> Bool {
        request.form["version"]?.hasSameBytes(as: draft.entry.etag) ?? false
    }

    private static let stale = FormMistakes.Item(
        field: nil,
        text: "This step changed in another tab. What you typed is below; look at it and send it again."
    )

    private static let root = PageFrame.Crumb("Destination catalog", "/console/destinations")

    private func page(
        _ draft: ConnectDraft,
        _ step: ConnectDraft.Step,
        _ spec: DestinationSpec,
        _ viewer: ConsoleViewer,
        _ mistakes: FormMistakes?,
        rungs: [ConnectPage.Rung]?,
        accounts: [ConnectPage.Account] = [],
        isNewChosen: Bool = false,
        fields: [FormField],
        folded: [FormField] = [],
        button: String
    ) -> ConnectPage {
        let title = "Connect \(spec.name): \(step.title.lowercased())"
        return ConnectPage(
            title: mistakes == nil ? title : "Error: \(title)",
            crumbs: [ConnectPages.root],
            heading: "Connect \(spec.name)",
            steps: ConnectDraft.Step.allCases.enumerated().map { index, other in
                ConnectPage.Step(
                    number: index + 1,
                    name: other.title,
                    path: other == step || other == .details && draft.account == nil ? nil : draft.path(other),
                    isCurrent: other == step
                )
            },
            mistakes: mistakes,
            rungs: rungs ?? [],
            hasRungs: rungs != nil,
            path: draft.path(step),
            cancel: "/console/connect/\(draft.entry.id)/cancel",
            token: viewer.token,
            version: draft.entry.etag,
            accounts: accounts,
            hasAccounts: !accounts.isEmpty,
            isNewChosen: isNewChosen,
            fields: fields,
            folded: folded,
            hasFolded: !folded.isEmpty,
            button: button
        )
    }

    /// How far a check came.
    private static func rungs(_ error: APIError, _ names: [String]) -> [ConnectPage.Rung] {
        let failed =
            switch error.code.rawValue {
            case APIErrorCode.fieldInvalid.rawValue, "CFG-001": 0
            case "NET-001": 1
            default: 2
            }
        return names.enumerated().map { index, name in
            let mark =
                index < failed
                ? StateMark("done", .good)
                : index == failed ? StateMark("failed", .bad) : StateMark("not tried", .quiet)
            return ConnectPage.Rung(name: name, mark: mark)
        }
    }

    /// What a refusal means in a form: the field that it is about, if it says so, and its text with the field's name.
    static func mistake(
        _ error: APIError,
        _ pointer: String,
        _ labels: [(key: String, label: String)]
    ) -> FormMistakes.Item {
        var text = error.detail
        let field = labels.first { text.contains("\(pointer)/\($0.key)") }
        if let field, let place = text.firstRange(of: "\(pointer)/\(field.key)") {
            text = field.label + text[place.upperBound...]
        }
        return FormMistakes.Item(field: field?.key, text: "\(text) (\(error.code.rawValue))")
    }
}

extension APIErrorCode {
    static let consoleDraftUsed = APIErrorCode("CONSOLE_DRAFT_USED", status: 409, title: "Draft is used")
}
