import ActivationCore

/// Keeps the sets of leaves of the latest catalogs in the control store, so that what profiles keep up by them counts
/// after a change of the catalog, and after a restart.
///
/// A set is named by what is in it, so none can be wrong, and losing one only makes events be read again.
struct LeafSetStore: Sendable {
    static let kind = "leafSet"

    let control: any ControlStore
    let scope: Scope

    /// Makes a set the latest, in one durable transaction; one that is so already is not written again.
    ///
    /// - Returns: All sets that are kept.
    func enter(_ set: LeafSet, now: Timestamp) async throws(StorageError) -> [LeafSet] {
        let objects = try await control.objects(kind: Self.kind, scope: scope)
            .sorted { ($0.updatedAt, $0.id) < ($1.updatedAt, $1.id) }
        let id = LeafSet.digits(of: set.number)
        let kept = objects.filter { $0.id != id }.suffix(Limits.leafSetsMax - 1)
        let sets = kept.compactMap(LeafSet.init) + [set]
        if let last = objects.last, LeafSet(last) == set { return sets }
        let known = objects.first { $0.id == id }
        let object = ControlObject(
            kind: Self.kind,
            id: id,
            etag: String((known.flatMap { UInt64($0.etag) } ?? 0) &+ 1),
            createdAt: known?.createdAt ?? now,
            // The clock may have been behind since.
            updatedAt: objects.last.map { max(now, Timestamp(milliseconds: $0.updatedAt.milliseconds &+ 1)) } ?? now,
            body: Array(set.json.text.utf8)
        )
        var changes = [known.map { .update(object, expectedEtag: $0.etag) } ?? ControlChange.insert(object)]
        for object in objects where object.id != id && !kept.contains(where: { $0.id == object.id }) {
            changes.append(.delete(kind: object.kind, id: object.id, expectedEtag: object.etag))
        }
        try await control.apply(changes, scope: scope)
        return sets
    }
}

extension LeafSet {
    /// Reads a stored set; nil when it is not what its id says.
    fileprivate init?(_ object: ControlObject) {
        guard let list = (try? JSONDocument(parsing: object.body))?.root["leaves"]?.string else { return nil }
        var leaves: [UInt64] = []
        var rest = Substring(list)
        while !rest.isEmpty {
            guard let leaf = UInt64(rest.prefix(16), radix: 16) else { return nil }
            leaves.append(leaf)
            rest = rest.dropFirst(16)
        }
        self.init(leaves)
        guard LeafSet.digits(of: number) == object.id else { return nil }
    }

    /// The set as it is stored: of each leaf 16 digits.
    fileprivate var json: JSONValue {
        .object(["leaves": .string(leaves.map(LeafSet.digits).joined())])
    }

    fileprivate static func digits(of number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
