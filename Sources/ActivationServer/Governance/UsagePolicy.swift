import ActivationCore

/// A rule that data with some labels is not used for some marketing actions (BEHAVIOUR 9.3).
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
    /// Which data.
    var deny: PolicyCondition

    /// Policies that the organisation may have of its own.
    static let customMax = 1_000
    /// Marketing actions of one policy.
    static let actionsMax = 50

    /// The id of the rule that every server keeps to, about ``UsageLabel/noExport``.
    static let noExportID = "headwater-no-export"

    /// Whether it forbids data with these labels for one of these actions.
    func forbids(_ labels: Set<String>, for actions: Set<ActionReference>) -> Bool {
        (id == UsagePolicy.noExportID || self.actions.contains { actions.contains($0) }) && deny.isMet(by: labels)
    }

    /// The stored form of one of the organisation's own.
    var body: JSONObject {
        [
            "name": .string(name), "description": .string(meaning), "status": .string(status.rawValue),
            "marketingActionRefs": .array(actions.map { .string($0.link) }), "deny": deny.json,
        ]
    }

    /// Reads what somebody wants a policy to be.
    ///
    /// - Parameters:
    ///   - fields: `name`, `status`, `marketingActionRefs`, `description`, `deny`.
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
        guard let json = fields["deny"] else { throw APIError(.fieldInvalid, "/deny is required") }
        let deny: PolicyCondition
        do throws(PolicyCondition.Mistake) {
            deny = try PolicyCondition(json).plain
        } catch {
            throw APIError(.fieldInvalid, "/deny\(error.place) \(error.message)")
        }
        self.init(
            kind: .custom,
            id: id,
            name: name,
            meaning: try fields.string("description") ?? "",
            status: try fields.word("status", Status.self) ?? .draft,
            actions: actions,
            deny: deny
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
        deny: PolicyCondition
    ) {
        self.kind = kind
        self.id = id
        self.name = name
        self.meaning = meaning
        self.status = status
        self.actions = actions
        self.deny = deny
    }

    /// Refuses labels and marketing actions that there are not.
    func check(in snapshot: ControlSnapshot) throws(APIError) {
        _ = try snapshot.labelNamesOfPolicy(deny.labels)
        if let unknown = actions.first(where: { snapshot.marketingAction($0) == nil }) {
            throw APIError(
                .fieldInvalid,
                "/marketingActionRefs: there is no marketing action \(unknown.name.excerpt(128)); make it first"
            )
        }
    }
}

extension ControlSnapshot {
    fileprivate func labelNamesOfPolicy(_ names: [String]) throws(APIError) {
        for name in names where label(name) == nil {
            throw APIError(.fieldInvalid, "/deny: there is no label \"\(name.excerpt(100))\"; make it first")
        }
    }
}

/// Names a marketing action.
struct ActionReference: Sendable, Hashable {
    var kind: MarketingAction.Kind
    var name: String

    init(_ action: MarketingAction) {
        kind = action.kind
        name = action.name
    }

    init(_ kind: MarketingAction.Kind, _ name: String) {
        self.kind = kind
        self.name = name
    }

    /// The path of the actions.
    static let list = "/data/foundation/dulepolicy/marketingActions"

    /// Reads a link to an action, with any server and base before it.
    ///
    /// - Throws: `FIELD_INVALID`.
    init(_ link: String) throws(APIError) {
        let parts = link.split(separator: "/", omittingEmptySubsequences: false).suffix(3).map(String.init)
        guard link.utf8.count <= 2_048, parts.count == 3, parts[0] == "marketingActions",
            let kind = MarketingAction.Kind(rawValue: parts[1]), let name = parts[2].percentDecoded(), !name.isEmpty
        else {
            throw APIError(
                .fieldInvalid,
                "/marketingActionRefs are links such as \(ActionReference.list)/core/exportToThirdParty"
            )
        }
        self.init(kind, name)
    }

    /// The link to it.
    var link: String { "\(ActionReference.list)/\(kind.rawValue)/\(name.percentEncoded())" }
}

extension UsagePolicy {
    /// The policies that everybody has, off until they are enabled.
    static let core = [
        core("0001", "3rd party export restriction", .any(["C2"]), "exportToThirdParty", "handed to others"),
        core(
            "0002",
            "Restrict cross site targeting",
            .any(["C4", "C5"]),
            "crossSiteTargeting",
            "targeted across sites"
        ),
        core("0003", "Restrict email targeting", .any(["C4", "C5"]), "emailTargeting", "used to target e-mail"),
        core(
            "0004",
            "Restrict onsite advertising",
            .any(["C4", "C6"]),
            "onsiteAdvertising",
            "used for advertisements"
        ),
        core(
            "0005",
            "Restrict onsite personalization",
            .any(["C4", "C7"]),
            "onsitePersonalization",
            "used to choose content"
        ),
        core("0006", "Restrict analytics", .any(["C8"]), "analytics", "measured with"),
        core("0007", "Restrict data science", .any(["C9"]), "dataScience", "used to build models"),
        core(
            "0008",
            "Restrict combining with directly identifiable data",
            .any(["C3"]),
            "combineWithPii",
            "joined with names"
        ),
        core("0009", "Restrict data sharing", .any(["C11"]), "segmentMatch", "compared with partners"),
        core(
            "0010",
            "Restrict single identity personalization",
            .any([UsageLabel.joinedIdentities]),
            "singleIdentityPersonalization",
            "used where one identity alone is allowed"
        ),
    ]

    private static func core(
        _ number: String,
        _ name: String,
        _ deny: PolicyCondition,
        _ action: String,
        _ use: String
    ) -> UsagePolicy {
        UsagePolicy(
            kind: .core,
            id: "corepolicy_\(number)",
            name: name,
            meaning: "Data with label \(deny.text) is not \(use).",
            status: .disabled,
            actions: [ActionReference(.core, action)],
            deny: deny
        )
    }

    /// What every server keeps to.
    static let noExport = UsagePolicy(
        kind: .core,
        id: noExportID,
        name: "No export",
        meaning: "Data with label \(UsageLabel.noExport) leaves by no dataflow; nobody can switch this off.",
        status: .enabled,
        actions: [],
        deny: .label(UsageLabel.noExport)
    )
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

    fileprivate static func any(_ labels: [String]) -> PolicyCondition {
        labels.count == 1 ? .label(labels[0]) : .any(labels.map { .label($0) })
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

extension MarketingAction {
    /// Actions that the organisation may have of its own.
    static let customMax = 1_000

    /// Reads a stored action of the organisation's own; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .marketingAction else { return nil }
        self.init(kind: .custom, name: entry.id, title: entry.id, meaning: entry.string("description") ?? "")
    }
}
