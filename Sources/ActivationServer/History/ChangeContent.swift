import ActivationCore

/// What the history may tell of an object: what people want of it, without secrets and without the server's own notes.
struct ChangeContent {
    /// What stands where a secret is.
    static let secretMark = JSONValue.string("(secret)")

    /// The members, secrets replaced by marks.
    private(set) var members: JSONObject
    /// The secrets by their places; they are compared and go no further.
    private var secrets: [(place: [String], value: JSONValue)] = []

    /// The content of an object that has no secrets and none of the server's own notes.
    init(withoutSecrets members: JSONObject) {
        (self.members, secrets) = (members, [])
    }

    /// The content of an object; nil for what people do not configure, and for a flow that is gone for them.
    init?(_ entry: ControlEntry, _ box: SecretBox) {
        guard entry.kind.isConfiguration else { return nil }
        guard entry.kind != .flow || entry.string("state") != FlowState.deleting else { return nil }
        members = entry.body
        for key in entry.kind.bookkeeping { members.removeValue(forKey: key) }
        takeSealed(entry, box)
        for key in entry.kind.secretMembers {
            guard let value = members[key] else { continue }
            members[key] = ChangeContent.secretMark
            secrets.append(([key], value))
        }
    }

    /// Tells sealed secrets apart one by one; those that do not open stay one.
    private mutating func takeSealed(_ entry: ControlEntry, _ box: SecretBox) {
        let key = ConnectionSecrets.sealedKey
        guard
            entry.kind == .connection, let sealed = entry.string(key), let bytes = box.open(sealed, owner: entry.id),
            let found = (try? JSONValue(parsing: bytes))?.object
        else { return }
        members.removeValue(forKey: key)
        var auth = members["auth"] ?? [:]
        var params = auth["params"] ?? [:]
        for (name, value) in found {
            params[name] = ChangeContent.secretMark
            secrets.append((["auth", "params", name], value))
        }
        auth["params"] = params
        members["auth"] = auth
    }

    /// What is different between two versions of an object.
    ///
    /// - Parameters:
    ///   - before: The one before; nil = there was none.
    ///   - after: The one after; nil = there is none.
    ///   - bytesWhole: As ``JSONDifference/init(from:to:bytesWhole:)`` says.
    /// - Returns: The difference of what may be told, and the places of secrets that are others now.
    static func difference(
        from before: ChangeContent?,
        to after: ChangeContent?,
        bytesWhole: Int
    ) -> (told: JSONDifference, secrets: [[String]]) {
        let told = JSONDifference(
            from: .object(before?.members ?? [:]),
            to: .object(after?.members ?? [:]),
            bytesWhole: bytesWhole
        )
        guard let before, let after else { return (told, []) }
        let others = after.secrets.filter { secret in
            before.secrets.contains { $0.place == secret.place && $0.value != secret.value }
        }
        return (told, others.map(\.place))
    }
}
