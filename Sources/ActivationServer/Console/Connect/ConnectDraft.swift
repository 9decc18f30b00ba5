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
    /// The dataflow that came of it; then nothing more does.
    var flow: String?

    /// The steps, in their order.
    enum Step: String, CaseIterable, Sendable {
        case account
        case details

        var title: String {
            switch self {
            case .account: "Account"
            case .details: "Details"
            }
        }
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
        for step in Step.allCases {
            typed[step] = entry.string(step.rawValue).flatMap { try? QueryItems(parsing: $0) }
        }
    }

    /// The stored form.
    var body: JSONObject {
        var body: JSONObject = ["owner": .string(owner), "spec": .string(spec)]
        body["accountId"] = account.map { .string($0) }
        body["flowId"] = flow.map { .string($0) }
        for (step, items) in typed {
            let kept = items.items.filter { !SealedForm.isSecret($0.name) && $0.name != FormToken.field }
            body[step.rawValue] = .string(QueryItems(kept).text)
        }
        return body
    }

    /// Where a step is.
    func path(_ step: Step) -> String { "/console/connect/\(entry.id)/\(step.rawValue)" }

    /// The step to go on with.
    var next: Step { account == nil ? .account : .details }
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
        let entry = try await write { draft throws(APIError) in
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
        try await write { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.consoleDraft, changed.entry.id), entry.body["flowId"] == nil
            else { return }
            try draft.replace(entry, body: changed.body)
        }
    }

    /// Lets go of a draft.
    func drop(_ gone: ConnectDraft) async throws(APIError) {
        try await write { draft throws(APIError) in
            if let entry = draft.snapshot.entry(.consoleDraft, gone.entry.id) { draft.remove(entry) }
        }
    }
}
