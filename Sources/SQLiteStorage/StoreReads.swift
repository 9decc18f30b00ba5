import ActivationCore
import ActivationEngine
import StorageCommon

/// What a batch is loaded by: reads of single profiles, events and records, over one connection.
final class StoreReads {
    let connection: Connection
    let statements: WriterStatements
    /// Values that are not in the database, and where they stand.
    let files: ValueFiles
    let places: PlaceTable

    init(
        _ connection: Connection,
        _ statements: WriterStatements,
        _ files: ValueFiles,
        _ places: PlaceTable
    ) {
        (self.connection, self.statements, self.files, self.places) = (connection, statements, files, places)
    }

    /// Opens a connection of its own to a database that is there.
    convenience init(
        _ directory: DataDirectory,
        _ options: SQLiteStorageOptions,
        _ files: ValueFiles
    ) throws(StorageError) {
        let connection = try Connection(path: directory.databasePath, vfs: options.vfs)
        connection.waitForLocks(milliseconds: WriterDatabase.lockWait)
        try connection.execute(
            """
            PRAGMA query_only = ON;
            PRAGMA cache_size = -\(options.readsCacheBytes / 1024);
            PRAGMA temp_store = MEMORY;
            PRAGMA trusted_schema = OFF;
            """
        )
        self.init(connection, try WriterStatements(connection), files, try PlaceTable(connection))
    }

    /// Runs reads that belong together on one state of the database, without a lock per statement.
    func read<Value>(_ work: () throws(StorageError) -> Value) throws(StorageError) -> Value {
        try statements.begin.run()
        do throws(StorageError) {
            let value = try work()
            try statements.commit.run()
            return value
        } catch {
            // After some errors SQLite has rolled back by itself.
            if connection.isInTransaction { try statements.rollback.run() }
            throw error
        }
    }

    // MARK: Profiles

    /// The row of the profile that has an identity; 0 = nobody has it.
    func row(of identity: Identity, in scope: Scope, _ tallies: Tallies) throws(StorageError) -> Int64 {
        guard let namespace = tallies.namespaces[ByteKey(identity.namespace)] else { return 0 }
        let findIdentity = statements.findIdentity
        findIdentity.bind(1, scope.rawValue)
        findIdentity.bind(2, namespace)
        findIdentity.bind(3, bytesOf: identity.value)
        defer { findIdentity.reset() }
        return try findIdentity.next() ? findIdentity.integer(0) : 0
    }

    /// The row of a profile, or nil.
    func row(of profile: Profile.ID, in scope: Scope) throws(StorageError) -> Int64? {
        let findProfile = statements.findProfile
        findProfile.bind(1, scope.rawValue)
        findProfile.bind(2, profile.uuid)
        defer { findProfile.reset() }
        return try findProfile.next() ? findProfile.integer(0) : nil
    }

    /// Where the record of a row's profile stands in the value files; nil = nowhere.
    func place(of row: Int64) throws(StorageError) -> ValuePlace? {
        // A file is known before any state of the database names it.
        if files.isEmpty { return nil }
        return try places.place(of: row)
    }

    /// The profile in a row, or nil.
    func profile(in row: Int64) throws(StorageError) -> StoredProfile? {
        if let place = try place(of: row) { return try files.profile(in: row, at: place) }
        let readProfile = statements.readProfile
        readProfile.bind(1, row)
        defer { readProfile.reset() }
        guard try readProfile.next() else { return nil }
        return StoredProfile(
            row: row,
            id: Profile.ID(uuid: try readProfile.uuid(0)),
            revision: try readProfile.count(1),
            value: readProfile.bytes(2),
            due: readProfile.optionalInteger(3).map { Timestamp(milliseconds: $0) }
        )
    }

    /// Reads every row once, in the order in which they lie in the file, and says where each ended up.
    ///
    /// - Parameters:
    ///   - rows: The rows; 0 = none.
    ///   - bytesMax: Bytes of values that may be read.
    ///   - profile: Reads the profile in a row.
    ///   - profiles: Gets the profiles.
    /// - Returns: For each row the index of its profile, nil when there is none.
    /// - Throws: `tooLarge` when more would have to be read.
    static func loadProfiles(
        _ rows: [Int64],
        bytesMax: Int,
        by profile: (Int64) throws(StorageError) -> StoredProfile?,
        into profiles: inout [StoredProfile]
    ) throws(StorageError) -> [Int?] {
        var bytes = 0
        var slots = [Int?](repeating: nil, count: rows.count)
        var wanted: [(row: Int64, slot: Int)] = []
        wanted.reserveCapacity(rows.count)
        for (slot, row) in rows.enumerated() where row != 0 { wanted.append((row, slot)) }
        wanted.sort { $0.row < $1.row }
        profiles.reserveCapacity(wanted.count)
        for (row, slot) in wanted {
            if profiles.last?.row != row {
                guard let profile = try profile(row) else { continue }
                bytes += profile.value.count
                guard bytes <= bytesMax else { throw tooLarge("profiles", bytesMax) }
                profiles.append(profile)
            }
            slots[slot] = profiles.count - 1
        }
        return slots
    }

    // MARK: Suppressions and marks

    /// Entries of the suppression list.
    func suppressions(of digests: [IdentityDigest], scope: Scope) throws(StorageError) -> [Suppression] {
        try read { () throws(StorageError) in
            var suppressions: [Suppression] = []
            let findSuppression = statements.findSuppression
            findSuppression.bind(1, scope.rawValue)
            for digest in digests {
                findSuppression.bind(2, digest.bytes)
                if try findSuppression.next() { suppressions.append(try findSuppression.suppression()) }
                findSuppression.reset()
            }
            return suppressions
        }
    }

    /// Those of some marks that are still there.
    func existingMarks(_ keys: [ResumeMark.Key], _ tallies: Tallies) throws(StorageError) -> Set<ResumeMark.Key> {
        var existing = Set<ResumeMark.Key>()
        for key in keys {
            guard let tally = tallies.dataflows[key.dataflow], tally.hasMarks else { continue }
            let findMark = statements.findMark
            findMark.bind(1, tally.number)
            findMark.bind(2, key.profile.uuid)
            findMark.bind(3, key.mergePolicy.uuid)
            defer { findMark.reset() }
            if try findMark.next() { existing.insert(key) }
        }
        return existing
    }

    // MARK: Records

    /// What is entered of a row that leaves the outbox; nil when it has left.
    func leaving(
        _ row: Int64
    ) throws(StorageError) -> (profile: Profile.ID, revision: Int64, audiences: [Audience.ID])? {
        let statement = statements.leaveOutbox
        statement.bind(1, row)
        defer { statement.reset() }
        guard try statement.next() else { return nil }
        return (Profile.ID(uuid: try statement.uuid(0)), try statement.count(1), try statement.audiences(2))
    }

    /// What a statement says of a dataflow's rows.
    func outboxInteger(_ statement: Statement, ofDataflow number: Int64) throws(StorageError) -> Int64? {
        let range = RowSpace.outbox(ofDataflow: number)
        statement.bind(1, range.lowerBound)
        statement.bind(2, range.upperBound)
        defer { statement.reset() }
        return try statement.next() ? statement.integer(0) : nil
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
                if item.wantsEvents { answer.events = try events(of: item, bytes: &bytes, bytesMax: bytesMax) }
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
                guard bytes <= bytesMax else { throw Self.tooLarge("events", bytesMax) }
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

    func holds(_ profile: Int64, _ event: String) throws(StorageError) -> Bool {
        statements.findEvent.bind(1, profile)
        statements.findEvent.bind(2, bytesOf: event)
        defer { statements.findEvent.reset() }
        return try statements.findEvent.next()
    }

    static func tooLarge(_ what: String, _ bytesMax: Int) -> StorageError {
        StorageError(.tooLarge, "the \(what) hold more than \(bytesMax) bytes; ask for fewer")
    }
}
