import ActivationCore

/// What the organisation decided about a standard namespace; a custom one holds its settings itself.
struct NamespaceSettings: Sendable {
    /// The standard namespace's symbol.
    var symbol: String
    /// Values that mean nobody (BEHAVIOUR 4.3).
    var ignoredValues: [String]

    /// Reads stored settings; nil for a custom namespace.
    init?(_ entry: ControlEntry) {
        guard let symbol = entry.string("standard"), let values = IdentityNamespace.ignoredValues(entry) else {
            return nil
        }
        self.symbol = symbol
        ignoredValues = values
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
    }

    /// The stored list of values that mean nobody; nil = the default one.
    fileprivate static func ignoredValues(_ entry: ControlEntry) -> [String]? {
        entry.body["ignoredValues"]?.array?.compactMap(\.string)
    }
}
