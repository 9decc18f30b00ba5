import ActivationCore

/// Control objects of some kinds that one service of the engine writes alone.
actor ControlJournal {
    /// Which object.
    struct Key: Hashable, Sendable {
        var kind: String
        var id: String
    }

    /// What an object is to hold.
    struct Body: Sendable {
        var json: JSONValue
        /// When a new object was made; nil = when it is written.
        var createdAt: Timestamp?
    }

    private struct Version {
        var etag: String
        var createdAt: Timestamp
    }

    private let control: any ControlStore
    private let scope: Scope
    private let kinds: [String]
    /// What the store holds, as far as is known.
    private var versions: [Key: Version]?

    init(control: any ControlStore, scope: Scope, kinds: [String]) {
        self.control = control
        self.scope = scope
        self.kinds = kinds
    }

    /// All objects of the kinds, kind by kind.
    func objects() async throws(StorageError) -> [ControlObject] {
        var objects: [ControlObject] = []
        for kind in kinds { objects += try await control.objects(kind: kind, scope: scope) }
        versions = Dictionary(
            objects.map { (Key(kind: $0.kind, id: $0.id), Version(etag: $0.etag, createdAt: $0.createdAt)) }
        ) { first, _ in first }
        return objects
    }

    /// Writes objects in one durable transaction; nil = goes away.
    func write(_ objects: [(Key, Body?)], now: Timestamp) async throws(StorageError) {
        guard !objects.isEmpty else { return }
        // After an error it is not known what was stored.
        if versions == nil { _ = try await self.objects() }
        var versions = self.versions ?? [:]
        self.versions = nil
        var changes: [ControlChange] = []
        for (key, body) in objects {
            let version = versions[key]
            guard let body else {
                versions[key] = nil
                if let version { changes.append(.delete(kind: key.kind, id: key.id, expectedEtag: version.etag)) }
                continue
            }
            let object = ControlObject(
                kind: key.kind,
                id: key.id,
                etag: String((version.flatMap { UInt64($0.etag) } ?? 0) &+ 1),
                createdAt: version?.createdAt ?? body.createdAt ?? now,
                updatedAt: now,
                body: Array(body.json.text.utf8)
            )
            versions[key] = Version(etag: object.etag, createdAt: object.createdAt)
            changes.append(version.map { .update(object, expectedEtag: $0.etag) } ?? .insert(object))
        }
        try await control.apply(changes, scope: scope)
        self.versions = versions
    }
}
