import ActivationCore
import ActivationEngine

extension WriterDatabase {
    /// See ``Storage/load(_:)``.
    func load(_ request: LoadRequest) throws(StorageError) -> LoadedState {
        try read { () throws(StorageError) in
            var loaded = LoadedState()
            let rows = try profileRows(request)
            var slots = try loadProfiles(rows, into: &loaded)
            loaded.identityProfiles = Array(slots.prefix(request.identities.count))
            slots.removeFirst(request.identities.count)
            try loadEvents(request, profiles: slots, into: &loaded)
            loaded.knownEvents.reserveCapacity(request.eventIDs.count)
            for wanted in request.eventIDs {
                guard let index = loaded.identityProfiles[wanted.identity] else {
                    loaded.knownEvents.append(false)
                    continue
                }
                statements.findEvent.bind(1, loaded.profiles[index].row)
                statements.findEvent.bind(2, bytesOf: wanted.id)
                loaded.knownEvents.append(try statements.findEvent.next())
                statements.findEvent.reset()
            }
            return loaded
        }
    }

    /// The row of each requested identity's profile, then of each requested profile; 0 = unknown.
    private func profileRows(_ request: LoadRequest) throws(StorageError) -> [Int64] {
        var rows: [Int64] = []
        rows.reserveCapacity(request.identities.count + request.profiles.count)
        let findIdentity = statements.findIdentity
        findIdentity.bind(1, request.scope.rawValue)
        for identity in request.identities {
            guard let namespace = tallies.namespaces[identity.namespace] else {
                rows.append(0)
                continue
            }
            findIdentity.bind(2, namespace)
            findIdentity.bind(3, bytesOf: identity.value)
            rows.append(try findIdentity.next() ? findIdentity.integer(0) : 0)
            findIdentity.reset()
        }
        for profile in request.profiles {
            rows.append(try row(of: profile, in: request.scope) ?? 0)
        }
        return rows
    }

    /// The row of a profile, or nil.
    func row(of profile: Profile.ID, in scope: Scope) throws(StorageError) -> Int64? {
        let findProfile = statements.findProfile
        findProfile.bind(1, scope.rawValue)
        findProfile.bind(2, profile.uuid)
        defer { findProfile.reset() }
        return try findProfile.next() ? findProfile.integer(0) : nil
    }

    /// Reads every row once, in the order in which they lie in the file, and says where each ended up.
    private func loadProfiles(_ rows: [Int64], into loaded: inout LoadedState) throws(StorageError) -> [Int?] {
        var slots = [Int?](repeating: nil, count: rows.count)
        var wanted: [(row: Int64, slot: Int)] = []
        wanted.reserveCapacity(rows.count)
        for (slot, row) in rows.enumerated() where row != 0 { wanted.append((row, slot)) }
        wanted.sort { $0.row < $1.row }
        loaded.profiles.reserveCapacity(wanted.count)
        let readProfile = statements.readProfile
        for (row, slot) in wanted {
            if loaded.profiles.last?.row != row {
                readProfile.bind(1, row)
                defer { readProfile.reset() }
                guard try readProfile.next() else { continue }
                loaded.profiles.append(
                    StoredProfile(
                        row: row,
                        id: Profile.ID(uuid: try readProfile.uuid(0)),
                        revision: readProfile.integer(1),
                        value: readProfile.bytes(2)
                    )
                )
            }
            slots[slot] = loaded.profiles.count - 1
        }
        return slots
    }

    private func loadEvents(
        _ request: LoadRequest,
        profiles: [Int?],
        into loaded: inout LoadedState
    ) throws(StorageError) {
        let needed =
            request.identitiesNeedingEvents.map { loaded.identityProfiles[$0] }
            + request.profilesNeedingEvents.map { profiles[$0] }
        for case let index? in needed where loaded.events[index] == nil {
            loaded.events[index] = try events(of: loaded.profiles[index].row)
        }
    }

    private func events(of profile: Int64) throws(StorageError) -> [LoadedState.Event] {
        var events: [LoadedState.Event] = []
        let readEvents = statements.readEvents
        readEvents.bind(1, profile)
        while try readEvents.next() {
            events.append(
                LoadedState.Event(
                    id: readEvents.text(0),
                    timestamp: Timestamp(milliseconds: readEvents.integer(1)),
                    body: readEvents.bytes(2)
                )
            )
        }
        // They lie in the order of their ids, so equal times need no second look.
        return events.enumerated()
            .sorted { ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset) }
            .map(\.element)
    }
}
