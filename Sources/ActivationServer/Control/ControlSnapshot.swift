import ActivationCore
import Synchronization

/// All configuration at one instant, in memory: it is small, read by every request and written rarely.
///
/// Ids come from clients and are told apart by their bytes.
struct ControlSnapshot: Sendable {
    private var lists: [ControlKind: ControlList] = [:]
    private var references = ControlReferences()
    /// Is another after each change, and never the same for two snapshots that differ.
    private(set) var version: UInt64 = 0
    private static let versions = Atomic<UInt64>(0)
    /// The namespaces messages may use.
    private(set) var namespaces = NamespaceDirectory()
    /// Inlets by inlet id.
    private(set) var inlets: [ByteKey: Inlet] = [:]
    /// The labels of fields and datasets.
    private(set) var placedLabels = PlacedLabels()

    /// An object, or nil.
    func entry(_ kind: ControlKind, _ id: String) -> ControlEntry? {
        lists[kind]?[id]
    }

    /// All objects of a kind, by (createdAt, id).
    func entries(_ kind: ControlKind) -> [ControlEntry] {
        lists[kind]?.all ?? []
    }

    /// How many objects of a kind there are.
    func count(_ kind: ControlKind) -> Int {
        entries(kind).count
    }

    /// The objects of a kind that name another, by (createdAt, id).
    ///
    /// - Parameters:
    ///   - kind: Their kind.
    ///   - name: The other one.
    /// - Returns: Only those, at the cost of those.
    func entries(_ kind: ControlKind, using name: ControlName) -> [ControlEntry] {
        references.users(of: name, kind).compactMap { entry(kind, $0.id.string) }.sorted(by: ControlList.precedes)
    }

    mutating func put(_ entry: ControlEntry) {
        let former = lists[entry.kind, default: ControlList()].put(entry)
        references.replace(former, by: entry)
        refresh(entry.kind)
    }

    mutating func put(contentsOf list: [ControlEntry], kind: ControlKind) {
        for entry in entries(kind) { references.replace(entry, by: nil) }
        lists[kind] = ControlList(list)
        for entry in entries(kind) { references.replace(nil, by: entry) }
        refresh(kind)
    }

    mutating func remove(_ kind: ControlKind, _ id: String) {
        references.replace(lists[kind]?.remove(id), by: nil)
        refresh(kind)
    }

    /// Leaves out the objects of a kind that a condition does not hold for; who stands on them is not told any more correctly.
    mutating func keep(_ kind: ControlKind, where isKept: (ControlEntry) -> Bool) {
        let all = entries(kind)
        let kept = all.filter(isKept)
        guard kept.count < all.count else { return }
        lists[kind] = ControlList(kept)
        refresh(kind)
    }

    /// Whether both hold the same versions of the same objects.
    func isSame(as other: ControlSnapshot) -> Bool {
        ControlKind.allCases.allSatisfy { kind in
            count(kind) == other.count(kind)
                && entries(kind).allSatisfy { entry in
                    other.entry(kind, entry.id)?.etag.hasSameBytes(as: entry.etag) ?? false
                }
        }
    }

    private mutating func refresh(_ kind: ControlKind) {
        version = ControlSnapshot.versions.wrappingAdd(1, ordering: .relaxed).newValue
        switch kind {
        case .namespace:
            let settings = entries(.namespace).compactMap(NamespaceSettings.init)
            namespaces = NamespaceDirectory(
                custom: entries(.namespace).compactMap(IdentityNamespace.init),
                ignoredValues: Dictionary(settings.map { ($0.symbol, $0.ignoredValues) }) { first, _ in first },
                rules: Dictionary(settings.map { ($0.symbol, $0.rules) }) { first, _ in first }
            )
        case .connection:
            let all = entries(.connection).compactMap(Inlet.init)
            inlets = Dictionary(all.map { (ByteKey($0.id), $0) }) { first, _ in first }
        case .placedLabels:
            placedLabels = PlacedLabels(entries(.placedLabels))
        default:
            break
        }
    }
}
