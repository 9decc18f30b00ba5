import ActivationCore
import ActivationEngine

/// A change of the configuration while it is being decided: reads see earlier writes of the same draft.
struct ControlDraft {
    /// The configuration before.
    let before: ControlSnapshot
    /// Which one that was, where other nodes change it too.
    var version: ConfigurationVersion?
    /// Who changes it.
    let author: ConfigurationChange.Author
    /// The configuration with the draft's changes.
    private(set) var snapshot: ControlSnapshot
    /// What the store has to do.
    private(set) var changes: [ControlChange] = []
    /// Objects that the server lets go of by itself, whoever the author is.
    private(set) var forgotten: [ConfigurationChange.Object] = []
    /// What the history says beside what is another afterwards.
    var notes: [ConfigurationChange] = []
    /// Whether decisions will differ.
    private(set) var touchesCatalog = false
    /// What flows move away from.
    private(set) var moves: [FormerTarget] = []
    /// Flows whose marks of what was left undone are forgotten with the change.
    var marksToDrop: Set<String> = []
    /// Dataflows whose destination has to be opened anew afterwards.
    var relaysToRestart: Set<String> = []
    /// The time of the change.
    let now: Timestamp
    /// The instant of decisions: never before one that messages were admitted at, though the clock may be.
    let instant: Timestamp
    private let ids: any IDSource

    init(
        snapshot: ControlSnapshot,
        by author: ConfigurationChange.Author,
        now: Timestamp,
        instant: Timestamp? = nil,
        ids: any IDSource
    ) {
        before = snapshot
        self.author = author
        self.snapshot = snapshot
        self.now = now
        self.instant = max(now, instant ?? now)
        self.ids = ids
    }

    /// A new random id as text.
    func makeID() -> String {
        ids.next().description
    }

    /// Adds an object.
    ///
    /// - Throws: `CONFLICT` when there are already as many objects of this kind as the server keeps.
    @discardableResult
    mutating func insert(
        _ kind: ControlKind,
        id: String? = nil,
        body: JSONObject
    ) throws(APIError) -> ControlEntry {
        guard snapshot.count(kind) < ServerLimits.objectsMax else {
            throw APIError(
                .conflict,
                "there are already \(ServerLimits.objectsMax) objects of this kind; delete some first"
            )
        }
        let entry = make(kind, id: id ?? makeID(), body: body)
        guard snapshot.entry(kind, entry.id) == nil else {
            throw APIError(.conflict, "an object with this id exists already")
        }
        changes.append(.insert(try ControlDraft.checked(entry)))
        put(entry)
        return entry
    }

    /// Adds an object of the server's own.
    mutating func add(_ kind: ControlKind, id: String? = nil, body: JSONObject) {
        let entry = make(kind, id: id ?? makeID(), body: body)
        changes.append(.insert(entry.stored))
        put(entry)
    }

    private func make(_ kind: ControlKind, id: String, body: JSONObject) -> ControlEntry {
        ControlEntry(
            kind: kind,
            id: id,
            etag: EntityTag.next(after: nil, ids: ids),
            createdAt: now,
            updatedAt: now,
            body: body
        )
    }

    /// Has the change stored between two batches, where it is certain which records wait.
    mutating func addMove(_ former: FormerTarget) {
        moves.append(former)
        touchesCatalog = true
    }

    /// Gives an object a new body, and thereby a new etag and a later time of change: what follows changes tells two by
    /// that, also of one millisecond or after the clock was set back.
    ///
    /// - Throws: `FIELD_INVALID` when the body has become too large or too deep.
    @discardableResult
    mutating func replace(_ entry: ControlEntry, body: JSONObject) throws(APIError) -> ControlEntry {
        var new = entry
        new.body = body
        new.updatedAt = max(now, Timestamp(milliseconds: entry.updatedAt.milliseconds &+ 1))
        new.etag = EntityTag.next(after: entry.etag, ids: ids)
        changes.append(.update(try ControlDraft.checked(new), expectedEtag: entry.etag))
        put(new)
        return new
    }

    /// Seals secrets of the draft with the key in use that were sealed before that key was.
    ///
    /// - Throws: When encryption fails.
    mutating func reseal(_ box: SecretBox) throws(StorageError) {
        for index in changes.indices {
            guard
                let (kind, id) = changes[index].object.kind.flatMap({ ControlKind(rawValue: $0) })
                    .map({ ($0, changes[index].object.id) }), StoredSecrets.kinds.contains(kind),
                let entry = snapshot.entry(kind, id)
            else { continue }
            let outcome: StoredSecrets.Outcome
            do throws(APIError) {
                outcome = try StoredSecrets.reseal(entry, in: snapshot, box)
            } catch {
                throw StorageError(.io, error.detail)
            }
            guard case .changed(let new) = outcome else { continue }
            switch changes[index] {
            case .insert(let object) where object.etag == entry.etag: changes[index] = .insert(new.stored)
            case .update(let object, let etag) where object.etag == entry.etag:
                changes[index] = .update(new.stored, expectedEtag: etag)
            default: continue
            }
            snapshot.put(new)
        }
    }

    /// Takes an object away.
    mutating func remove(_ entry: ControlEntry) {
        changes.append(.delete(kind: entry.kind.rawValue, id: entry.id, expectedEtag: entry.etag))
        snapshot.remove(entry.kind, entry.id)
        if entry.kind == .segmentDefinition {
            let labels = LabelPlace.dataset(AudienceDataset.id(of: entry.id))
            if let labels = snapshot.entry(.placedLabels, labels.id) { forget(labels) }
        }
        if entry.kind == .flow, let consent = snapshot.entry(.flowConsent, entry.id) { forget(consent) }
        touchesCatalog = touchesCatalog || entry.kind.isPartOfCatalog
    }

    /// Takes an object away that is over and done with: the server does, not the author.
    mutating func forget(_ entry: ControlEntry) {
        forgotten.append(ConfigurationChange.Object(kind: entry.kind.rawValue, id: entry.id))
        remove(entry)
    }

    /// The stored form, read back: patches can add up to more than one request may hold.
    private static func checked(_ entry: ControlEntry) throws(APIError) -> ControlObject {
        let stored = entry.stored
        guard stored.body.count <= Limits.apiBytesMax, (try? JSONDocument(parsing: stored.body)) != nil else {
            throw APIError(
                .fieldInvalid,
                "the object would have more than \(Limits.apiBytesMax) bytes or \(Limits.jsonDepthMax) levels"
            )
        }
        return stored
    }

    private mutating func put(_ entry: ControlEntry) {
        snapshot.put(entry)
        touchesCatalog = touchesCatalog || entry.kind.isPartOfCatalog
    }
}
