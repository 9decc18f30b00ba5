import ActivationCore

/// A rule that data with some labels is not used for some marketing actions, or only of people who consent to it (BEHAVIOUR 9.3,
/// 9.5).
struct UsagePolicy: Sendable, Equatable {
    /// How far a policy counts.
    enum Status: String, Sendable, CaseIterable {
        /// It is being written; evaluations show it on request.
        case draft = "DRAFT"
        /// It is enforced.
        case enabled = "ENABLED"
        case disabled = "DISABLED"
    }

    /// Whose it is.
    var kind: MarketingAction.Kind
    var id: String
    var name: String
    var meaning: String
    var status: Status
    /// What the data may not be used for: any of these.
    var actions: [ActionReference]
    /// What it asks for.
    var rule: Rule

    /// What a policy asks for.
    enum Rule: Sendable, Equatable {
        /// That data with such labels is not used.
        case deny(PolicyCondition)
        /// That people of whom the rule does not hold are not told of.
        case consent(ConsentRule)
    }

    /// Which data is not used; nil for a consent policy.
    var deny: PolicyCondition? { if case .deny(let condition) = rule { condition } else { nil } }

    /// What has to hold of people; nil for a policy about labels.
    var consent: ConsentRule? { if case .consent(let rule) = rule { rule } else { nil } }

    /// What it asks for, in a few words.
    var condition: String {
        switch rule {
        case .deny(let condition): condition.text
        case .consent(let rule): rule.expression.text
        }
    }

    /// Policies that the organisation may have of its own.
    static let customMax = 1_000
    /// Marketing actions of one policy.
    static let actionsMax = 50

    /// The id of the rule that every server keeps to, about ``UsageLabel/noExport``.
    static let noExportID = "headwater-no-export"

    /// Whether it forbids data with these labels for one of these actions.
    func forbids(_ labels: Set<String>, for actions: Set<ActionReference>) -> Bool {
        (id == UsagePolicy.noExportID || self.actions.contains { actions.contains($0) })
            && deny?.isMet(by: labels) ?? false
    }

    /// The stored form of one of the organisation's own.
    var body: JSONObject {
        var body: JSONObject = [
            "name": .string(name), "description": .string(meaning), "status": .string(status.rawValue),
            "marketingActionRefs": .array(actions.map { .string($0.link) }),
        ]
        switch rule {
        case .deny(let condition): body["deny"] = condition.json
        case .consent(let rule): body["consent"] = rule.json
        }
        return body
    }

    /// Reads what somebody wants a policy to be.
    ///
    /// - Parameters:
    ///   - fields: `name`, `status`, `marketingActionRefs`, `description`, and `deny` or `consent`.
    ///   - id: Its id.
    /// - Throws: `FIELD_INVALID`.
    init(_ fields: Fields, id: String) throws(APIError) {
        let name = try fields.requiredString("name", charactersMax: ServerLimits.nameCharactersMax)
        guard name.trimmingSpaces == name, !name.contains(where: \.isNewline) else {
            throw APIError(.fieldInvalid, "/name is one line without blanks around it")
        }
        let references = try fields.strings("marketingActionRefs", itemsMax: UsagePolicy.actionsMax)
        var actions: [ActionReference] = []
        for reference in references {
            let action = try ActionReference(reference)
            if !actions.contains(action) { actions.append(action) }
        }
        guard !actions.isEmpty else {
            throw APIError(.fieldInvalid, "/marketingActionRefs names at least one marketing action")
        }
        let rule: Rule
        switch (fields["deny"], fields["consent"]) {
        case (let json?, nil):
            do throws(PolicyCondition.Mistake) {
                rule = .deny(try PolicyCondition(json).plain)
            } catch {
                throw APIError(.fieldInvalid, "/deny\(error.place) \(error.message)")
            }
        case (nil, let json?): rule = .consent(try ConsentRule(json))
        default:
            throw APIError(.fieldInvalid, "/deny or /consent is required, the one or the other")
        }
        self.init(
            kind: .custom,
            id: id,
            name: name,
            meaning: try fields.string("description") ?? "",
            status: try fields.word("status", Status.self) ?? .draft,
            actions: actions,
            rule: rule
        )
    }

    /// Reads a stored policy; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .usagePolicy, let fields = try? Fields(.object(entry.body)),
            let policy = try? UsagePolicy(fields, id: entry.id)
        else { return nil }
        self = policy
    }

    init(
        kind: MarketingAction.Kind,
        id: String,
        name: String,
        meaning: String,
        status: Status,
        actions: [ActionReference],
        rule: Rule
    ) {
        self.kind = kind
        self.id = id
        self.name = name
        self.meaning = meaning
        self.status = status
        self.actions = actions
        self.rule = rule
    }

    /// Refuses labels and marketing actions that there are not.
    func check(in snapshot: ControlSnapshot) throws(APIError) {
        switch rule {
        case .deny(let condition): try snapshot.requireLabels(ofPolicy: condition.labels)
        case .consent(let rule): try snapshot.requireVisible(rule.expression)
        }
        if let unknown = actions.first(where: { snapshot.marketingAction($0) == nil }) {
            throw APIError(
                .fieldInvalid,
                "/marketingActionRefs: there is no marketing action \(unknown.name.excerpt(128)); make it first"
            )
        }
    }
}

extension ControlSnapshot {
    fileprivate func requireLabels(ofPolicy names: [String]) throws(APIError) {
        for name in names where label(name) == nil {
            throw APIError(.fieldInvalid, "/deny: there is no label \"\(name.excerpt(100))\"; make it first")
        }
    }
}

extension PolicyCondition {
    /// With the plain names of its labels.
    fileprivate var plain: PolicyCondition {
        switch self {
        case .label(let name): .label(UsageLabel.plainName(name))
        case .all(let operands): .all(operands.map(\.plain))
        case .any(let operands): .any(operands.map(\.plain))
        }
    }
}

extension ControlSnapshot {
    /// The id of the stored list of core policies that are on.
    static let enabledPoliciesID = "core"

    /// The ids of core policies that are on.
    var enabledCorePolicies: [String] {
        (entry(.enabledPolicies, ControlSnapshot.enabledPoliciesID)?.body["policyIds"]?.array ?? [])
            .compactMap(\.string)
    }

    /// The core policies, with whether they are on.
    var corePolicies: [UsagePolicy] {
        let enabled = Set(enabledCorePolicies)
        return UsagePolicy.core.map { policy in
            var policy = policy
            if enabled.contains(policy.id) { policy.status = .enabled }
            return policy
        }
    }

    /// The organisation's own policies, oldest first.
    var customPolicies: [UsagePolicy] { entries(.usagePolicy).compactMap(UsagePolicy.init) }

    /// The organisation's own marketing actions, oldest first.
    var customActions: [MarketingAction] { entries(.marketingAction).compactMap(MarketingAction.init) }

    /// A marketing action that policies can name.
    func marketingAction(_ reference: ActionReference) -> MarketingAction? {
        switch reference.kind {
        case .core: MarketingAction.core.first { $0.name.hasSameBytes(as: reference.name) }
        case .custom: entry(.marketingAction, reference.name).flatMap(MarketingAction.init)
        }
    }

    /// The organisation's policies that name a marketing action.
    func policies(naming reference: ActionReference) -> [UsagePolicy] {
        customPolicies.filter { $0.actions.contains(reference) }
    }
}
