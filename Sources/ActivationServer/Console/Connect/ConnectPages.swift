import ActivationCore
import Console

/// Making a dataflow: its account, its details, what it is used for, of what somebody is told; each step is
/// kept as it is sent.
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
        register.form(
            "connect/:draft/governance",
            show: { try governance($0) },
            submit: { try await submitGovernance($0) }
        )
        register.form("connect/:draft/alerts", show: { try alerts($0) }, submit: { try await submitAlerts($0) })
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
    func draft(_ request: ConsoleRequest) throws(APIError) -> ConnectDraft {
        try desk.control.connectDraft(request.parameter("draft"), of: try request.signedIn().user)
    }

    /// The kind of destination that a draft is about.
    ///
    /// - Throws: `CONSOLE_PAGE`.
    func kind(of draft: ConnectDraft) throws(APIError) -> any DestinationKind {
        guard let kind = desk.dependencies.destinations[draft.spec] else {
            throw APIError(.consolePage, "the draft is about a destination that this server does not offer any more")
        }
        return kind
    }

    /// Where somebody belongs who opens a step that is over, or not reached yet; nil when the step can be shown.
    func elsewhere(_ draft: ConnectDraft, than step: ConnectDraft.Step) -> ConsoleAnswer? {
        if let flow = draft.flow { return .redirect("/console/dataflows/\(flow)") }
        let hasAccount = draft.account.map { (try? desk.accountReport($0)) != nil } ?? false
        if step != .account, !hasAccount { return .redirect(draft.path(.account)) }
        return draft.isOpen(step) ? nil : .redirect(draft.path(draft.next))
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

    // MARK: What all steps show

    /// Whether a form shows the draft as it is.
    static func isFresh(_ request: ConsoleRequest, _ draft: ConnectDraft) -> Bool {
        request.form["version"]?.hasSameBytes(as: draft.entry.etag) ?? false
    }

    static let stale = FormMistakes.Item(
        field: nil,
        text: "This step changed in another tab. What you typed is below; look at it and send it again."
    )

    private static let root = PageFrame.Crumb("Destination catalog", "/console/destinations")

    /// What a step shows beside what every step shows.
    struct Content {
        var mistakes: FormMistakes?
        var ladder: CheckLadder?
        var policy: String?
        /// Whether an error says that a permission is missing.
        var isPolicyMissing = false
        /// What lets this server in as a role.
        var trust: String?
        var isTrustMissing = false
        var about: String?
        var accounts: [ConnectPage.Account] = []
        /// Finds more of them; nil when all are shown.
        var accountSearch: FormField?
        /// How many are not shown.
        var moreAccounts: String?
        var isNewChosen = false
        var fields: [FormField]
        var folded: [FormField] = []
        var examples: [ConnectPage.Example] = []
        var buttons: [ConnectPage.Button]
    }

    /// The answer that shows a step.
    func page(
        _ step: ConnectDraft.Step,
        of draft: ConnectDraft,
        _ spec: DestinationSpec,
        _ viewer: ConsoleViewer,
        _ content: Content
    ) -> ConsoleAnswer {
        let title = "Connect \(spec.name): \(step.title.lowercased())"
        let page = ConnectPage(
            title: content.mistakes == nil ? title : "Error: \(title)",
            crumbs: [ConnectPages.root],
            heading: "Connect \(spec.name)",
            steps: ConnectDraft.Step.allCases.enumerated().map { index, other in
                WizardStep(
                    number: index + 1,
                    name: other.title,
                    path: other != step && draft.isOpen(other) ? draft.path(other) : nil,
                    isCurrent: other == step
                )
            },
            mistakes: content.mistakes,
            ladder: content.ladder,
            policy: content.policy,
            isPolicyMissing: content.isPolicyMissing,
            trust: content.trust,
            isTrustMissing: content.isTrustMissing,
            about: content.about,
            path: draft.path(step),
            cancel: "/console/connect/\(draft.entry.id)/cancel",
            token: viewer.token,
            version: draft.entry.etag,
            accounts: content.accounts,
            hasAccounts: !content.accounts.isEmpty,
            accountSearch: content.accountSearch,
            moreAccounts: content.moreAccounts,
            isNewChosen: content.isNewChosen,
            fields: content.fields,
            folded: content.folded,
            hasFolded: !content.folded.isEmpty,
            examples: content.examples,
            hasExamples: !content.examples.isEmpty,
            buttons: content.buttons
        )
        return .page(page, status: content.mistakes == nil ? 200 : 400)
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

extension ConnectPage.Button {
    /// The one that goes on.
    static func next(_ label: String) -> ConnectPage.Button {
        ConnectPage.Button(value: "next", label: label, isPrimary: true)
    }
}

extension APIErrorCode {
    static let consoleDraftUsed = APIErrorCode("CONSOLE_DRAFT_USED", status: 409, title: "Draft is used")
}

extension APIError {
    /// Whether it says that a permission is missing.
    var isAboutPermission: Bool { code.rawValue.hasPrefix("AWS-403") }
}
