import ActivationCore
import ActivationEngine

extension WriterDatabase {
    /// See ``Storage/load(_:)``.
    func load(_ request: LoadRequest) throws(StorageError) -> LoadedState {
        try read { () throws(StorageError) in
            var loaded = LoadedState()
            let slots = try loadProfiles(try profileRows(request), bytesMax: request.bytesMax ?? .max, into: &loaded)
            loaded.hasMarks = tallies.hasMarks
            loaded.hasSuppressions = tallies.scopes[request.scope]?.hasSuppressions ?? false
            loaded.identityProfiles = Array(slots.prefix(request.identities.count))
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
            guard let namespace = tallies.namespaces[ByteKey(identity.namespace)] else {
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

    /// See ``Storage/profileRows(scope:after:limit:)``.
    func profileRows(scope: Scope, after row: Int64, limit: Int) throws(StorageError) -> [ProfileRow] {
        let range = RowSpace.profiles(ofScope: scope.rawValue)
        let scanProfiles = statements.scanProfiles
        scanProfiles.bind(1, max(range.lowerBound, row))
        scanProfiles.bind(2, range.upperBound)
        scanProfiles.bind(3, Int64(limit))
        defer { scanProfiles.reset() }
        var rows: [ProfileRow] = []
        while try scanProfiles.next() {
            rows.append(ProfileRow(row: scanProfiles.integer(0), id: Profile.ID(uuid: try scanProfiles.uuid(1))))
        }
        return rows
    }

    /// Reads every row once, in the order in which they lie in the file, and says where each ended up.
    private func loadProfiles(
        _ rows: [Int64],
        bytesMax: Int,
        into loaded: inout LoadedState
    ) throws(StorageError) -> [Int?] {
        var bytes = 0
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
                        revision: try readProfile.count(1),
                        value: readProfile.bytes(2),
                        due: readProfile.optionalInteger(3).map { Timestamp(milliseconds: $0) }
                    )
                )
                bytes += loaded.profiles.last?.value.count ?? 0
                guard bytes <= bytesMax else { throw tooLarge("profiles", bytesMax) }
            }
            slots[slot] = loaded.profiles.count - 1
        }
        return slots
    }

    // MARK: Events

    /// See ``Storage/loadEvents(_:)``.
    func loadEvents(_ request: EventRequest) throws(StorageError) -> [LoadedEvents] {
        let bytesMax = request.bytesMax ?? .max
        var bytes = 0
        return try read { () throws(StorageError) in
            var answers: [LoadedEvents] = []
            answers.reserveCapacity(request.items.count)
            for item in request.items {
                var answer = LoadedEvents()
                if item.extent != .none || !item.ranges.isEmpty || item.oldest > 0 {
                    answer.events = try events(of: item, bytes: &bytes, bytesMax: bytesMax)
                }
                answer.known.reserveCapacity(item.ids.count)
                for id in item.ids { answer.known.append(try holds(item.row, id)) }
                answers.append(answer)
            }
            return answers
        }
    }

    private func events(
        of item: EventRequest.Item,
        bytes: inout Int,
        bytesMax: Int
    ) throws(StorageError) -> [LoadedEvents.Event] {
        var events: [LoadedEvents.Event] = []
        func take(_ statement: Statement, hasBody: Bool) throws(StorageError) {
            while try statement.next() {
                let event = LoadedEvents.Event(
                    id: try statement.text(0),
                    timestamp: Timestamp(milliseconds: statement.integer(1)),
                    dataset: try statement.number(2),
                    body: hasBody ? statement.bytes(3) : []
                )
                bytes += event.id.utf8.count + event.body.count
                guard bytes <= bytesMax else { throw tooLarge("events", bytesMax) }
                events.append(event)
            }
        }
        func take(from: Int64, through: Int64, limit: Int64 = .max) throws(StorageError) {
            let readEvents = statements.readEvents
            readEvents.bind(1, item.row)
            readEvents.bind(2, from)
            readEvents.bind(3, through)
            readEvents.bind(4, limit)
            defer { readEvents.reset() }
            try take(readEvents, hasBody: true)
        }
        switch item.extent {
        case .whole: try take(from: .min, through: .max)
        case .index:
            statements.readEventIndex.bind(1, item.row)
            defer { statements.readEventIndex.reset() }
            try take(statements.readEventIndex, hasBody: false)
        case .none:
            for range in EventRange.union(item.ranges) {
                try take(from: range.from.milliseconds, through: range.through.milliseconds)
                guard range.includesNext, range.through.milliseconds < .max else { continue }
                try take(from: range.through.milliseconds + 1, through: .max, limit: 1)
            }
            if item.oldest > 0 { try take(from: .min, through: .max, limit: Int64(item.oldest)) }
            if item.ranges.count + item.oldest > 1 { events = LoadedEvents.distinct(events) }
        }
        return events
    }

    private func holds(_ profile: Int64, _ event: String) throws(StorageError) -> Bool {
        statements.findEvent.bind(1, profile)
        statements.findEvent.bind(2, bytesOf: event)
        defer { statements.findEvent.reset() }
        return try statements.findEvent.next()
    }

    private func tooLarge(_ what: String, _ bytesMax: Int) -> StorageError {
        StorageError(.tooLarge, "the \(what) hold more than \(bytesMax) bytes; ask for fewer")
    }
}
