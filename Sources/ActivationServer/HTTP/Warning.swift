import ActivationCore

/// What a client should look at although its request is accepted, as it stands in `warnings`.
enum Warning {
    /// Identities that were left out of messages because their values mean nobody (BEHAVIOUR 4.3).
    ///
    /// - Parameters:
    ///   - namespace: The symbol of their namespace.
    ///   - count: How many.
    ///   - line: The first line that has one, where messages are lines.
    /// - Returns: The warning.
    static func identityIgnored(_ namespace: String, count: Int, line: Int? = nil) -> JSONValue {
        var warning: JSONObject = [
            "code": "IDENTITY_IGNORED",
            "message": .string(
                "the value of an identity in namespace \(namespace) means nobody, such as null or anonymous, or breaks a "
                    + "rule of the namespace; the identity was left out. Send no identity where there is none, or set "
                    + "ignoredValues, pattern or profileMax of the namespace"
            ),
            "namespace": .string(namespace),
            "count": .integer(Int64(count)),
        ]
        if let line { warning["line"] = .integer(Int64(line)) }
        return .object(warning)
    }

    /// The warnings about the identities that were left out of one message.
    static func identitiesIgnored(_ namespaces: [String]) -> [JSONValue] {
        Dictionary(grouping: namespaces.map { ByteKey($0) }) { $0 }.sorted { $0.key < $1.key }
            .map { identityIgnored($0.key.string, count: $0.value.count) }
    }

    /// Memberships in external audiences that do not exist were left out (BEHAVIOUR 4.1).
    ///
    /// - Parameters:
    ///   - pointer: Where the first one stands in its message.
    ///   - count: How many.
    ///   - line: The first line that has one, where messages are lines.
    /// - Returns: The warning.
    static func audienceUnknown(_ pointer: String, count: Int, line: Int? = nil) -> JSONValue {
        var warning: JSONObject = [
            "code": "AUDIENCE_UNKNOWN",
            "message": .string(
                "no external audience has this namespace and id; the membership was left out. Create the audience first"
            ),
            "pointer": .string(pointer),
            "count": .integer(Int64(count)),
        ]
        if let line { warning["line"] = .integer(Int64(line)) }
        return .object(warning)
    }

    /// What was left out of one message that was taken.
    static func leftOut(of message: Message, _ result: DecisionResult) -> [JSONValue] {
        let omissions = result.omissions
        return identitiesIgnored(message.ignoredIdentities + omissions.namespaces)
            + (omissions.audiences.map { [audienceUnknown($0.first, count: $0.count)] } ?? [])
    }

    /// A change of a flow took the last audience out of it (BEHAVIOUR 1.5).
    static let nothingMapped: JSONValue = [
        "code": "NO_AUDIENCE_MAPPED",
        "message": "the flow maps no audience any more, so it exports nothing until one is mapped",
    ]

    /// An attribute path, dotted, that no profile has had (BEHAVIOUR 5.3).
    static func pathUnknown(_ path: String) -> JSONValue {
        [
            "code": "PATH_UNKNOWN",
            "message": .string("no profile has had a value at \(path) yet; check its spelling and case"),
            "path": .string(path),
        ]
    }
}
