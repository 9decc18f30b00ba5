import ActivationCore

/// An identity of a person and when it joined.
struct ReferenceMember: Equatable {
    var identity: Identity
    var joined: Int64
    /// The number of the message that brought it.
    var number: Int
    /// Where it stands by itself in audiences of policies that link nobody (BEHAVIOUR 4.4).
    var memberships: [Audience.ID: ReferenceMembership] = [:]
    /// That it belongs to external audiences, as others said.
    var statements: [Audience.ID: ReferenceStatement] = [:]
}

/// What the documents say about identities (BEHAVIOUR 4.3).
enum ReferenceIdentities {
    /// The namespaces of a simulation, by canonical symbol, with the place of their type in the order of eviction:
    /// partner, cookie, device, cross-device, e-mail, phone.
    static let evictionRanks: [String: Int] = [
        "Agency": 0, "ECID": 1, "TNTID": 1, "IDFA": 2, "CRM": 3, "Email": 4, "Phone": 5,
    ]
    /// Namespaces whose identities never link profiles: partner and non-people.
    static let neverLinking: Set<String> = ["Agency", "Store"]
    /// Every symbol.
    static let symbols = evictionRanks.keys.sorted() + ["Store"]

    /// The namespaces as the engine is told, without rules.
    static let directory = directory([:], ignoring: [:])

    /// The namespaces as the engine is told, with what is demanded of identities and further values that mean nobody, by
    /// symbol.
    static func directory(
        _ rules: [String: ReferenceNamespaceRules],
        ignoring ignored: [String: [String]]
    ) -> NamespaceDirectory {
        let values = ignored.mapValues { IdentityNamespace.defaultIgnoredValues + $0 }
        let types = [("CRM", IdentityType.crossDevice), ("Agency", .partner), ("Store", .nonPeople)]
        let custom = types.map { symbol, type in
            var namespace = IdentityNamespace(symbol: symbol, name: symbol, type: type, isCustom: true)
            namespace.ignoredValues = values[symbol] ?? namespace.ignoredValues
            namespace.rules = rules[symbol]?.definition ?? namespace.rules
            return namespace
        }
        return NamespaceDirectory(custom: custom, ignoredValues: values, rules: rules.mapValues(\.definition))
    }

    private static let nobody: Set<String> = [
        "null", "(null)", "\\n", "n/a", "#n/a", "<na>", "undefined", "none", "nan", "anonymous", "invalid",
        "00000000-0000-0000-0000-000000000000",
    ]

    /// Whether a value means nobody, or is one of further such values.
    static func isNobody(_ value: String, _ ignored: [String] = []) -> Bool {
        let scalars = Array(value.unicodeScalars)
        let seen = scalars.indices.filter { !isUnseen(scalars[$0]) }
        guard let first = seen.first, let last = seen.last else { return true }
        let content = String(String.UnicodeScalarView(scalars[first...last]))
        return nobody.contains(content.lowercased()) || ignored.contains { $0.lowercased() == content.lowercased() }
    }

    /// White space, and the categories Cc and Cf.
    private static func isUnseen(_ scalar: Unicode.Scalar) -> Bool {
        let category = scalar.properties.generalCategory
        return scalar.properties.isWhitespace || category == .control || category == .format
    }

    /// Reads `identityMap`: the primary first, then by symbol and position, each once; nil = the message is refused.
    ///
    /// What is demanded of identities and the further values that mean nobody are by symbol.
    static func read(
        _ map: JSONView?,
        _ rules: [String: ReferenceNamespaceRules],
        ignoring ignored: [String: [String]]
    ) -> [Identity]? {
        guard let map, map.isObject else { return nil }
        var found: [(identity: Identity, position: Int, isPrimary: Bool)] = []
        for (symbol, list) in map.members {
            guard let canonical = symbols.first(where: { $0.lowercased() == symbol.lowercased() }), list.isArray else {
                return nil
            }
            for item in list.items {
                guard item.isObject, let value = item["id"]?.string else { return nil }
                if isNobody(value, ignored[canonical] ?? []) { continue }
                let isTooLong = value.unicodeScalars.count > 1_024
                let isBadECID =
                    canonical == "ECID" && !(value.utf8.count == 38 && value.utf8.allSatisfy { 48...57 ~= $0 })
                if isTooLong || isBadECID { return nil }
                if let rules = rules[canonical], let pattern = rules.pattern, !pattern.takes(value) {
                    if rules.drops { continue }
                    return nil
                }
                found.append(
                    (Identity(namespace: canonical, value: value), found.count, item["primary"]?.bool ?? false)
                )
            }
        }
        guard !found.isEmpty, found.count <= 20, Set(found.filter(\.isPrimary).map(\.identity)).count <= 1 else {
            return nil
        }
        found.sort {
            $0.isPrimary != $1.isPrimary
                ? $0.isPrimary : ($0.identity.namespace, $0.position) < ($1.identity.namespace, $1.position)
        }
        var identities: [Identity] = []
        for item in found where !identities.contains(item.identity) { identities.append(item.identity) }
        return identities
    }

    /// The identities that make the profile: those that link, or the primary alone when it does not.
    static func linking(_ identities: [Identity]) -> [Identity] {
        guard let primary = identities.first, !neverLinking.contains(primary.namespace) else {
            return Array(identities.prefix(1))
        }
        return identities.filter { !neverLinking.contains($0.namespace) }
    }

    /// The members that must go so that at most `cap` stay, in the order in which they go.
    ///
    /// By type, the oldest within a type; one that the present message names only when no other can go.
    static func evicted(from members: [ReferenceMember], cap: Int, naming named: [Identity]) -> [Identity] {
        guard members.count > cap else { return [] }
        let order = members.indices.sorted { left, right in
            func key(_ index: Int) -> (Int, Int, Int64, Int, Int) {
                (
                    named.contains(members[index].identity) ? 1 : 0,
                    evictionRanks[members[index].identity.namespace] ?? 0, members[index].joined, members[index].number,
                    index
                )
            }
            return key(left) < key(right)
        }
        return order.prefix(members.count - cap).map { members[$0].identity }
    }
}
