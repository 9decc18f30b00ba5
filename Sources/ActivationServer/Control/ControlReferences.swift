import ActivationCore

/// Names an object of the configuration.
struct ControlName: Sendable, Hashable {
    var kind: ControlKind
    var id: ByteKey

    init(_ kind: ControlKind, _ id: String) {
        self.kind = kind
        self.id = ByteKey(id)
    }
}

/// Which objects name which others, so that nobody who asks who uses an object has to look at all of them.
struct ControlReferences: Sendable {
    private var users: [ControlName: Set<ControlName>] = [:]

    /// The objects of a kind that name another, in no order.
    func users(of name: ControlName, _ kind: ControlKind) -> [ControlName] {
        (users[name] ?? []).filter { $0.kind == kind }
    }

    /// Notes that an object has taken the place of another.
    ///
    /// - Parameters:
    ///   - former: What it was before; nil = it is new.
    ///   - entry: The object; nil = it is gone.
    mutating func replace(_ former: ControlEntry?, by entry: ControlEntry?) {
        let (before, after) = (former?.references ?? [], entry?.references ?? [])
        if let former {
            let name = ControlName(former.kind, former.id)
            for reference in before.subtracting(after) {
                users[reference]?.remove(name)
                if users[reference]?.isEmpty ?? false { users[reference] = nil }
            }
        }
        if let entry {
            let name = ControlName(entry.kind, entry.id)
            for reference in after.subtracting(before) { users[reference, default: []].insert(name) }
        }
    }
}

extension ControlEntry {
    /// The objects that it stands on.
    fileprivate var references: Set<ControlName> {
        switch kind {
        case .flow:
            func connections(_ kind: ControlKind, _ key: String) -> [ControlName] {
                (body[key]?.array ?? []).compactMap(\.string).map { ControlName(kind, $0) }
            }
            let audiences = FlowTransformation(self).audiences.map {
                ControlName(.segmentDefinition, $0.audience.uuid.description)
            }
            return Set(
                audiences + connections(.sourceConnection, "sourceConnectionIds")
                    + connections(.targetConnection, "targetConnectionIds")
            )
        case .segmentDefinition:
            return Set(SegmentDefinition.namesAsked(by: body).map { ControlName(.segmentDefinition, $0) })
        case .sourceConnection, .targetConnection:
            return Set([string("baseConnectionId")].compactMap(\.self).map { ControlName(.connection, $0) })
        case .messageSchema, .messageTest:
            return Set([string("flowId")].compactMap(\.self).map { ControlName(.flow, $0) })
        case .backfill:
            return Set([string("dataflowId")].compactMap(\.self).map { ControlName(.flow, $0) })
        default: return []
        }
    }
}
