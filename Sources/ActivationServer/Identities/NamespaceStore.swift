import ActivationCore
import ActivationEngine

/// Makes and changes namespaces; nothing of them leaves (BEHAVIOUR 4.3).
struct NamespaceStore: Sendable {
    let control: ControlPlane

    /// A namespace as the API numbers and shows it.
    struct Numbered: Sendable {
        var number: Int64
        var namespace: IdentityNamespace
        var createdAt: Timestamp
        var updatedAt: Timestamp

        var json: JSONValue {
            [
                "id": .integer(number),
                "code": .string(namespace.symbol),
                "name": .string(namespace.name),
                "idType": .string(namespace.type.rawValue),
                "description": .string(namespace.description),
                "custom": .bool(namespace.isCustom),
                "ignoredValues": .array(namespace.ignoredValues.map { .string($0) }),
                "pattern": namespace.rules.pattern.map { .string($0) } ?? .null,
                "profileMax": namespace.rules.profileMax.map { .integer(Int64($0)) } ?? .null,
                "onViolation": .string(namespace.rules.onViolation.rawValue),
                "status": "ACTIVE",
                "createTime": .integer(createdAt.milliseconds),
                "updateTime": .integer(updatedAt.milliseconds),
            ]
        }
    }

    /// Custom namespaces are numbered from here on, standard ones from 1.
    private static let firstCustomNumber: Int64 = 10_000_000

    /// All namespaces, the standard ones first.
    static func all(_ snapshot: ControlSnapshot) -> [Numbered] {
        let beginning = Timestamp(milliseconds: 0)
        let standard = NamespaceDirectory.standard.enumerated().map { position, namespace in
            Numbered(
                number: Int64(position + 1),
                namespace: snapshot.namespaces.namespace(symbol: namespace.symbol) ?? namespace,
                createdAt: beginning,
                updatedAt: snapshot.entry(.namespace, String(position + 1))?.updatedAt ?? beginning
            )
        }
        return standard + NamespaceStore.custom(snapshot)
    }

    private static func custom(_ snapshot: ControlSnapshot) -> [Numbered] {
        snapshot.entries(.namespace).compactMap { entry in
            guard let namespace = IdentityNamespace(entry), let number = Int64(entry.id) else { return nil }
            return Numbered(
                number: number,
                namespace: namespace,
                createdAt: entry.createdAt,
                updatedAt: entry.updatedAt
            )
        }
    }

    /// The namespace with this number or symbol.
    ///
    /// - Throws: `NAMESPACE_UNKNOWN`.
    static func found(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> Numbered {
        let symbol = snapshot.namespaces.namespace(symbol: id)?.symbol
        guard
            let found = NamespaceStore.all(snapshot).first(where: {
                String($0.number).hasSameBytes(as: id) || symbol?.hasSameBytes(as: $0.namespace.symbol) ?? false
            })
        else {
            throw APIError(.namespaceUnknown, "no namespace has this id or symbol; GET the list to see them")
        }
        return found
    }

    /// Sets which values mean nobody and what is demanded of the others; null brings a default back.
    ///
    /// - Throws: `NAMESPACE_UNKNOWN` or `FIELD_INVALID`.
    func change(
        _ id: String,
        to body: JSONValue,
        by author: ConfigurationChange.Author
    ) async throws(APIError) -> Numbered {
        guard let members = body.object, !members.isEmpty,
            members.keys.allSatisfy({ key in NamespaceStore.settings.contains { $0.hasSameBytes(as: key) } })
        else {
            throw APIError(
                .fieldInvalid,
                "the body has ignoredValues, pattern, profileMax or onViolation; nothing else of a namespace changes"
            )
        }
        let values = try NamespaceStore.settings(body)
        return try await control.write(by: author) { draft throws(APIError) in
            let namespace = try NamespaceStore.found(id, in: draft.snapshot)
            let number = String(namespace.number)
            if let entry = draft.snapshot.entry(.namespace, number) {
                var body = entry.body
                for key in members.keys { body[key] = values[key] }
                try draft.replace(entry, body: body)
            } else {
                var body = values
                body["standard"] = .string(namespace.namespace.symbol)
                try draft.insert(.namespace, id: number, body: body)
            }
            return try NamespaceStore.found(id, in: draft.snapshot)
        }
    }

    /// Makes a namespace.
    ///
    /// - Throws: `FIELD_INVALID` or `NAMESPACE_TAKEN`.
    func create(_ body: JSONValue, by author: ConfigurationChange.Author) async throws(APIError) -> Numbered {
        try DocumentedTypes.check(body, as: "IdentityNamespaceDraft")
        let namespace = try NamespaceStore.namespace(body)
        let settings = try NamespaceStore.settings(body)
        return try await control.write(by: author) { draft throws(APIError) in
            guard draft.snapshot.namespaces.namespace(symbol: namespace.symbol) == nil else {
                throw APIError(.namespaceTaken, "code: a namespace has this symbol already, perhaps in another case")
            }
            guard !draft.snapshot.namespaces.all.contains(where: { $0.name.hasSameBytes(as: namespace.name) }) else {
                throw APIError(.namespaceTaken, "name: a namespace has this name already")
            }
            let last = NamespaceStore.custom(draft.snapshot).map(\.number).max()
            let number = last.map { $0 &+ 1 } ?? NamespaceStore.firstCustomNumber
            var members: JSONObject = [
                "code": .string(namespace.symbol),
                "name": .string(namespace.name),
                "idType": .string(namespace.type.rawValue),
                "description": .string(namespace.description),
            ]
            for (key, value) in settings { members[key] = value }
            try draft.insert(.namespace, id: String(number), body: members)
            return try NamespaceStore.found(String(number), in: draft.snapshot)
        }
    }

    private static func namespace(_ body: JSONValue) throws(APIError) -> IdentityNamespace {
        guard let code = body["code"]?.string, isSymbol(code) else {
            throw APIError(
                .fieldInvalid,
                "code is the symbol: 1 to \(symbolCharactersMax) letters, digits, _, - or ., the first a letter or digit"
            )
        }
        guard let name = body["name"]?.string, !name.isEmpty,
            name.unicodeScalars.count <= ServerLimits.nameCharactersMax
        else {
            throw APIError(.fieldInvalid, "name is a text of 1 to \(ServerLimits.nameCharactersMax) characters")
        }
        guard
            let type = body["idType"]?.string.flatMap({ text in
                IdentityType.allCases.first { $0.rawValue.hasSameBytes(as: text) }
            })
        else {
            let accepted = IdentityType.allCases.map(\.rawValue).joined(separator: ", ")
            throw APIError(.fieldInvalid, "idType is one of \(accepted)")
        }
        return IdentityNamespace(
            symbol: code,
            name: name,
            type: type,
            isCustom: true,
            description: body["description"]?.string ?? ""
        )
    }

    /// The members that may change.
    private static let settings = ["ignoredValues", "pattern", "profileMax", "onViolation"]
    /// Bytes of a pattern, which every value is held against.
    private static let patternBytesMax = 500

    /// The settings that a body has, each checked; one that is null, as one that is absent, is the default one.
    private static func settings(_ body: JSONValue) throws(APIError) -> JSONObject {
        var settings = JSONObject()
        settings["ignoredValues"] = try ignoredValues(body)
        if let pattern = body["pattern"], !pattern.isNull {
            guard let text = pattern.string, !text.isEmpty, text.utf8.count <= patternBytesMax else {
                throw APIError(
                    .fieldInvalid,
                    "pattern is a regular expression of 1 to \(patternBytesMax) bytes for the whole value"
                )
            }
            if let refusal = IdentityRules.refusal(ofPattern: text) {
                throw APIError(.fieldInvalid, "pattern cannot be used: \(refusal)")
            }
            settings["pattern"] = pattern
        }
        if let bound = body["profileMax"], !bound.isNull {
            guard let number = bound.int64, (1...Int64(Limits.profileIdentitiesMax)).contains(number) else {
                throw APIError(
                    .fieldInvalid,
                    "profileMax is a number of 1 to \(Limits.profileIdentitiesMax), or null for no bound"
                )
            }
            settings["profileMax"] = bound
        }
        if let violation = body["onViolation"], !violation.isNull {
            guard let word = violation.string, IdentityRules.Violation(rawValue: word) != nil else {
                throw APIError(.fieldInvalid, "onViolation is refuse or drop")
            }
            settings["onViolation"] = violation
        }
        return settings
    }

    /// The list of values that mean nobody; nil = the default one.
    private static func ignoredValues(_ body: JSONValue) throws(APIError) -> JSONValue? {
        guard let given = body["ignoredValues"], !given.isNull else { return nil }
        let isList =
            given.array.map { values in
                values.count <= ignoredValuesMax
                    && values.allSatisfy { value in
                        value.string.map { !$0.isEmpty && $0.utf8.count <= Limits.identityValueCharactersMax * 4 }
                            ?? false
                    }
            } ?? false
        guard isList else {
            throw APIError(
                .fieldInvalid,
                "ignoredValues is a list of at most \(ignoredValuesMax) texts that mean nobody; an empty list = only "
                    + "empty and blank values, null = the default list"
            )
        }
        return given
    }

    /// Every identity of every message is compared with them.
    private static let ignoredValuesMax = 100

    /// Symbols become keys of exported identity maps, so they stay short and plain.
    private static let symbolCharactersMax = 64

    private static func isSymbol(_ text: String) -> Bool {
        func isAlphanumeric(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: false
            }
        }
        return text.utf8.count <= symbolCharactersMax
            && (text.utf8.first.map(isAlphanumeric) ?? false)
            && text.utf8.allSatisfy { isAlphanumeric($0) || [45, 46, 95].contains($0) }
    }
}

extension APIErrorCode {
    static let namespaceUnknown = APIErrorCode("NAMESPACE_UNKNOWN", status: 404, title: "Namespace not found")
    static let namespaceTaken = APIErrorCode("NAMESPACE_TAKEN", status: 409, title: "Namespace exists")
}
