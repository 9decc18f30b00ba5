/// Reads whom a message is about: `identityMap` (BEHAVIOUR 4.2), else the inlet's selectors (BEHAVIOUR 6.1).
enum MessageIdentities {
    private struct Candidate {
        var identity: Identity
        var isPrimary: Bool
        var isNobody: Bool
    }

    /// The message's identities, the primary first, each once, and the namespaces of those left out since their values
    /// mean nobody (BEHAVIOUR 4.3).
    ///
    /// Without a primary mark the first by (symbol, position) is the primary; two marks are refused.
    static func read(
        _ entity: JSONView,
        namespaces: NamespaceDirectory,
        selectors: [IdentitySelector]
    ) throws(MessageError) -> (identities: [Identity], ignored: [String]) {
        let all =
            if let map = entity["identityMap"] {
                try candidates(inMap: map, namespaces: namespaces)
            } else {
                try candidates(of: selectors, in: entity, namespaces: namespaces)
            }
        let candidates = all.contains(where: \.isNobody) ? all.filter { !$0.isNobody } : all
        guard !candidates.isEmpty else {
            throw MessageError(
                code: "IDENTITY_MISSING",
                pointer: "/identityMap",
                keyword: "required",
                message: all.isEmpty
                    ? "the message names no identity; it needs identityMap with at least one {\"id\": ...}"
                    : "the message names nobody: every identity value is blank or stands for a missing one",
                ignoredIdentities: all.map(\.identity.namespace)
            )
        }
        guard candidates.count <= Limits.messageIdentitiesMax else {
            throw MessageError(
                code: "IDENTITIES_TOO_MANY",
                pointer: "/identityMap",
                keyword: "maxItems",
                message: "the message has \(candidates.count) identities; "
                    + "at most \(Limits.messageIdentitiesMax) are accepted"
            )
        }
        let primaries = candidates.filter(\.isPrimary)
        guard Set(primaries.map(\.identity)).count <= 1 else {
            throw MessageError(
                code: "PRIMARY_AMBIGUOUS",
                pointer: "/identityMap",
                keyword: "maxContains",
                message: "\(primaries.count) identities are marked primary; mark one"
            )
        }
        let ignored = candidates.count == all.count ? [] : all.filter(\.isNobody).map(\.identity.namespace)
        return (ordered(candidates), ignored)
    }

    /// Every identity that a stored message names, the primary first, each once, whatever is demanded of identities since.
    static func named(in entity: JSONView, namespaces: NamespaceDirectory) -> [Identity] {
        guard let map = entity["identityMap"] else { return [] }
        var candidates: [Candidate] = []
        for (symbol, list) in map.members {
            guard let namespace = namespaces.namespace(symbol: symbol) else { continue }
            for item in list.items {
                guard let value = item["id"]?.string else { continue }
                let identity = Identity(namespace: namespace.symbol, value: value)
                let isPrimary = item["primary"]?.bool ?? false
                candidates.append(Candidate(identity: identity, isPrimary: isPrimary, isNobody: false))
            }
        }
        return ordered(candidates)
    }

    private static func ordered(_ candidates: [Candidate]) -> [Identity] {
        if candidates.count == 1 { return [candidates[0].identity] }
        var seen = Set<Identity>()
        // A stable order by symbol keeps each namespace's positions.
        let sorted = candidates.enumerated().sorted {
            let (left, right) = (ByteKey($0.element.identity.namespace), ByteKey($1.element.identity.namespace))
            return left == right ? $0.offset < $1.offset : left < right
        }
        let all = candidates.filter(\.isPrimary) + sorted.map(\.element)
        return all.map(\.identity).filter { seen.insert($0).inserted }
    }

    private static func candidates(
        inMap map: JSONView,
        namespaces: NamespaceDirectory
    ) throws(MessageError) -> [Candidate] {
        guard map.isObject else {
            throw wrongType("/identityMap", "an object from namespace symbols to arrays of identities")
        }
        var candidates: [Candidate] = []
        for (symbol, list) in map.members {
            func pointer() -> String { "/identityMap/" + (namespaces.namespace(symbol: symbol)?.symbol ?? "?") }
            guard list.isArray else { throw wrongType(pointer(), "an array of identities") }
            for (position, item) in list.items.enumerated() {
                guard item.isObject else { throw wrongType("\(pointer())/\(position)", "an object with id") }
                guard let value = item["id"]?.string else {
                    throw wrongType("\(pointer())/\(position)/id", "a string")
                }
                let primary = item["primary"]
                guard primary == nil || primary?.bool != nil || primary?.isNull == true else {
                    throw wrongType("\(pointer())/\(position)/primary", "true or false")
                }
                candidates.append(
                    try candidate(
                        symbol: symbol,
                        value: value,
                        isPrimary: primary?.bool ?? false,
                        pointer: "\(pointer())/\(position)",
                        namespaces: namespaces
                    )
                )
            }
        }
        return candidates
    }

    private static func candidates(
        of selectors: [IdentitySelector],
        in entity: JSONView,
        namespaces: NamespaceDirectory
    ) throws(MessageError) -> [Candidate] {
        var candidates: [Candidate] = []
        for selector in selectors {
            let pointer = "/" + selector.path.joined(separator: "/")
            var place: JSONView? = entity
            for key in selector.path { place = place?[key] }
            guard let place, !place.isNull else {
                if selector.isPrimary {
                    throw MessageError(
                        code: "IDENTITY_MISSING",
                        pointer: pointer,
                        keyword: "required",
                        message: "the field with the primary identity is missing"
                    )
                }
                continue
            }
            guard let value = place.string else { throw wrongType(pointer, "a string, as it holds an identity") }
            candidates.append(
                try candidate(
                    symbol: selector.namespace,
                    value: value,
                    isPrimary: selector.isPrimary,
                    pointer: pointer,
                    namespaces: namespaces
                )
            )
        }
        return candidates
    }

    private static func candidate(
        symbol: String,
        value: String,
        isPrimary: Bool,
        pointer: @autoclosure () -> String,
        namespaces: NamespaceDirectory
    ) throws(MessageError) -> Candidate {
        guard let namespace = namespaces.namespace(symbol: symbol) else {
            throw MessageError(
                code: "NAMESPACE_UNKNOWN",
                pointer: "/identityMap",
                keyword: "propertyNames",
                message: "an identity namespace is not registered; create it under /data/core/idnamespace/identities"
            )
        }
        let identity = Identity(namespace: namespace.symbol, value: value)
        guard !namespace.ignores(value) else {
            return Candidate(identity: identity, isPrimary: isPrimary, isNobody: true)
        }
        if namespace.symbol == "ECID" {
            guard value.utf8.count == 38, value.utf8.allSatisfy({ 48...57 ~= $0 }) else {
                throw MessageError(
                    code: "ECID_INVALID",
                    pointer: pointer(),
                    keyword: "pattern",
                    message: "an ECID has exactly 38 digits"
                )
            }
        }
        guard namespaces.takes(value, in: namespace) else {
            if namespace.rules.onViolation == .drop {
                return Candidate(identity: identity, isPrimary: isPrimary, isNobody: true)
            }
            throw MessageError(
                code: "IDENTITY_PATTERN",
                pointer: pointer(),
                keyword: "pattern",
                message: "an identity value does not match the pattern of namespace \(namespace.symbol)"
            )
        }
        // A string of n bytes has at most n characters, so short ones need no counting.
        guard
            value.utf8.count <= Limits.identityValueCharactersMax
                || value.unicodeScalars.count <= Limits.identityValueCharactersMax
        else {
            throw MessageError(
                code: "IDENTITY_TOO_LONG",
                pointer: pointer(),
                keyword: "maxLength",
                message: "an identity value has more than \(Limits.identityValueCharactersMax) characters"
            )
        }
        return Candidate(identity: identity, isPrimary: isPrimary, isNobody: false)
    }

    private static func wrongType(_ pointer: String, _ expected: String) -> MessageError {
        MessageError(code: "WRONG_TYPE", pointer: pointer, keyword: "type", message: "expected \(expected)")
    }
}
