import ActivationCore
import ActivationEngine

/// Everything an ``InMemoryStorage`` holds, as one value.
struct InMemoryState: Sendable {
    struct ObjectKey: Hashable {
        var kind: String
        var id: String
    }

    struct ScopeState {
        var paths: [CommitPlan.PathWrite] = []
        var datasets: [CommitPlan.DatasetWrite] = []
        var profiles: [Int64: StoredProfile] = [:]
        var rows: [Profile.ID: Int64] = [:]
        var identities: [Identity: Int64] = [:]
        /// Events by profile row.
        var events: [Int64: [LoadedState.Event]] = [:]
        var members: [Audience.ID: Int64] = [:]
        var objects: [ObjectKey: ControlObject] = [:]
    }

    var scopes: [Scope: ScopeState] = [:]
    var dataflows: [Dataflow.ID: InMemoryOutbox] = [:]
    private var lastProfileRow: Int64 = 0
    private var lastOutboxRow: Int64 = 0

    // MARK: Reading

    func load(_ request: LoadRequest) -> LoadedState {
        let stored = scopes[request.scope] ?? ScopeState()
        var loaded = LoadedState()
        var indices: [Int64: Int] = [:]
        func index(of row: Int64?) -> Int? {
            guard let row, let profile = stored.profiles[row] else { return nil }
            if let index = indices[row] { return index }
            indices[row] = loaded.profiles.count
            loaded.profiles.append(profile)
            return loaded.profiles.count - 1
        }
        loaded.identityProfiles = request.identities.map { index(of: stored.identities[$0]) }
        let byID = request.profiles.map { index(of: stored.rows[$0]) }
        let needingEvents =
            request.identitiesNeedingEvents.map { loaded.identityProfiles[$0] }
            + request.profilesNeedingEvents.map { byID[$0] }
        for case let index? in needingEvents {
            loaded.events[index] = (stored.events[loaded.profiles[index].row] ?? []).sorted(by: Self.isEarlier)
        }
        loaded.knownEvents = request.eventIDs.map { wanted in
            guard let index = loaded.identityProfiles[wanted.identity] else { return false }
            return (stored.events[loaded.profiles[index].row] ?? []).contains { Self.same($0.id, wanted.id) }
        }
        return loaded
    }

    private static func isEarlier(_ left: LoadedState.Event, _ right: LoadedState.Event) -> Bool {
        if left.timestamp != right.timestamp { return left.timestamp < right.timestamp }
        return left.id.utf8.lexicographicallyPrecedes(right.id.utf8)
    }

    /// Byte equality; Swift's own takes canonically equivalent strings for one.
    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.elementsEqual(right.utf8)
    }

    // MARK: Writing

    mutating func perform(_ plan: CommitPlan) throws(StorageError) {
        var stored = scopes[plan.scope] ?? ScopeState()
        for path in plan.paths {
            guard Int(path.id.rawValue) == stored.paths.count + 1 else {
                throw StorageError(.conflict, "path \(path.id.rawValue) does not follow the last one")
            }
            stored.paths.append(path)
        }
        for dataset in plan.datasets {
            guard Int(dataset.id) == stored.datasets.count + 1 else {
                throw StorageError(.conflict, "dataset \(dataset.id) does not follow the last one")
            }
            stored.datasets.append(dataset)
        }
        for write in plan.profiles { try perform(write, in: &stored) }
        for event in plan.events {
            let row = try row(event.profile, stored)
            guard !stored.events[row, default: []].contains(where: { Self.same($0.id, event.id) }) else {
                throw StorageError(.conflict, "the profile already has an event of this id")
            }
            stored.events[row, default: []].append(
                LoadedState.Event(id: event.id, timestamp: event.timestamp, body: event.body)
            )
        }
        for merge in plan.merges { try perform(merge, of: plan.scope, in: &stored) }
        for write in plan.identities {
            stored.identities[write.identity] = try write.profile.map { id throws(StorageError) in try row(id, stored) }
        }
        for eviction in plan.evictions {
            let row = try row(eviction.profile, stored)
            stored.events[row] = Array(
                (stored.events[row] ?? []).sorted(by: Self.isEarlier).dropFirst(eviction.count)
            )
        }
        for (audience, delta) in plan.memberDeltas { stored.members[audience, default: 0] += delta }
        scopes[plan.scope] = stored
        for record in plan.outbox {
            lastOutboxRow += 1
            var record = record
            record.row = lastOutboxRow
            dataflows[record.dataflow, default: InMemoryOutbox(scope: plan.scope)].pending.append(record)
        }
        for (dataflow, counters) in plan.counters {
            dataflows[dataflow, default: InMemoryOutbox(scope: plan.scope)].counters += counters
        }
    }

    private mutating func perform(_ write: CommitPlan.ProfileWrite, in stored: inout ScopeState) throws(StorageError) {
        var profile = write.profile
        if profile.row == 0 {
            guard stored.rows[profile.id] == nil, write.expectedRevision == 0 else {
                throw StorageError(.conflict, "profile \(profile.id.uuid) is already stored")
            }
            lastProfileRow += 1
            profile.row = lastProfileRow
            stored.rows[profile.id] = profile.row
        } else {
            guard let before = stored.profiles[profile.row], before.id == profile.id,
                before.revision == write.expectedRevision
            else {
                throw StorageError(.conflict, "profile \(profile.id.uuid) is not at \(write.expectedRevision)")
            }
        }
        stored.profiles[profile.row] = profile
    }

    private mutating func perform(
        _ merge: CommitPlan.ProfileMerge,
        of scope: Scope,
        in stored: inout ScopeState
    ) throws(StorageError) {
        let absorbed = merge.absorbed
        guard let before = stored.profiles[absorbed.row], before.id == absorbed.id, before.revision == absorbed.revision
        else {
            throw StorageError(.conflict, "profile \(absorbed.id.uuid) is not at \(absorbed.revision)")
        }
        let survivor = try row(merge.survivor, stored)
        stored.profiles[absorbed.row] = nil
        stored.rows[absorbed.id] = nil
        for event in stored.events.removeValue(forKey: absorbed.row) ?? []
        where !stored.events[survivor, default: []].contains(where: { Self.same($0.id, event.id) }) {
            stored.events[survivor, default: []].append(event)
        }
        for (id, outbox) in dataflows where outbox.scope == scope {
            dataflows[id]?.rekey(absorbed.id, to: merge.survivor)
        }
    }

    private func row(_ id: Profile.ID, _ stored: ScopeState) throws(StorageError) -> Int64 {
        guard let row = stored.rows[id] else {
            throw StorageError(.conflict, "profile \(id.uuid) is not stored")
        }
        return row
    }

    mutating func apply(_ changes: [ControlChange], scope: Scope) throws(StorageError) {
        var objects = scopes[scope]?.objects ?? [:]
        for change in changes {
            switch change {
            case .insert(let object):
                let key = ObjectKey(kind: object.kind, id: object.id)
                guard objects[key] == nil else {
                    throw StorageError(.conflict, "\(key.kind) \(key.id) exists already")
                }
                objects[key] = object
            case .update(let object, let expectedEtag):
                let key = ObjectKey(kind: object.kind, id: object.id)
                try check(objects[key], key, expectedEtag)
                objects[key] = object
            case .delete(let kind, let id, let expectedEtag):
                let key = ObjectKey(kind: kind, id: id)
                try check(objects[key], key, expectedEtag)
                objects[key] = nil
            }
        }
        scopes[scope, default: ScopeState()].objects = objects
    }

    private func check(_ object: ControlObject?, _ key: ObjectKey, _ expectedEtag: String) throws(StorageError) {
        guard object?.etag == expectedEtag else {
            throw StorageError(.conflict, "\(key.kind) \(key.id) is not at version \(expectedEtag)")
        }
    }
}
