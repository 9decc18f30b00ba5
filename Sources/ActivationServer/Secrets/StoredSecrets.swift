import ActivationCore
public import ActivationEngine

/// Where secrets stand sealed among the objects of a control store.
enum StoredSecrets {
    /// The lists in which they are.
    static let kinds: [ControlKind] = [.connection, .alertChannel, .formerTarget]

    /// What a rotation makes of an object.
    enum Outcome: Sendable {
        /// There is nothing to do.
        case current
        /// The object with its secret sealed anew, everything else as it was.
        case changed(ControlEntry)
        /// No key that is there opens its secret.
        case unreadable
    }

    /// What a rotation makes of an object of one of ``kinds``.
    ///
    /// - Parameters:
    ///   - entry: The object.
    ///   - snapshot: The configuration, which knows whose secret a former target has.
    ///   - box: Seals with the key in use.
    /// - Returns: The outcome.
    /// - Throws: `INTERNAL` when encryption fails.
    static func reseal(
        _ entry: ControlEntry,
        in snapshot: ControlSnapshot,
        _ box: SecretBox
    ) throws(APIError) -> Outcome {
        guard let sealed = sealed(in: entry.body, entry.kind) else { return .current }
        // Of a former target it is bound to the account, which stands in a flow that may be gone.
        let owners = entry.kind == .formerTarget ? snapshot.entries(.connection).map(\.id) : [entry.id]
        for owner in owners {
            switch try box.resealed(sealed, owner: owner) {
            case .current: return .current
            case .sealed(let text):
                var new = entry
                if entry.kind == .formerTarget {
                    var account = entry.body["account"] ?? [:]
                    account[ConnectionSecrets.sealedKey] = .string(text)
                    new.body["account"] = account
                } else {
                    new.body[ConnectionSecrets.sealedKey] = .string(text)
                }
                return .changed(new)
            case .unreadable: continue
            }
        }
        return .unreadable
    }

    fileprivate static func sealed(in body: JSONObject, _ kind: ControlKind) -> String? {
        (kind == .formerTarget ? body["account"]?[ConnectionSecrets.sealedKey] : body[ConnectionSecrets.sealedKey])?
            .string
    }
}

/// Whether the secrets in a store can be read, found without a server.
public struct SecretsInspection: Sendable, Equatable {
    /// Secrets that some key opens.
    public private(set) var readable = 0
    /// Those among them that only a key before the one in use opens.
    public private(set) var old = 0
    /// Kind and id of the objects whose secrets none of the keys opens.
    public private(set) var unreadable: [String] = []

    /// The lists of a store in which secrets are.
    public static let kinds = StoredSecrets.kinds.map(\.rawValue) + [PrivacyJob.kind]

    /// Looks at the objects of a store.
    ///
    /// - Parameters:
    ///   - objects: All objects of ``kinds``.
    ///   - keys: The keys that there are; those that were there before and after the objects were read, if they may change.
    public init(of objects: [ControlObject], keys: [ServerKeys]) {
        let accounts = objects.filter { $0.kind == ControlKind.connection.rawValue }.map(\.id)
        for object in objects {
            guard let body = (try? JSONValue(parsing: object.body))?.object else { continue }
            let kind = ControlKind(rawValue: object.kind)
            let sealed = kind.map { StoredSecrets.sealed(in: body, $0) } ?? body["subject"]?.string
            guard let sealed else { continue }
            let owners = kind == .formerTarget ? accounts : [object.id]
            let isOpen = keys.contains { keys in owners.contains { SecretBox(keys).open(sealed, owner: $0) != nil } }
            let isCurrent = keys.contains { keys in
                owners.contains { SecretBox(key: keys.dataKey).open(sealed, owner: $0) != nil }
            }
            if isOpen { readable += 1 } else { unreadable.append("\(object.kind) \(object.id)") }
            if isOpen && !isCurrent { old += 1 }
        }
    }
}
