import ActivationCore
import ActivationEngine

/// A second connection for reads that may take a while and need no warm cache: scans, lists, copies.
///
/// Every answer is bounded by its caller, so that no read keeps the write-ahead log from starting over for long.
final class ReaderDatabase {
    let connection: Connection
    /// Values that are not in the database, and where they stand.
    private let files: ValueFiles
    private let places: PlaceTable
    let ledgerRuns: LedgerRuns
    private let databasePath: String
    private let vfs: String?
    private let readPaths: Statement
    private let readDatasets: Statement
    private let scanProfiles: Statement
    private let readDue: Statement
    private let readMembers: Statement
    private let readMember: Statement
    let readMemberHours: Statement
    let readMemberChanges: Statement
    private let readBackfills: Statement
    private let readUploads: Statement
    private let countMarks: Statement
    private let readHours: Statement
    let readAudienceHours: Statement
    let readAudienceBooks: Statement
    private let readDeadLetters: Statement
    private let countDeadLetters: Statement
    private let findOldDeadLetters: Statement
    private let readObjects: Statement
    private let readObject: Statement

    /// Opens a database that the writer has brought up to date.
    init(
        _ directory: DataDirectory,
        _ options: SQLiteStorageOptions,
        _ files: ValueFiles
    ) throws(StorageError) {
        (databasePath, vfs, self.files) = (directory.databasePath, options.vfs, files)
        connection = try Connection(path: databasePath, vfs: vfs)
        connection.waitForLocks(milliseconds: 5_000)
        try connection.execute(
            """
            PRAGMA query_only = ON;
            PRAGMA cache_size = -4096;
            PRAGMA trusted_schema = OFF;
            """
        )
        places = try PlaceTable(connection)
        ledgerRuns = try LedgerRuns(connection)
        readPaths = try connection.prepare("SELECT id, parent, name FROM path WHERE scope = ?1 ORDER BY id")
        readDatasets = try connection.prepare("SELECT id, name FROM dataset WHERE scope = ?1 ORDER BY id")
        scanProfiles = try connection.prepare(
            """
            SELECT row, id, revision, value, due FROM profile WHERE row > ?1 AND row <= ?2 ORDER BY row LIMIT ?3
            """
        )
        readDue = try connection.prepare(
            """
            SELECT id, due FROM profile INDEXED BY profile_due
            WHERE scope = ?1 AND due IS NOT NULL ORDER BY due, row LIMIT ?2
            """
        )
        readMembers = try connection.prepare("SELECT id, entered, exited FROM audience WHERE scope = ?1")
        readMember = try connection.prepare("SELECT entered, exited FROM audience WHERE scope = ?1 AND id = ?2")
        readMemberHours = try connection.prepare(Self.memberHours)
        readMemberChanges = try connection.prepare(Self.memberChanges)
        readBackfills = try connection.prepare("SELECT id, profile, records, ordered_at FROM backfill WHERE scope = ?1")
        readUploads = try connection.prepare("SELECT id, line, accepted, made FROM upload WHERE scope = ?1")
        countMarks = try connection.prepare(
            "SELECT count(*) FROM resume_mark WHERE dataflow = (SELECT number FROM dataflow WHERE id = ?1)"
        )
        // The books of now as an hour without a number, which comes last.
        readHours = try connection.prepare(
            """
            SELECT hour, \(Statement.counterColumns)
            FROM dataflow_hour WHERE dataflow = (SELECT number FROM dataflow WHERE id = ?1) AND hour >= ?2
            UNION ALL
            SELECT NULL, \(Statement.counterColumns)
            FROM dataflow WHERE id = ?1
            ORDER BY 1 NULLS LAST
            """
        )
        readAudienceHours = try connection.prepare(
            """
            SELECT audience, \(Statement.counterColumns), hour FROM dataflow_audience_hour
            WHERE dataflow = (SELECT number FROM dataflow WHERE id = ?1) AND hour >= ?2 ORDER BY hour, audience
            """
        )
        readAudienceBooks = try connection.prepare(
            """
            SELECT audience, \(Statement.counterColumns) FROM dataflow_audience
            WHERE dataflow = (SELECT number FROM dataflow WHERE id = ?1)
            """
        )
        countDeadLetters = try connection.prepare(
            """
            SELECT code, count(*), min(parked_at), max(parked_at) FROM dead_letter INDEXED BY dead_letter_cause
            WHERE row BETWEEN (SELECT number FROM dataflow WHERE id = ?1) << \(RowSpace.outboxBits)
                AND ((SELECT number + 1 FROM dataflow WHERE id = ?1) << \(RowSpace.outboxBits)) - 1
            GROUP BY code ORDER BY 2 DESC, 1
            """
        )
        findOldDeadLetters = try connection.prepare(
            """
            SELECT row FROM dead_letter INDEXED BY dead_letter_cause
            WHERE code = ?2 AND parked_at < ?3
                AND row BETWEEN (SELECT number FROM dataflow WHERE id = ?1) << \(RowSpace.outboxBits)
                AND ((SELECT number + 1 FROM dataflow WHERE id = ?1) << \(RowSpace.outboxBits)) - 1
            ORDER BY parked_at, row LIMIT ?4
            """
        )
        readDeadLetters = try connection.prepare(
            """
            SELECT row, profile, merge_policy, revision, reasons, admitted_at, partition_key, payload,
                lane, audiences, code, message, parked_at
            FROM dead_letter
            WHERE row > max((SELECT number FROM dataflow WHERE id = ?1) << \(RowSpace.outboxBits), ?3)
                AND row < (SELECT number + 1 FROM dataflow WHERE id = ?1) << \(RowSpace.outboxBits)
                AND (?4 IS NULL OR code = ?4)
            ORDER BY row LIMIT ?2
            """
        )
        readObjects = try connection.prepare(
            """
            SELECT kind, id, etag, created_at, updated_at, body FROM control_object
            WHERE scope = ?1 AND kind = ?2 ORDER BY created_at, id
            """
        )
        readObject = try connection.prepare(
            """
            SELECT kind, id, etag, created_at, updated_at, body FROM control_object
            WHERE scope = ?1 AND kind = ?2 AND id = ?3
            """
        )
    }

    // MARK: Data plane

    /// See ``Storage/dictionaries(scope:)``.
    func dictionaries(scope: Scope) throws(StorageError) -> StoredDictionaries {
        var dictionaries = StoredDictionaries()
        readPaths.bind(1, scope.rawValue)
        defer { readPaths.reset() }
        while try readPaths.next() {
            let id: UInt32 = try readPaths.number(0)
            let parent: UInt32 = try readPaths.number(1)
            guard Int(id) == dictionaries.paths.count + 1, parent < id else {
                throw StorageError(.corrupt, "path \(id) stands where it cannot; restore the database from a backup")
            }
            dictionaries.paths.append(
                CommitPlan.PathWrite(
                    id: PathID(rawValue: id),
                    parent: PathID(rawValue: parent),
                    name: readPaths.bytes(2)
                )
            )
        }
        readDatasets.bind(1, scope.rawValue)
        defer { readDatasets.reset() }
        while try readDatasets.next() {
            let id: UInt16 = try readDatasets.number(0)
            guard Int(id) == dictionaries.datasets.count + 1 else {
                throw StorageError(.corrupt, "dataset \(id) stands where it cannot; restore the database from a backup")
            }
            dictionaries.datasets.append(CommitPlan.DatasetWrite(id: id, name: try readDatasets.text(1)))
        }
        return dictionaries
    }

    /// See ``Storage/profiles(scope:after:limit:)``.
    func profiles(scope: Scope, after row: Int64, limit: Int) throws(StorageError) -> [StoredProfile] {
        let range = RowSpace.profiles(ofScope: scope.rawValue)
        scanProfiles.bind(1, max(range.lowerBound, row))
        scanProfiles.bind(2, range.upperBound)
        scanProfiles.bind(3, Int64(limit))
        defer { scanProfiles.reset() }
        var profiles: [StoredProfile] = []
        while try scanProfiles.next() { profiles.append(try scanProfiles.profile(places, files)) }
        return profiles
    }

    /// See ``Storage/dueProfiles(scope:limit:)``.
    func dueProfiles(scope: Scope, limit: Int) throws(StorageError) -> [DueProfile] {
        readDue.bind(1, scope.rawValue)
        readDue.bind(2, Int64(limit))
        defer { readDue.reset() }
        var profiles: [DueProfile] = []
        while try readDue.next() {
            profiles.append(
                DueProfile(
                    id: Profile.ID(uuid: try readDue.uuid(0)),
                    due: Timestamp(milliseconds: readDue.integer(1))
                )
            )
        }
        return profiles
    }

    /// See ``Storage/memberCount(of:scope:)``.
    func memberCount(of audience: Audience.ID, scope: Scope) throws(StorageError) -> Int64 {
        readMember.bind(1, scope.rawValue)
        readMember.bind(2, audience.uuid)
        defer { readMember.reset() }
        return try readMember.next() ? try readMember.memberCounters(0).members : 0
    }

    /// See ``Storage/memberCounts(scope:)``.
    func memberCounts(scope: Scope) throws(StorageError) -> [Audience.ID: Int64] {
        var counts: [Audience.ID: Int64] = [:]
        readMembers.bind(1, scope.rawValue)
        defer { readMembers.reset() }
        while try readMembers.next() {
            counts[Audience.ID(uuid: try readMembers.uuid(0))] = try readMembers.memberCounters(1).members
        }
        return counts
    }

    /// See ``Storage/backfillProgress(scope:)``.
    func backfillProgress(scope: Scope) throws(StorageError) -> [Backfill.ID: CommitPlan.BackfillProgress] {
        var progress: [Backfill.ID: CommitPlan.BackfillProgress] = [:]
        readBackfills.bind(1, scope.rawValue)
        defer { readBackfills.reset() }
        while try readBackfills.next() {
            progress[Backfill.ID(uuid: try readBackfills.uuid(0))] = CommitPlan.BackfillProgress(
                row: readBackfills.integer(1),
                records: try readBackfills.count(2),
                orderedAt: readBackfills.optionalInteger(3).map { Timestamp(milliseconds: $0) }
            )
        }
        return progress
    }

    /// See ``Storage/uploadProgress(scope:)``.
    func uploadProgress(scope: Scope) throws(StorageError) -> [UUIDBytes: CommitPlan.UploadProgress] {
        var progress: [UUIDBytes: CommitPlan.UploadProgress] = [:]
        readUploads.bind(1, scope.rawValue)
        defer { readUploads.reset() }
        while try readUploads.next() {
            progress[try readUploads.uuid(0)] = CommitPlan.UploadProgress(
                line: try readUploads.count(1),
                accepted: try readUploads.count(2),
                made: try readUploads.count(3)
            )
        }
        return progress
    }

    /// See ``Storage/markCount(dataflow:)``.
    func markCount(dataflow: Dataflow.ID) throws(StorageError) -> Int {
        countMarks.bind(1, dataflow.uuid)
        defer { countMarks.reset() }
        return try countMarks.next() ? Int(countMarks.integer(0)) : 0
    }

    /// See ``Storage/bookedHours(dataflow:)`` and ``Storage/bookedHours(of:since:)``.
    func bookedHours(dataflow: Dataflow.ID, from first: Int64 = .min) throws(StorageError) -> [BookedHour] {
        readHours.bind(1, dataflow.uuid)
        readHours.bind(2, first)
        defer { readHours.reset() }
        var openings: [(number: Int64, books: DataflowCounters)] = []
        while try readHours.next() {
            let books = try readHours.counters(from: 1)
            guard let number = readHours.optionalInteger(0) else { return BookedHour.hours(from: openings, to: books) }
            openings.append((number, books))
        }
        return []
    }

    /// See ``Storage/deadLetters(dataflow:code:after:limit:)``.
    func deadLetters(
        dataflow: Dataflow.ID,
        code: String?,
        after row: Int64,
        limit: Int
    ) throws(StorageError) -> [DeadLetter] {
        readDeadLetters.bind(1, dataflow.uuid)
        readDeadLetters.bind(2, Int64(limit))
        readDeadLetters.bind(3, row)
        if let code { readDeadLetters.bind(4, bytesOf: code) } else { readDeadLetters.bind(4, nil) }
        defer { readDeadLetters.reset() }
        var letters: [DeadLetter] = []
        while try readDeadLetters.next() {
            letters.append(
                DeadLetter(
                    record: try readDeadLetters.outboxRow(of: dataflow),
                    code: try readDeadLetters.text(10),
                    message: try readDeadLetters.text(11),
                    parkedAt: Timestamp(milliseconds: readDeadLetters.integer(12))
                )
            )
        }
        return letters
    }

    /// See ``Storage/deadLetterRows(dataflow:code:parkedBefore:limit:)``.
    func deadLetterRows(
        dataflow: Dataflow.ID,
        code: String,
        parkedBefore instant: Timestamp,
        limit: Int
    ) throws(StorageError) -> [Int64] {
        findOldDeadLetters.bind(1, dataflow.uuid)
        findOldDeadLetters.bind(2, bytesOf: code)
        findOldDeadLetters.bind(3, instant.milliseconds)
        findOldDeadLetters.bind(4, Int64(max(limit, 0)))
        defer { findOldDeadLetters.reset() }
        var rows: [Int64] = []
        while try findOldDeadLetters.next() { rows.append(findOldDeadLetters.integer(0)) }
        return rows
    }

    /// See ``Storage/deadLetterCauses(dataflow:)``.
    func deadLetterCauses(dataflow: Dataflow.ID) throws(StorageError) -> [DeadLetterCause] {
        countDeadLetters.bind(1, dataflow.uuid)
        defer { countDeadLetters.reset() }
        var causes: [DeadLetterCause] = []
        while try countDeadLetters.next() {
            causes.append(
                DeadLetterCause(
                    code: try countDeadLetters.text(0),
                    count: Int(try countDeadLetters.count(1)),
                    firstParkedAt: Timestamp(milliseconds: countDeadLetters.integer(2)),
                    lastParkedAt: Timestamp(milliseconds: countDeadLetters.integer(3))
                )
            )
        }
        return causes
    }

    /// See ``SQLiteStorage/backup(to:)``.
    func backup(to path: String) throws(StorageError) {
        let moment = try Moment(of: databasePath, vfs: vfs, log: nil, values: files.volume)
        try StoreSnapshot(moment).copy(to: path) { _, _ in }
        do throws(StorageError) {
            try DataDirectory.synchronize(DataDirectory.parent(of: path))
        } catch {
            DataDirectory.remove(path)
            throw error
        }
    }

    // MARK: Control plane

    /// See ``ControlStore/objects(kind:scope:)``.
    func objects(kind: String, scope: Scope) throws(StorageError) -> [ControlObject] {
        readObjects.bind(1, scope.rawValue)
        readObjects.bind(2, bytesOf: kind)
        defer { readObjects.reset() }
        var objects: [ControlObject] = []
        while try readObjects.next() { objects.append(try controlObject(readObjects)) }
        return objects
    }

    /// See ``ControlStore/object(kind:id:scope:)``.
    func object(kind: String, id: String, scope: Scope) throws(StorageError) -> ControlObject? {
        readObject.bind(1, scope.rawValue)
        readObject.bind(2, bytesOf: kind)
        readObject.bind(3, bytesOf: id)
        defer { readObject.reset() }
        return try readObject.next() ? try controlObject(readObject) : nil
    }

    private func controlObject(_ row: Statement) throws(StorageError) -> ControlObject {
        ControlObject(
            kind: try row.text(0),
            id: try row.text(1),
            etag: try row.text(2),
            createdAt: Timestamp(milliseconds: row.integer(3)),
            updatedAt: Timestamp(milliseconds: row.integer(4)),
            body: row.bytes(5)
        )
    }
}
