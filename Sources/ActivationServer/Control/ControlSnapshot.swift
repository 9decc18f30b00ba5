import ActivationCore

/// All configuration at one instant, in memory: it is small, read by every request and written rarely.
///
/// Ids come from clients and are told apart by their bytes.
struct ControlSnapshot: Sendable {
    private var entries: [ControlKind: [ByteKey: ControlEntry]] = [:]
    /// The namespaces messages may use.
    private(set) var namespaces = NamespaceDirectory()
    /// Inlets by inlet id.
    private(set) var inlets: [ByteKey: Inlet] = [:]

    /// An object, or nil.
    func entry(_ kind: ControlKind, _ id: String) -> ControlEntry? {
        entries[kind]?[ByteKey(id)]
    }

    /// All objects of a kind, by (createdAt, id).
    func entries(_ kind: ControlKind) -> [ControlEntry] {
        (entries[kind] ?? [:]).values.sorted { left, right in
            left.createdAt == right.createdAt ? left.id.comesBefore(right.id) : left.createdAt < right.createdAt
        }
    }

    /// How many objects of a kind there are.
    func count(_ kind: ControlKind) -> Int {
        entries[kind]?.count ?? 0
    }

    mutating func put(_ entry: ControlEntry) {
        entries[entry.kind, default: [:]][ByteKey(entry.id)] = entry
        refresh(entry.kind)
    }

    mutating func put(contentsOf list: [ControlEntry], kind: ControlKind) {
        entries[kind] = Dictionary(list.map { (ByteKey($0.id), $0) }) { _, last in last }
        refresh(kind)
    }

    mutating func remove(_ kind: ControlKind, _ id: String) {
        entries[kind]?[ByteKey(id)] = nil
        refresh(kind)
    }

    /// Whether both hold the same versions of the same objects.
    func isSame(as other: ControlSnapshot) -> Bool {
        ControlKind.allCases.allSatisfy { kind in
            let mine = entries[kind] ?? [:]
            let others = other.entries[kind] ?? [:]
            return mine.count == others.count
                && mine.allSatisfy { id, entry in others[id]?.etag.hasSameBytes(as: entry.etag) ?? false }
        }
    }

    private mutating func refresh(_ kind: ControlKind) {
        switch kind {
        case .namespace:
            let settings = entries(.namespace).compactMap(NamespaceSettings.init)
            namespaces = NamespaceDirectory(
                custom: entries(.namespace).compactMap(IdentityNamespace.init),
                ignoredValues: Dictionary(settings.map { ($0.symbol, $0.ignoredValues) }) { first, _ in first },
                rules: Dictionary(settings.map { ($0.symbol, $0.rules) }) { first, _ in first }
            )
        case .connection:
            let all = (entries[.connection] ?? [:]).values.compactMap(Inlet.init)
            inlets = Dictionary(all.map { (ByteKey($0.id), $0) }) { first, _ in first }
        default:
            break
        }
    }
}
