import ActivationCore
import Console

/// Data usage policies: list, switch the core ones on and off, make, change and delete others, try labels against them.
struct PolicyPages: Sendable {
    let desk: ConsoleDesk

    static let root = PageFrame.Crumb("Policies", "/console/governance/policies")

    func add(to register: inout ConsoleRegister) {
        register.page("governance/policies") { try list($0) }
        register.form("governance/policies/new", show: { try form($0, of: nil) }, submit: { try await make($0) })
        register.form("governance/policies/try", show: { try trial($0) }, submit: { try trial($0) })
        register.form("governance/policies/:id", show: { try show($0) }, submit: { try await change($0) })
        register.form("governance/policies/:id/delete", show: { try deletion($0) }, submit: { try await delete($0) })
    }

    private static let words: [UsagePolicy.Status: StateMark] = [
        .enabled: StateMark("On", .good), .disabled: StateMark("Off", .quiet), .draft: StateMark("Draft", .quiet),
    ]

    private func list(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let mayManage = try request.signedIn().may(.managePolicies)
        let rows = (snapshot.corePolicies + snapshot.customPolicies).map { policy in
            TablePage.Row(
                name: policy.name,
                path: mayManage ? "\(PolicyPages.root.path)/\(policy.id)" : nil,
                mark: PolicyPages.words[policy.status],
                note: policy.meaning.isEmpty ? nil : policy.meaning,
                cells: [
                    policy.deny.map { TablePage.Cell("Denies data with", $0.text) }
                        ?? TablePage.Cell("Only of people for whom", policy.condition),
                    TablePage.Cell("For", concern(of: policy, in: snapshot)),
                    TablePage.Cell("Whose", policy.kind == .core ? "Every server's" : "Your own"),
                ]
            )
        }
        return .page(
            TablePage(
                "Policies",
                text:
                    "What data with some labels is not used for. One that is on is held against every change of dataflows, "
                    + "audiences, merge policies and labels. Data with label \(UsageLabel.noExport) leaves by no dataflow.",
                action: mayManage
                    ? TablePage.Action(label: "Make a policy", path: "\(PolicyPages.root.path)/new")
                    : TablePage.Action(label: "Try labels", path: "\(PolicyPages.root.path)/try"),
                what: "Policy",
                rows: rows,
                emptyText: ""
            )
        )
    }

    private func concern(of policy: UsagePolicy, in snapshot: ControlSnapshot) -> String {
        guard policy.id != UsagePolicy.generalOptOutID else { return "Dataflows whose audiences leave such people out" }
        return policy.actions.map { title($0, in: snapshot) }.joined(separator: ", ")
    }

    private func title(_ action: ActionReference, in snapshot: ControlSnapshot) -> String {
        snapshot.marketingAction(action)?.title ?? action.name
    }

    private func policy(_ request: ConsoleRequest) throws(APIError) -> UsagePolicy {
        let (snapshot, id) = (desk.control.snapshot, request.parameter("id"))
        guard let policy = (snapshot.corePolicies + snapshot.customPolicies).first(where: { $0.id == id }) else {
            throw APIError(.resourceUnknown, "no policy has this id")
        }
        return policy
    }

    // MARK: One of them

    private func show(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        try form(request, of: try policy(request))
    }

    private func form(
        _ request: ConsoleRequest,
        of policy: UsagePolicy?,
        _ items: [FormMistakes.Item] = []
    ) throws(APIError) -> ConsoleAnswer {
        let mistakes = FormMistakes(items)
        let isCore = policy?.kind == .core
        let path = "\(PolicyPages.root.path)/\(policy?.id ?? "new")"
        let page = FormPage(
            policy?.name ?? "New policy",
            under: [PolicyPages.root],
            text: isCore
                ? policy?.meaning ?? ""
                : "One that is on forbids, from now on, every change by which a dataflow would break it. It cannot be switched on "
                    + "while dataflows break it.",
            mistakes: mistakes,
            path: path,
            token: try request.signedIn().token,
            fields: isCore ? [stateField(request, policy)] : fields(request, policy, mistakes),
            button: policy == nil ? "Make policy" : "Save",
            cancel: PolicyPages.root.path,
            deletion: policy == nil || isCore ? nil : "\(path)/delete",
            places: [PageFrame.Crumb("Try labels", "\(PolicyPages.root.path)/try")]
        )
        return .page(page, status: mistakes == nil ? 200 : 400)
    }

    private func stateField(_ request: ConsoleRequest, _ policy: UsagePolicy?) -> FormField {
        let isOn = request.form.items.isEmpty ? policy?.status == .enabled : request.form["enabled"] == "true"
        return FormField(
            "enabled",
            "On",
            .toggle,
            value: isOn ? "true" : nil,
            hint: "It is enforced while it is on.",
            isOptional: true
        )
    }

    private func fields(_ request: ConsoleRequest, _ policy: UsagePolicy?, _ mistakes: FormMistakes?) -> [FormField] {
        let snapshot = desk.control.snapshot
        // What was typed before a session ended comes back without a mistake.
        let isSent = !request.form.items.isEmpty
        func text(_ name: String, _ stored: String?) -> String? { isSent ? request.form[name] : stored }
        let head = [
            FormField("name", "Name", value: text("name", policy?.name), error: mistakes?.text(of: "name")),
            FormField(
                "description",
                "Description",
                value: text("description", policy?.meaning),
                hint: "Why it is there; whoever is refused reads it.",
                isOptional: true
            ),
            FormField(
                "deny",
                "Denies data with",
                value: text("deny", policy?.deny?.text),
                hint: "Labels with and or or between them, and parentheses: C4 or (C3 and I1). Empty where it is about "
                    + "consent.",
                error: mistakes?.text(of: "deny"),
                isOptional: true
            ),
            FormField(
                "consent",
                "Only of people for whom",
                .lines(3),
                value: text("consent", policy?.consent?.text),
                hint:
                    "In place of labels, a rule such as consents.marketing.any.val = \"y\". Of others nobody is told; who stops "
                    + "to consent is told of once, as exited.",
                error: mistakes?.text(of: "consent"),
                isOptional: true
            ),
            stateField(request, policy),
        ]
        let actions = MarketingAction.core + snapshot.customActions
        return head
            + actions.map { action in
                let reference = ActionReference(action)
                let isOn =
                    isSent
                    ? request.form[PolicyPages.name(of: reference)] == "true"
                    : policy?.actions.contains(reference) ?? false
                return FormField(
                    PolicyPages.name(of: reference),
                    "For: \(action.title)",
                    .toggle,
                    value: isOn ? "true" : nil,
                    hint: action.meaning.isEmpty ? nil : action.meaning,
                    isOptional: true
                )
            }
    }

    private static func name(of action: ActionReference) -> String { "\(action.kind.rawValue).\(action.name)" }

    private func body(_ request: ConsoleRequest, of policy: UsagePolicy? = nil) throws(APIError) -> JSONValue {
        // A draft stays one until it is switched on.
        let off: UsagePolicy.Status = policy?.status == .draft ? .draft : .disabled
        let status = request.form["enabled"] == "true" ? .enabled : off
        let actions = (MarketingAction.core + desk.control.snapshot.customActions).map { ActionReference($0) }
            .filter { request.form[PolicyPages.name(of: $0)] == "true" }
        var body: JSONObject = [
            "name": .string(request.form["name"] ?? ""), "description": .string(request.form["description"] ?? ""),
            "status": .string(status.rawValue),
            "marketingActionRefs": .array(actions.map { .string($0.link) }),
        ]
        let (deny, consent) = (request.form["deny"] ?? "", request.form["consent"] ?? "")
        if consent.isEmpty || !deny.isEmpty {
            do throws(PolicyCondition.Mistake) {
                body["deny"] = try PolicyCondition(text: deny).json
            } catch {
                throw APIError(.fieldInvalid, "/deny \(error.place): \(error.message)")
            }
        }
        if !consent.isEmpty { body["consent"] = ["type": "PQL", "format": "pql/text", "value": .string(consent)] }
        return .object(body)
    }

    private func make(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let client = try request.client(of: desk.control.orgID)
        do throws(APIError) {
            let made = try await desk.control.makePolicy(try body(request), by: client)
            desk.note("Policy made", made.id, by: try request.signedIn())
        } catch {
            let mistakes = try PolicyPages.mistakes(error)
            await desk.noteRefusal(error, of: request)
            return try form(request, of: nil, mistakes)
        }
        return .redirect(PolicyPages.root.path, .policyKept)
    }

    private func change(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let policy = try policy(request)
        let client = try request.client(of: desk.control.orgID)
        do throws(APIError) {
            if policy.kind == .core {
                let isOn = request.form["enabled"] == "true"
                try await desk.control.enableCorePolicies(by: client) { ids in
                    ids.filter { $0 != policy.id } + (isOn ? [policy.id] : [])
                }
            } else {
                let body = try body(request, of: policy)
                _ = try await desk.control.changePolicy(policy.id, by: client) { _ in body }
            }
        } catch {
            let mistakes = try PolicyPages.mistakes(error)
            await desk.noteRefusal(error, of: request)
            return try form(request, of: policy, mistakes)
        }
        desk.note("Policy changed", policy.id, by: try request.signedIn())
        return .redirect(PolicyPages.root.path, .policyKept)
    }

    /// What is wrong with what was typed; other failures go on.
    private static func mistakes(_ error: APIError) throws(APIError) -> [FormMistakes.Item] {
        let isAboutConsent = [.expressionInvalid, .fieldHidden].contains(error.code)
        guard isAboutConsent || [.fieldInvalid, .conflict, .policyViolated].contains(error.code) else { throw error }
        let field =
            isAboutConsent
            ? "consent" : ["name", "description", "deny", "consent"].first { error.detail.hasPrefix("/\($0)") }
        let isAboutActions = error.detail.hasPrefix("/marketingActionRefs")
        return [
            FormMistakes.Item(
                field: field,
                text: isAboutActions ? "Choose what the data is not used for." : error.sentence
            )
        ]
    }

    // MARK: Delete

    private func deletion(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let policy = try policy(request)
        let path = "\(PolicyPages.root.path)/\(policy.id)"
        return .page(
            ConfirmPage(
                title: "Delete \(policy.name)",
                crumbs: [PolicyPages.root],
                text: "What it forbids is allowed from now on.",
                obstacle: policy.kind == .core ? "Every server has this policy; switch it off instead." : nil,
                obstacles: [],
                path: "\(path)/delete",
                token: try request.signedIn().token,
                etag: "",
                button: "Delete policy",
                cancel: path
            )
        )
    }

    private func delete(_ request: ConsoleRequest) async throws -> ConsoleAnswer {
        let id = request.parameter("id")
        try await desk.control.deletePolicy(id, by: try request.author())
        desk.note("Policy deleted", id, by: try request.signedIn())
        return .redirect(PolicyPages.root.path, .policyDeleted)
    }

    // MARK: Try

    /// Which policies labels would break, also those that are off.
    private func trial(_ request: ConsoleRequest) throws(APIError) -> ConsoleAnswer {
        let snapshot = desk.control.snapshot
        let actions = MarketingAction.core + snapshot.customActions
        let labels = (request.form["labels"] ?? "").commaSeparated
        var items: [FormMistakes.Item] = []
        var text = "Nothing is changed by it, and policies that are off are told too."
        if !request.form.items.isEmpty {
            do throws(APIError) {
                let names = Set(try snapshot.labelNames(labels, at: "/labels"))
                let action = actions.first { PolicyPages.name(of: ActionReference($0)) == request.form["action"] }
                text = PolicyPages.answer(names, action.map { ActionReference($0) }, in: snapshot)
            } catch {
                items = [FormMistakes.Item(field: "labels", text: error.sentence)]
            }
        }
        let mistakes = FormMistakes(items)
        return .page(
            FormPage(
                "Try labels",
                under: [PolicyPages.root],
                text: text,
                mistakes: mistakes,
                path: "\(PolicyPages.root.path)/try",
                token: try request.signedIn().token,
                fields: [
                    FormField(
                        "labels",
                        "Labels",
                        value: request.form["labels"],
                        hint: "With commas between them.",
                        error: mistakes?.text(of: "labels")
                    ),
                    FormField(
                        "action",
                        "Used for",
                        .choice(actions.map { (PolicyPages.name(of: ActionReference($0)), $0.title) }),
                        value: request.form["action"]
                    ),
                ],
                button: "Try",
                cancel: PolicyPages.root.path
            ),
            status: mistakes == nil ? 200 : 400
        )
    }

    private static func answer(
        _ labels: Set<String>,
        _ action: ActionReference?,
        in snapshot: ControlSnapshot
    ) -> String {
        let policies = [UsagePolicy.noExport] + snapshot.corePolicies + snapshot.customPolicies
        let broken = policies.filter { $0.forbids(labels, for: Set([action].compactMap(\.self))) }
        guard !broken.isEmpty else { return "No policy forbids it." }
        return "Forbidden by "
            + broken.map { "\($0.name) (\(words[$0.status]?.word.lowercased() ?? ""))" }.joined(separator: ", ") + "."
    }
}
