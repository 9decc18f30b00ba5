import ActivationCore

/// A dataflow that somebody is about to make, kept so that leaving and coming back loses nothing; never a secret.
struct ConnectDraft: Sendable {
    let entry: ControlEntry
    /// Whose it is.
    let owner: String
    /// The kind of destination.
    let spec: String
    /// The account that was chosen or made.
    var account: String?
    /// What was typed in the steps.
    var typed: [Step: QueryItems] = [:]
    /// What trying the target found; nil = it was not tried since the account or the details changed.
    var check: Check?
    /// The dataflow that came of it; then nothing more does.
    var flow: String?

    /// The steps, in their order.
    enum Step: String, CaseIterable, Sendable {
        case account
        case details
        case governance
        case alerts

        var title: String {
            switch self {
            case .account: "Account"
            case .details: "Details"
            case .governance: "Governance"
            case .alerts: "Alerts"
            }
        }
    }

    /// What trying a target found.
    struct Check: Sendable {
        /// What is known of it.
        var facts: [TargetInspection.Fact]
        /// What the account was not allowed to ask: the code, and what to do.
        var denial: (code: String, text: String)?
        /// What a rule about permissions calls the target; nil = not known.
        var resource: String?
        /// Where the test record is; nil = none was written.
        var receipt: String?
    }

    /// Drafts of one user; the oldest goes when there is another.
    static let perUserMax = 20
    /// How long one is kept.
    static let lifetime = Duration.seconds(30 * 24 * 3_600)

    /// Reads a stored draft; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .consoleDraft, let owner = entry.string("owner"), let spec = entry.string("spec")
        else { return nil }
        self.entry = entry
        self.owner = owner
        self.spec = spec
        account = entry.string("accountId")
        flow = entry.string("flowId")
        check = entry.body["check"].map { Check($0) }
        for step in Step.allCases {
            typed[step] = entry.string(step.rawValue).flatMap { try? QueryItems(parsing: $0) }
        }
    }

    /// The stored form.
    var body: JSONObject {
        var body: JSONObject = ["owner": .string(owner), "spec": .string(spec)]
        body["accountId"] = account.map { .string($0) }
        body["flowId"] = flow.map { .string($0) }
        body["check"] = check.map(\.json)
        for (step, items) in typed {
            let kept = items.items.filter { !SealedForm.isSecret($0.name) && $0.name != FormToken.field }
            body[step.rawValue] = .string(QueryItems(kept).text)
        }
        return body
    }

    /// Where a step is.
    func path(_ step: Step) -> String { "/console/connect/\(entry.id)/\(step.rawValue)" }

    /// The step to go on with.
    var next: Step {
        if account == nil { return .account }
        if check == nil { return .details }
        return typed[.governance] == nil ? .governance : .alerts
    }

    /// Whether a step can be opened.
    func isOpen(_ step: Step) -> Bool {
        switch step {
        case .account: true
        case .details: account != nil
        case .governance: account != nil && check != nil
        case .alerts: next == .alerts
        }
    }
}

extension ConnectDraft.Check {
    /// What looking at a target found.
    init(_ inspection: TargetInspection) {
        facts = inspection.facts
        denial = inspection.denial.map { ($0.code, $0.message) }
        resource = inspection.resource
        receipt = inspection.receipt
    }

    /// Reads the stored form.
    init(_ json: JSONValue) {
        facts = (json["facts"]?.array ?? []).map {
            TargetInspection.Fact($0["label"]?.string ?? "", $0["value"]?.string ?? "")
        }
        denial = json["code"]?.string.map { ($0, json["text"]?.string ?? "") }
        resource = json["resource"]?.string
        receipt = json["receipt"]?.string
    }

    /// The stored form.
    var json: JSONValue {
        var object: JSONObject = [
            "facts": .array(facts.map { ["label": .string($0.label), "value": .string($0.value)] })
        ]
        object["code"] = denial.map { .string($0.code) }
        object["text"] = denial.map { .string($0.text) }
        object["resource"] = resource.map { .string($0) }
        object["receipt"] = receipt.map { .string($0) }
        return .object(object)
    }
}

extension ControlPlane {
    /// A user's drafts that nothing came of yet, the newest first.
    func connectDrafts(of user: ConsoleUser) -> [ConnectDraft] {
        entries(.consoleDraft).reversed().compactMap(ConnectDraft.init).filter { $0.owner == user.id && $0.flow == nil }
    }

    /// The draft that a path names.
    ///
    /// - Throws: `CONSOLE_PAGE`, for another user's too.
    func connectDraft(_ id: String, of user: ConsoleUser) throws(APIError) -> ConnectDraft {
        guard let draft = entry(.consoleDraft, id).flatMap(ConnectDraft.init), draft.owner == user.id else {
            throw APIError(.consolePage, "the draft is gone, or is somebody else's; begin at the destination catalog")
        }
        return draft
    }

    /// Begins a draft; old ones go.
    func beginConnectDraft(spec: String, account: String?, of user: ConsoleUser) async throws(APIError) -> ConnectDraft
    {
        let entry = try await write(by: user.author) { draft throws(APIError) in
            let drafts = draft.snapshot.entries(.consoleDraft)
            let old = drafts.filter { $0.updatedAt.duration(to: draft.now) > ConnectDraft.lifetime }
            let ids = Set(old.map(\.id))
            let own = drafts.filter { $0.string("owner") == user.id && !ids.contains($0.id) }
            for entry in old + own.prefix(max(own.count - ConnectDraft.perUserMax + 1, 0)) { draft.remove(entry) }
            var body: JSONObject = ["owner": .string(user.id), "spec": .string(spec)]
            body["accountId"] = account.map { .string($0) }
            return try draft.insert(.consoleDraft, body: body)
        }
        guard let begun = ConnectDraft(entry) else {
            throw APIError(.internalError, "a stored draft does not read back")
        }
        return begun
    }

    /// Keeps what a draft has become; one that has gone meanwhile, or of which something came, stays as it is.
    func keep(_ changed: ConnectDraft) async throws(APIError) {
        try await write(by: .server) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.consoleDraft, changed.entry.id), entry.body["flowId"] == nil
            else { return }
            try draft.replace(entry, body: changed.body)
        }
    }

    /// Lets go of a draft.
    func drop(_ gone: ConnectDraft) async throws(APIError) {
        try await write(by: .server) { draft throws(APIError) in
            if let entry = draft.snapshot.entry(.consoleDraft, gone.entry.id) { draft.remove(entry) }
        }
    }
}
