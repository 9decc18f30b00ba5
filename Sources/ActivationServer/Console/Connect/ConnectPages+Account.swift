import ActivationCore
import Console

/// The first step: who signs in to the destination.
extension ConnectPages {
    /// Accounts that are shown beside the chosen one; others are found by their names.
    private static let accountsMax = 50

    func account(
        _ request: ConsoleRequest,
        _ items: [FormMistakes.Item] = [],
        failed: APIError? = nil
    ) throws(APIError) -> ConsoleAnswer {
        let draft = try draft(request)
        if let answer = elsewhere(draft, than: .account) { return answer }
        let kind = try kind(of: draft)
        let typed = request.form.items.isEmpty ? draft.typed[.account] : request.form
        let mistakes = FormMistakes(items)
        let known = desk.accountReports().filter { $0.kind.id == kind.spec.id }
        let chosen = typed?["account"] ?? draft.account ?? known.first?.id ?? "new"
        let way = ConnectPages.signIn(typed, of: kind.spec)
        let fields = ConnectPages.fields(of: kind.spec, typed, mistakes)
        let name = FormField(
            "name",
            "Name of the account",
            value: typed?["name"],
            error: mistakes?.text(of: "name")
        )
        let search = request.form["account-search"] ?? ""
        let others = known.filter { report in
            report.id != chosen
                && (search.isEmpty || report.name.lowercased().contains(search.lowercased()))
        }
        let shown = known.filter { $0.id == chosen } + others.prefix(ConnectPages.accountsMax)
        let hidden = others.count - ConnectPages.accountsMax
        let accounts = shown.map { report in
            ConnectPage.Account(
                id: report.id,
                name: report.name,
                facts: (report.shown.map(\.value) + [Figure.count(report.dataflows.count, "dataflow")])
                    .joined(separator: " · "),
                isChosen: report.id == chosen
            )
        }
        return page(
            .account,
            of: draft,
            kind.spec,
            try request.signedIn(),
            Content(
                mistakes: mistakes,
                ladder: failed.flatMap {
                    CheckLadder(kind.spec.accountSteps, stoppedBy: $0.code.rawValue, $0.detail)
                },
                policy: kind.policy(
                    account: typed.map { AccountReport.params($0, of: way) } ?? [:],
                    target: [:],
                    resource: nil
                ),
                isPolicyMissing: failed?.isAboutPermission ?? false,
                trust: kind.spec.offeredSignIns.lazy.compactMap(\.trust).first,
                isTrustMissing: failed != nil && way.trust != nil,
                accounts: accounts,
                accountSearch: known.count > ConnectPages.accountsMax
                    ? FormField("account-search", "Name contains", .text(type: "search"), value: search) : nil,
                moreAccounts: hidden > 0 ? "\(Figure.count(hidden)) more are not shown; search by name." : nil,
                isNewChosen: chosen == "new",
                fields: [name] + fields,
                buttons: [.next("Check and continue")]
            )
        )
    }

    /// How a new account is to sign in.
    private static func signIn(_ typed: QueryItems?, of spec: DestinationSpec) -> DestinationSignIn {
        spec.offeredSignIns.first { $0.type == typed?["signIn"] } ?? spec.signIn
    }

    /// The fields of a new account however it signs in, and the choice of how; the style sheet shows those that belong to
    /// what is chosen.
    private static func fields(
        of spec: DestinationSpec,
        _ typed: QueryItems?,
        _ mistakes: FormMistakes?
    ) -> [FormField] {
        let ways = spec.offeredSignIns
        var fields: [FormField] = []
        if ways.count > 1 {
            let choices = ways.map { ($0.type, $0.title) }
            fields.append(FormField("signIn", "Sign in with", .choice(choices), value: typed?["signIn"]))
        }
        var shared: [AccountReport.Field] = []
        for field in ways.flatMap(AccountReport.fields) where !shared.contains(where: { $0.key == field.key }) {
            shared.append(field)
        }
        let ordered = shared.filter(\.isRequired) + shared.filter { !$0.isRequired }
        return fields + ordered.map { $0.input(value: typed?[$0.key], error: mistakes?.text(of: $0.key)) }
    }

    func submitAccount(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        var draft = try draft(request)
        if let answer = elsewhere(draft, than: .account) { return answer }
        if request.form["do"] == "find" { return try account(request) }
        let spec = try kind(of: draft).spec
        guard ConnectPages.isFresh(request, draft) else { return try account(request, [ConnectPages.stale]) }
        draft.typed[.account] = request.form
        if let chosen = request.form["account"], chosen != "new" {
            let account = try desk.accountReport(chosen).id
            // Another account reaches another stream of that name, if any.
            if draft.account != account { draft.check = nil }
            draft.account = account
            try await desk.control.keep(draft)
            return .redirect(draft.path(.details))
        }
        try await desk.control.keep(draft)
        let name = request.form["name"] ?? ""
        guard !name.isEmpty else {
            let text = "Give the account a name by which you will know it."
            return try account(request, [FormMistakes.Item(field: "name", text: text)])
        }
        let way = ConnectPages.signIn(request.form, of: spec)
        let body: JSONObject = [
            "name": .string(name), "description": "",
            "connectionSpec": ["id": .string(spec.id), "version": .string(WellKnownSpec.version)],
            "auth": [
                "specName": .string(way.name),
                "params": .object(AccountReport.params(request.form, of: way)),
            ],
        ]
        do throws(APIError) {
            let client = try request.client(of: desk.control.orgID)
            let fields = try Fields(.object(body))
            draft.account = try await desk.connections.create(fields, by: client, mayWriteOnly: true).id
        } catch {
            guard error.code.status == 400 else { throw error }
            let labels = AccountReport.fields(of: way).map { ($0.key, $0.label) }
            let mistake = ConnectPages.mistake(error, "/auth/params", labels)
            return try account(request, [mistake], failed: error)
        }
        // The account has a row of its own now; going back shows it chosen.
        draft.typed[.account] = nil
        draft.check = nil
        try await desk.control.keep(draft)
        return .redirect(draft.path(.details))
    }
}
