import ActivationCore
import Console

/// People's requests for their data or its erasure: list, ask, look.
struct PrivacyPages: Sendable {
    let desk: ConsoleDesk

    private static let root = PageFrame.Crumb("Privacy requests", "/console/privacy")
    private static let rows = 50

    func add(to register: inout ConsoleRegister) {
        register.page("privacy") { try list($0) }
        register.form("privacy/new", show: { try form($0) }, submit: { try await ask($0) })
        register.page("privacy/:id") { try show($0) }
    }

    private var privacy: PrivacyDesk { desk.dependencies.privacy }

    // MARK: List

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let page = try request.query.integer("page", in: 0...PrivacyJobQuery.pageMax) ?? 0
        let (jobs, count) = privacy.jobs(PrivacyJobQuery(page: page, size: PrivacyPages.rows))
        let path = PrivacyPages.root.path
        let rows = jobs.map { job in
            TablePage.Row(
                name: job.subject.key.isEmpty ? job.id : job.subject.key,
                path: "\(path)/\(job.id)",
                mark: PrivacyPages.mark(job, at: request.now),
                note: nil,
                cells: [
                    TablePage.Cell("What for", PrivacyPages.word(job.action)),
                    TablePage.Cell("Law", job.regulation.rawValue),
                    TablePage.Cell("Asked", Instant(job.createdAt, now: request.now).exact),
                    TablePage.Cell("Due", Instant(job.dueAt, now: request.now).exact),
                    TablePage.Cell("By", desk.name(of: job.author)),
                ]
            )
        }
        return .page(
            TablePage(
                PrivacyPages.root.name,
                text: "What people have asked for: copies of their data, or its erasure. The newest first.",
                action: try request.signedIn().may(.managePrivacyWorkflows)
                    ? TablePage.Action(label: "Ask for somebody", path: "\(path)/new") : nil,
                what: "Person",
                rows: rows,
                emptyText: "Nobody has asked for anything.",
                pager: Pager(
                    text: Figure.count(count, "job"),
                    first: page == 0 ? nil : path,
                    next: (page + 1) * PrivacyPages.rows < count ? "\(path)?page=\(page + 1)" : nil
                )
            )
        )
    }

    private static func word(_ action: PrivacyJob.Action) -> String {
        switch action {
        case .access: "Copy"
        case .delete: "Erasure"
        }
    }

    private static func mark(_ job: PrivacyJob, at now: Timestamp) -> StateMark {
        switch job.state {
        case .submitted, .processing:
            job.dueAt < now
                ? StateMark("Overdue", .bad)
                : StateMark(job.state == .submitted ? "Waits" : "Under way", .warning)
        case .complete: StateMark("Done", .good)
        case .error: StateMark("Failed", .bad)
        }
    }

    // MARK: One

    private func show(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let job = try privacy.job(request.parameter("id"))
        var facts: [(String, String)] = [
            ("Job", job.id), ("Request", job.request), ("Law", job.regulation.rawValue),
            ("Asked", Instant(job.createdAt, now: request.now).exact),
            ("Due", Instant(job.dueAt, now: request.now).exact),
            ("Identities", job.userIDs.map(\.namespace).joined(separator: ", ")),
        ]
        if let endedAt = job.endedAt { facts.append(("Ended", Instant(endedAt, now: request.now).exact)) }
        if let outcome = job.outcome {
            facts.append(("Result", outcome.detail))
            facts.append(("Identities that nobody has", Figure.count(Int(clamping: outcome.unknown))))
            for profile in outcome.profiles {
                facts.append((job.action == .delete ? "Erased profile" : "Profile", profile.uuid.description))
            }
        }
        if job.retries > 0 { facts.append(("Tried in vain", "\(job.retries) times")) }
        if let until = job.documentUntil, request.now < until {
            facts.append(("The copy is there until", Instant(until, now: request.now).exact))
            facts.append(("Fetch it with", "headwater privacy download \(job.id) --output copy.json"))
        }
        let mark = PrivacyPages.mark(job, at: request.now)
        let rows =
            [TablePage.Row(name: "State", path: nil, mark: mark, note: nil, cells: [TablePage.Cell("Value", "")])]
            + facts.map { name, value in
                TablePage.Row(name: name, path: nil, mark: nil, note: nil, cells: [TablePage.Cell("Value", value)])
            }
        return .page(
            TablePage(
                job.subject.key.isEmpty ? job.id : job.subject.key,
                under: [PrivacyPages.root],
                text: "\(PrivacyPages.word(job.action)), asked for by \(desk.name(of: job.author)).",
                action: nil,
                what: "Fact",
                rows: rows,
                emptyText: ""
            )
        )
    }

    // MARK: Ask

    private func form(_ request: ConsoleRequest, _ items: [FormMistakes.Item] = []) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        func field(_ name: String, _ label: String, _ kind: FormField.Kind, _ hint: String? = nil) -> FormField {
            FormField(name, label, kind, value: request.form[name], hint: hint, error: mistakes?.text(of: name))
        }
        let page = FormPage(
            "Ask for somebody",
            under: [PrivacyPages.root],
            text: "Erased is erased: every profile that has one of the identities goes, and there is no way back.",
            mistakes: mistakes,
            path: "\(PrivacyPages.root.path)/new",
            token: try request.signedIn().token,
            fields: [
                field(
                    "key",
                    "What the person is called in the list",
                    .text(),
                    "A number of yours is better than a name."
                ),
                field(
                    "identities",
                    "Identities, one in a line",
                    .lines(3),
                    "Such as Email:mira@example.org; up to \(PrivacyRequest.identitiesMax) of one person."
                ),
                field(
                    "action",
                    "What for",
                    .choice([("access", "A copy"), ("delete", "Erasure"), ("both", "A copy, then erasure")])
                ),
                field(
                    "regulation",
                    "Law",
                    .choice(PrivacyRegulation.allCases.map { ($0.rawValue, "\($0.rawValue), \($0.days) days") })
                ),
                field(
                    "onReturn",
                    "When one of them comes again",
                    .choice([
                        ("", "As the server does otherwise"), ("accept", "It makes a new profile"),
                        ("refuse", "It is refused"),
                    ])
                ),
                .ownPassword(mistakes, of: try request.signedIn()),
            ],
            button: "Ask",
            cancel: PrivacyPages.root.path
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func ask(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let viewer = try request.signedIn()
        let asked: PrivacyRequest
        do throws(APIError) {
            asked = try PrivacyRequest(body(request.form), orgID: desk.control.orgID, in: desk.control.snapshot)
        } catch {
            guard error.code == .fieldInvalid else { throw error }
            return try form(request, [PrivacyPages.mistake(error)])
        }
        if let refusal = try await desk.refusal(ofPassword: request.form["password"] ?? "", request) {
            return try form(request, [FormMistakes.Item(field: "password", text: refusal)])
        }
        let jobs = try await privacy.take(asked, by: try request.author())
        guard let first = jobs.first else { return .redirect(PrivacyPages.root.path) }
        desk.note("Privacy request taken", first.request, by: viewer)
        let place = jobs.count == 1 ? "\(PrivacyPages.root.path)/\(first.id)" : PrivacyPages.root.path
        return .redirect(place, .privacyAsked)
    }

    /// What was typed, as a client of the API would send it.
    private func body(_ form: QueryItems) -> JSONValue {
        let lines = (form["identities"] ?? "").split(whereSeparator: \.isNewline)
        let userIDs = lines.map { line -> JSONValue in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            return [
                "namespace": .string(parts[0]), "value": .string(parts.count > 1 ? parts[1] : ""), "type": "standard",
            ]
        }
        let actions: [JSONValue] = form["action"] == "both" ? ["access", "delete"] : [.string(form["action"] ?? "")]
        var body: JSONObject = [
            "companyContexts": [["namespace": "imsOrgID", "value": .string(desk.control.orgID)]],
            "include": ["profileService"], "regulation": .string(form["regulation"] ?? ""),
            "users": [["key": .string(form["key"] ?? ""), "action": .array(actions), "userIDs": .array(userIDs)]],
        ]
        if let rule = form["onReturn"], !rule.isEmpty { body["onReturn"] = .string(rule) }
        return .object(body)
    }

    /// What is wrong, below the field that it is about.
    private static func mistake(_ error: APIError) -> FormMistakes.Item {
        let pointer = error.detail.prefix { $0 != " " }.split(separator: "/")
        let reason = error.detail.drop { $0 != " " }.dropFirst()
        guard pointer.first == "users", pointer.count > 2 else {
            return FormMistakes.Item(field: pointer.first.map(String.init), text: "It \(reason).")
        }
        guard pointer[2] == "userIDs" else {
            return FormMistakes.Item(field: String(pointer[2]), text: "It \(reason).")
        }
        guard pointer.count > 4, let number = Int(pointer[3]) else {
            return FormMistakes.Item(field: "identities", text: "Type 1 to \(PrivacyRequest.identitiesMax) identities.")
        }
        let part = pointer[4] == "value" ? "what stands behind the colon" : "what stands before the colon"
        return FormMistakes.Item(field: "identities", text: "Line \(number + 1): \(part) \(reason).")
    }
}
