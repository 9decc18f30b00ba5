import ActivationCore

/// What the records of a dataflow are used for (BEHAVIOUR 2.5); policies are about it (BEHAVIOUR 9.3).
struct MarketingAction: Sendable, Hashable {
    /// Whose word it is.
    enum Kind: String, Sendable, CaseIterable {
        /// One of those that everybody has.
        case core
        /// The organisation's own.
        case custom
    }

    var kind: Kind
    var name: String
    /// What people call it.
    var title: String
    /// What it means.
    var meaning: String

    /// Actions of one flow.
    static let perFlowMax = 100
    /// Characters of a name.
    static let nameCharactersMax = 128

    /// The core actions, by Adobe's names.
    static let core = [
        core(
            "analytics",
            "Analytics",
            "Measuring and reporting how your own sites and applications are used."
        ),
        core(
            "combineWithPii",
            "Combine with directly identifiable data",
            "Joining the data with data that names a person directly."
        ),
        core(
            "crossSiteTargeting",
            "Cross site targeting",
            "Targeting across sites, with interests gathered on several of them."
        ),
        core(
            "dataScience",
            "Data science",
            "Building and training models."
        ),
        core(
            "emailTargeting",
            "E-mail targeting",
            "Choosing who gets an e-mail, or what is in it."
        ),
        core(
            "exportToThirdParty",
            "Export to third party",
            "Handing the data to a company that is not yours."
        ),
        core(
            "onsiteAdvertising",
            "Onsite advertising",
            "Choosing or measuring advertisements on your own sites."
        ),
        core(
            "onsitePersonalization",
            "Onsite personalization",
            "Choosing what is shown on your own sites."
        ),
        core(
            "segmentMatch",
            "Segment match",
            "Comparing audiences with a partner."
        ),
        core(
            "singleIdentityPersonalization",
            "Single identity personalization",
            "Personalising by one identity, without those it is linked with."
        ),
    ]

    private static func core(_ name: String, _ title: String, _ meaning: String) -> MarketingAction {
        MarketingAction(kind: .core, name: name, title: title, meaning: meaning)
    }

    /// The stored form.
    var json: JSONValue {
        guard kind == .custom else { return ["type": .string(kind.rawValue), "name": .string(name)] }
        return ["type": .string(kind.rawValue), "name": .string(name), "description": .string(meaning)]
    }

    /// The actions of a stored flow.
    static func stored(_ flow: JSONObject) -> [MarketingAction] {
        if let actions = (try? Fields(.object(flow))).flatMap({ try? read($0) }) { return actions }
        // One that cannot be read makes none of the others unheard.
        return (flow["marketingActions"]?.array ?? []).flatMap { action in
            (try? Fields(["marketingActions": [action]])).flatMap { try? read($0) } ?? []
        }
    }

    private static func isOneLine(_ text: String) -> Bool {
        text.trimmingSpaces == text && !text.contains(where: \.isNewline)
    }

    /// Reads `marketingActions` of a flow.
    ///
    /// - Parameter fields: The flow's body.
    /// - Returns: The actions; none when the member is absent.
    /// - Throws: `FIELD_INVALID`.
    static func read(_ fields: Fields) throws(APIError) -> [MarketingAction] {
        var actions: [MarketingAction] = []
        for item in try fields.objects("marketingActions", itemsMax: perFlowMax) {
            let meaning = try item.string("description", charactersMax: 1_024) ?? ""
            guard let kind = try item.word("type", Kind.self) else {
                throw APIError(.fieldInvalid, "\(item.pointer)/type is required, core or custom")
            }
            let name = try item.requiredString("name", charactersMax: nameCharactersMax)
            let action: MarketingAction
            switch kind {
            case .core:
                guard let known = core.first(where: { $0.name.hasSameBytes(as: name) }) else {
                    throw APIError(
                        .fieldInvalid,
                        "\(item.pointer)/name must be one of \(core.map(\.name).joined(separator: ", "))"
                    )
                }
                action = known
            case .custom:
                guard !name.contains(":"), isOneLine(name), isOneLine(meaning) else {
                    throw APIError(
                        .fieldInvalid,
                        "\(item.pointer) of the organisation's own has a name without a colon, and name and description "
                            + "are one line each, without blanks around it"
                    )
                }
                action = MarketingAction(kind: .custom, name: name, title: name, meaning: meaning)
            }
            guard !actions.contains(where: { $0.kind == action.kind && $0.name.hasSameBytes(as: name) }) else {
                throw APIError(.fieldInvalid, "\(item.pointer)/name is in the list already")
            }
            actions.append(action)
        }
        return actions
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
