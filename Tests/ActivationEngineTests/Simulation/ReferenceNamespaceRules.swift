import ActivationCore

/// What is demanded of the identities of a namespace (BEHAVIOUR 4.3).
struct ReferenceNamespaceRules {
    /// A pattern twice over: as a regular expression for the engine, as Swift for the model.
    enum Pattern: CaseIterable {
        case anythingButX
        case example
        case phone
        case endsWithZero

        var text: String {
            switch self {
            case .anythingButX: "[^x].*"
            case .example: #"[ab][0-9]+@example\.org"#
            case .phone: #"\+[0-9]*[01]"#
            case .endsWithZero: ".*0"
            }
        }

        func takes(_ value: String) -> Bool {
            func isNumber(_ text: Substring) -> Bool { text.utf8.allSatisfy { 48...57 ~= $0 } }
            switch self {
            case .anythingButX: return !value.isEmpty && !value.hasPrefix("x")
            case .example:
                let number = value.dropFirst().dropLast("@example.org".count)
                return (value.hasPrefix("a") || value.hasPrefix("b")) && value.hasSuffix("@example.org")
                    && !number.isEmpty && isNumber(number)
            case .phone:
                return value.hasPrefix("+") && isNumber(value.dropFirst())
                    && (value.hasSuffix("0") || value.hasSuffix("1"))
            case .endsWithZero: return value.hasSuffix("0")
            }
        }
    }

    var pattern: Pattern?
    /// Identities of the namespace that a person may have.
    var personMax: Int?
    /// Whether an identity that breaks a rule is left out; else its message is refused.
    var drops = false

    /// As the engine is told.
    var definition: IdentityRules {
        IdentityRules(pattern: pattern?.text, profileMax: personMax, onViolation: drops ? .drop : .refuse)
    }
}

extension ReferenceModel {
    /// The identities of a message that its person may have; nil when the message is refused.
    ///
    /// Each is looked at in turn with those before it and everything that is linked to them by then; the first stays.
    func permitted(_ identities: [Identity]) -> [Identity]? {
        func counts(_ named: [Identity]) -> [String: Int] {
            let members = named.reduce(into: Set(named)) { $0.formUnion(person($1)?.identities ?? []) }
            return Dictionary(grouping: members, by: \.namespace).mapValues(\.count)
        }
        var permitted = Array(identities.prefix(1))
        for identity in identities.dropFirst() {
            let (before, after) = (counts(permitted), counts(permitted + [identity]))
            let broken = catalog.namespaceRules.sorted { $0.key < $1.key }.first { symbol, rules in
                guard let most = rules.personMax, let count = after[symbol] else { return false }
                return count > most && count > before[symbol] ?? 0
            }
            guard let broken else {
                permitted.append(identity)
                continue
            }
            if !broken.value.drops { return nil }
        }
        return permitted
    }
}
