import ActivationCore

extension SimulatedHistory {
    /// Another demand on the identities of a namespace, or none any more (BEHAVIOUR 4.3).
    mutating func changeNamespace(_ catalog: inout ReferenceCatalog) {
        let (symbol, patterns, most): (String, [ReferenceNamespaceRules.Pattern], Int) = random.pick([
            ("Email", [.example, .anythingButX], 3), ("Phone", [.phone, .anythingButX], 3), ("CRM", [.endsWithZero], 2),
            ("ECID", [.endsWithZero], 6), ("IDFA", [.endsWithZero, .anythingButX], 2),
        ])
        // Rules come and go, so that persons grow over a bound before it is there.
        guard catalog.namespaceRules[symbol] == nil || random.oneIn(4) else {
            catalog.namespaceRules[symbol] = nil
            return
        }
        catalog.namespaceRules[symbol] = ReferenceNamespaceRules(
            pattern: random.oneIn(2) ? random.pick(patterns) : nil,
            personMax: random.oneIn(3) ? nil : random.number(1..<most + 1),
            drops: random.oneIn(2)
        )
    }
}
