import ActivationCore

/// What the organisation decided about a standard namespace; a custom one holds its settings itself.
struct NamespaceSettings: Sendable {
    /// The standard namespace's symbol.
    var symbol: String
    /// Values that mean nobody (BEHAVIOUR 4.3).
    var ignoredValues: [String]
    /// What is demanded of its identities (BEHAVIOUR 4.3).
    var rules: IdentityRules

    /// Reads stored settings; nil for a custom namespace.
    init?(_ entry: ControlEntry) {
        guard let symbol = entry.string("standard") else { return nil }
        self.symbol = symbol
        ignoredValues = IdentityNamespace.ignoredValues(entry) ?? IdentityNamespace.defaultIgnoredValues
        rules = IdentityRules(entry)
    }
}

extension IdentityNamespace {
    /// A custom namespace from its stored body: `code`, `name`, `idType`, `description` (BEHAVIOUR 4.3),
    /// `ignoredValues`.
    init?(_ entry: ControlEntry) {
        guard
            let symbol = entry.string("code"),
            let type = entry.string("idType").flatMap(IdentityType.init(rawValue:))
        else { return nil }
        self.init(
            symbol: symbol,
            name: entry.string("name") ?? symbol,
            type: type,
            isCustom: true,
            description: entry.string("description") ?? "",
            ignoredValues: IdentityNamespace.ignoredValues(entry) ?? IdentityNamespace.defaultIgnoredValues
        )
        rules = IdentityRules(entry)
    }

    /// The stored list of values that mean nobody; nil = the default one.
    fileprivate static func ignoredValues(_ entry: ControlEntry) -> [String]? {
        entry.body["ignoredValues"]?.array?.compactMap(\.string)
    }
}

extension IdentityRules {
    /// The stored rules: `pattern`, `profileMax`, `onViolation`.
    fileprivate init(_ entry: ControlEntry) {
        self.init(
            pattern: entry.string("pattern"),
            profileMax: entry.body["profileMax"]?.int64.flatMap { Int(exactly: $0) },
            onViolation: entry.string("onViolation").flatMap(Violation.init(rawValue:)) ?? .refuse
        )
    }
}
