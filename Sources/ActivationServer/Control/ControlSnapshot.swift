import ActivationCore

/// All configuration at one instant, in memory: it is small, read by every request and written rarely.
struct ControlSnapshot: Sendable {
    private var entries: [ControlKind: [String: ControlEntry]] = [:]
    /// The namespaces messages may use.
    private(set) var namespaces = NamespaceDirectory()
    /// Inlets by inlet id.
    private(set) var inlets: [String: Inlet] = [:]

    /// An object, or nil.
    func entry(_ kind: ControlKind, _ id: String) -> ControlEntry? {
        entries[kind]?[id]
    }

    /// All objects of a kind, by (createdAt, id).
    func entries(_ kind: ControlKind) -> [ControlEntry] {
        (entries[kind] ?? [:]).values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    /// How many objects of a kind there are.
    func count(_ kind: ControlKind) -> Int {
        entries[kind]?.count ?? 0
    }

    mutating func put(_ entry: ControlEntry) {
        entries[entry.kind, default: [:]][entry.id] = entry
        refresh(entry.kind)
    }

    mutating func put(contentsOf list: [ControlEntry], kind: ControlKind) {
        entries[kind] = Dictionary(list.map { ($0.id, $0) }) { _, last in last }
        refresh(kind)
    }

    mutating func remove(_ kind: ControlKind, _ id: String) {
        entries[kind]?[id] = nil
        refresh(kind)
    }

    private mutating func refresh(_ kind: ControlKind) {
        switch kind {
        case .namespace:
            namespaces = NamespaceDirectory(custom: entries(.namespace).compactMap(IdentityNamespace.init))
        case .connection:
            let all = (entries[.connection] ?? [:]).values.compactMap(Inlet.init)
            inlets = Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
        default:
            break
        }
    }
}

extension IdentityNamespace {
    /// A custom namespace from its stored body: `code`, `name`, `idType`, `description` (SPEC 4.3).
    init?(_ entry: ControlEntry) {
        guard
            let symbol = entry.string("code"),
            let type = entry.string("idType").flatMap(IdentityType.init(rawValue:))
        else { return nil }
        self.init(
            symbol: symbol,
            name: entry.string("name") ?? symbol,
            type: type,
            isCustom: true,
            description: entry.string("description") ?? ""
        )
    }
}
