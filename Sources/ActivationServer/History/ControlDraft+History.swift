import ActivationCore
import ActivationEngine

extension ControlDraft {
    /// What the history has to say of the draft: one entry for each object that is another now, in the order in which they
    /// were first touched.
    ///
    /// - Parameter box: Opens the secrets of connections, which are compared.
    /// - Returns: The entries; none for what people do not configure.
    func history(_ box: SecretBox) -> [ConfigurationChange] {
        var seen = Set<ByteKey>()
        return changes.compactMap { change in
            let object = change.object
            guard let kind = object.kind.flatMap({ ControlKind(rawValue: $0) }), kind.isConfiguration,
                seen.insert(ByteKey("\(kind.rawValue) \(object.id)")).inserted
            else { return nil }
            return entry(of: kind, object, box)
        }
    }

    private func entry(
        of kind: ControlKind,
        _ object: ConfigurationChange.Object,
        _ box: SecretBox
    ) -> ConfigurationChange? {
        let old = before.entry(kind, object.id)
        let new = snapshot.entry(kind, object.id)
        let contents = [old, new].map { entry in entry.flatMap { ChangeContent($0, box) } }
        let difference = ChangeDifference(from: contents[0], to: contents[1])
        let action: ConfigurationChange.Action
        switch (contents[0], contents[1]) {
        case (nil, nil): return nil
        case (nil, .some): action = .create
        case (.some, nil): action = .delete
        case (.some, .some):
            // Written anew as it was.
            guard !difference.isEmpty else { return nil }
            action = .update
        }
        let title = new?.title(in: snapshot) ?? old?.title(in: before)
        return ConfigurationChange(
            changedAt: now,
            author: forgotten.contains(object) ? .server : author,
            action: action,
            kind: kind.rawValue,
            id: object.id,
            name: title ?? object.id,
            difference: difference.stored
        )
    }
}

extension ControlChange {
    /// The object that changes.
    var object: ConfigurationChange.Object {
        switch self {
        case .insert(let object), .update(let object, _):
            ConfigurationChange.Object(kind: object.kind, id: object.id)
        case .delete(let kind, let id, _): ConfigurationChange.Object(kind: kind, id: id)
        }
    }
}
