/// Reads whom a message is about: `identityMap` (SPEC 4.2), else the inlet's selectors (RULINGS 22).
enum MessageIdentities {
    private struct Candidate {
        var identity: Identity
        var isPrimary: Bool
    }

    /// The message's identities, the primary first, each once.
    ///
    /// Without a primary mark the first by (symbol, position) is the primary; two marks are refused.
    static func read(
        _ entity: JSONView,
        namespaces: NamespaceDirectory,
        selectors: [IdentitySelector]
    ) throws(MessageError) -> [Identity] {
        let candidates =
            if let map = entity["identityMap"] {
                try candidates(inMap: map, namespaces: namespaces)
            } else {
                try candidates(of: selectors, in: entity, namespaces: namespaces)
            }
        guard !candidates.isEmpty else {
            throw MessageError(
                code: "IDENTITY_MISSING",
                pointer: "/identityMap",
                keyword: "required",
                message: "the message names no identity; it needs identityMap with at least one {\"id\": ...}"
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
        return ordered(candidates, primary: primaries.first)
    }

    private static func ordered(_ candidates: [Candidate], primary: Candidate?) -> [Identity] {
        if candidates.count == 1 { return [candidates[0].identity] }
        var seen = Set<Identity>()
        // A stable order by symbol keeps each namespace's positions.
        let sorted = candidates.enumerated().sorted {
            ($0.element.identity.namespace, $0.offset) < ($1.element.identity.namespace, $1.offset)
        }
        let all = (primary.map { [$0] } ?? []) + sorted.map(\.element)
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
                let identity = try identity(
                    symbol: symbol,
                    value: value,
                    pointer: "\(pointer())/\(position)",
                    namespaces: namespaces
                )
                candidates.append(Candidate(identity: identity, isPrimary: primary?.bool ?? false))
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
                Candidate(
                    identity: try identity(
                        symbol: selector.namespace,
                        value: value,
                        pointer: pointer,
                        namespaces: namespaces
                    ),
                    isPrimary: selector.isPrimary
                )
            )
        }
        return candidates
    }

    private static func identity(
        symbol: String,
        value: String,
        pointer: @autoclosure () -> String,
        namespaces: NamespaceDirectory
    ) throws(MessageError) -> Identity {
        guard let namespace = namespaces.namespace(symbol: symbol) else {
            throw MessageError(
                code: "NAMESPACE_UNKNOWN",
                pointer: "/identityMap",
                keyword: "propertyNames",
                message: "an identity namespace is not registered; create it under /data/core/idnamespace/identities"
            )
        }
        guard !value.isEmpty else {
            throw MessageError(
                code: "IDENTITY_EMPTY",
                pointer: pointer(),
                keyword: "minLength",
                message: "an identity value in namespace \(namespace.symbol) is empty"
            )
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
        return Identity(namespace: namespace.symbol, value: value)
    }

    private static func wrongType(_ pointer: String, _ expected: String) -> MessageError {
        MessageError(code: "WRONG_TYPE", pointer: pointer, keyword: "type", message: "expected \(expected)")
    }
}
