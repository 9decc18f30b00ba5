import ActivationCore

/// A message as a client sends it.
struct ReferenceMessage {
    enum Kind: Equatable {
        case record
        case event
        /// Whether somebody belongs to the external audience: by an upload, or by a push.
        case membership(isMember: Bool, edition: Int64?)

        /// For people.
        var name: String {
            switch self {
            case .record: "record"
            case .event: "event"
            case .membership: "membership"
            }
        }
    }

    var kind: Kind
    var dataset: String
    /// The XDM entity.
    var text: String
    /// Whether the dataset's records say when they were written.
    var hasSourceTime = false
}

/// A message that keeps the rules which need no state (BEHAVIOUR 4.2, 4.3, 4.5, 4.6, 4.8, 6.1, 6.5).
struct ReferenceContent {
    var identities: [Identity]
    /// The identities that it names, whatever is demanded of them.
    var named: [Identity]
    /// An event's `_id` and time.
    var event: (id: String, instant: Int64)?
    /// The leaves a record names.
    var leaves: [(path: ReferencePath, text: [UInt8])] = []
    var sourceInstant: Int64?
    var document: JSONDocument

    /// Nil when the message is refused.
    ///
    /// - Parameters:
    ///   - message: The message.
    ///   - rules: What is demanded of identities, by the symbols of their namespaces.
    ///   - ignored: Values that mean nobody besides those that always do, by symbol.
    init?(
        _ message: ReferenceMessage,
        _ rules: [String: ReferenceNamespaceRules] = [:],
        ignoring ignored: [String: [String]] = [:]
    ) {
        guard let document = try? JSONDocument(parsing: message.text), document.root.isObject else { return nil }
        let root = document.root
        self.document = document
        let bytesMax = message.kind == .event ? 10_240 : 102_400
        guard message.text.utf8.count <= bytesMax, !ReferenceContent.hasLongArray(root),
            let identities = ReferenceIdentities.read(root["identityMap"], rules, ignoring: ignored)
        else { return nil }
        self.identities = identities
        named = ReferenceIdentities.read(root["identityMap"], [:], ignoring: ignored) ?? identities
        if message.kind == .event {
            guard let id = root["_id"]?.string, !id.isEmpty, id.utf8.count <= 1_024,
                let timestamp = root["timestamp"]?.string.flatMap(Timestamp.init(rfc3339:))
            else { return nil }
            event = (id, timestamp.milliseconds)
        } else if message.kind == .record {
            for (key, value) in root.members
            where !["identityMap", "_id", "timestamp", "segmentMembership"].contains(key) {
                collectLeaves(of: value, at: ReferencePath.root.appending(value.key))
            }
        }
        if message.hasSourceTime, let value = root["extSourceSystemAudit"]?["lastUpdatedDate"], !value.isNull {
            guard let instant = value.string.flatMap(Timestamp.init(rfc3339:)) else { return nil }
            sourceInstant = instant.milliseconds
        }
    }

    /// The paths that a record names and those above them; what a dictionary of paths must know.
    var namedPaths: Set<ReferencePath> {
        Set(leaves.flatMap { $0.path.ancestors + [$0.path] })
    }

    private mutating func collectLeaves(of value: JSONView, at path: ReferencePath) {
        if value.isObject, value.node.count > 0 {
            for (_, member) in value.members { collectLeaves(of: member, at: path.appending(member.key)) }
        } else {
            leaves.append((path, ReferenceContent.text(of: value)))
        }
    }

    /// The canonical text of a value, with a string's quotes.
    private static func text(of value: JSONView) -> [UInt8] {
        let text = Array(value.text)
        return value.kind == .string || value.kind == .escapedString
            ? [UInt8(ascii: "\"")] + text + [UInt8(ascii: "\"")] : text
    }

    private static func hasLongArray(_ value: JSONView) -> Bool {
        if value.isArray { return value.node.count > 500 || value.items.contains(where: hasLongArray) }
        return value.members.contains { hasLongArray($0.value) }
    }
}
