#if PostgreSQL
import ActivationCore
import ActivationEngine

/// A connection for reads that lock nothing.
final class ReaderDatabase {
    let connection: PostgresConnection
    let shared: SharedState

    init(_ options: PostgresOptions, _ shared: SharedState, name: String) throws(StorageError) {
        connection = try PostgresConnection(options, name: name)
        self.shared = shared
    }

    func rows(_ statement: PostgresStatement, _ values: PostgresValue...) throws(StorageError) -> PostgresRows {
        try connection.run(PostgresCall(statement, values))
    }

    /// Runs statements that see one state of the database.
    func inOneState(_ calls: [PostgresCall]) throws(StorageError) -> [PostgresRows] {
        let (begin, end) = (PostgresCall(PostgresStatements.beginReading), PostgresCall(PostgresStatements.commit))
        return Array(try connection.run([begin] + calls + [end]).dropFirst().dropLast())
    }

    /// The number of a dataflow; nil when it never had a record.
    func number(of dataflow: Dataflow.ID) throws(StorageError) -> PostgresValue? {
        let known = try shared.dataflow(dataflow) { calls throws(StorageError) in try connection.run(calls) }
        return known.map { .int4($0.number) }
    }

    // MARK: Profiles

    /// See ``Storage/dictionaries(scope:)``.
    func dictionaries(scope: Scope) throws(StorageError) -> StoredDictionaries {
        let number = PostgresValue.int4(try scope.number)
        var dictionaries = StoredDictionaries()
        // Paths first: a dataset or a path that comes meanwhile is read the next time.
        let paths = try rows(PostgresStatements.paths, number)
        for index in 0..<paths.count {
            let id = UInt32(bitPattern: try paths.int4(index, 0))
            let parent = UInt32(bitPattern: try paths.int4(index, 1))
            guard Int(id) == index + 1, parent < id else {
                throw StorageError(
                    .corrupt,
                    "path \(id) stands where it cannot; restore the database from a backup"
                )
            }
            dictionaries.paths.append(
                CommitPlan.PathWrite(
                    id: PathID(rawValue: id),
                    parent: PathID(rawValue: parent),
                    name: paths.bytes(index, 2)
                )
            )
        }
        let datasets = try rows(PostgresStatements.datasets, number)
        for index in 0..<datasets.count {
            let id: UInt16 = try datasets.converted(try datasets.int4(index, 0))
            guard Int(id) == index + 1 else {
                throw StorageError(
                    .corrupt,
                    "dataset \(id) stands where it cannot; restore the database from a backup"
                )
            }
            dictionaries.datasets.append(CommitPlan.DatasetWrite(id: id, name: try datasets.text(index, 1)))
        }
        return dictionaries
    }

    /// See ``Storage/admission(scope:)``.
    func admission(scope: Scope) throws(StorageError) -> AdmissionMark? {
        let row = try rows(PostgresStatements.admission, .int4(try scope.number))
        guard let instant = try row.optionalInt8(0, 0), let sequence = try row.optionalInt8(0, 1) else {
            return nil
        }
        let mark = AdmissionMark(
            instant: Timestamp(milliseconds: instant),
            sequence: AdmissionSequence(rawValue: sequence)
        )
        guard mark.instant.isPlausible, mark.sequence.isPlausible else {
            throw StorageError(
                .corrupt,
                "a scope has a mark that was never made; restore the database from a backup"
            )
        }
        return mark
    }

    /// See ``Storage/load(_:)``.
    func load(_ request: LoadRequest) throws(StorageError) -> LoadedState {
        let load = try ProfileLoad(request)
        for _ in 1..<ProfileLoad.readsMax {
            do throws(StorageError) {
                return try load.run(locking: false) { calls throws(StorageError) in try inOneState(calls) }
            } catch {
                guard error.code == .conflict else { throw error }
            }
        }
        return try load.run(locking: false) { calls throws(StorageError) in try inOneState(calls) }
    }

    /// See ``Storage/loadEvents(_:)``.
    func loadEvents(_ request: EventRequest) throws(StorageError) -> [LoadedEvents] {
        try EventLoad(request).run { calls throws(StorageError) in try connection.run(calls) }
    }

    /// See ``Storage/existingMarks(_:)``.
    func existingMarks(_ keys: [ResumeMark.Key]) throws(StorageError) -> Set<ResumeMark.Key> {
        try MarkLookup(keys, shared).run { calls throws(StorageError) in try connection.run(calls) }
    }

    /// See ``Storage/suppressions(of:scope:)``.
    func suppressions(of digests: [IdentityDigest], scope: Scope) throws(StorageError) -> [Suppression] {
        try SuppressionLookup(digests, scope).run { calls throws(StorageError) in try connection.run(calls) }
    }

    /// See ``Storage/profileRows(scope:after:limit:)``.
    func profileRows(scope: Scope, after row: Int64, limit: Int) throws(StorageError) -> [ProfileRow] {
        let found = try rows(
            PostgresStatements.scanProfileRows,
            .int4(try scope.number),
            .int8(row),
            .int8(Int64(max(limit, 0)))
        )
        var profiles: [ProfileRow] = []
        for index in 0..<found.count {
            profiles.append(
                ProfileRow(row: try found.int8(index, 0), id: Profile.ID(uuid: try found.uuid(index, 1)))
            )
        }
        return profiles
    }

    /// See ``Storage/profiles(scope:after:limit:)``.
    func profiles(scope: Scope, after row: Int64, limit: Int) throws(StorageError) -> [StoredProfile] {
        let found = try rows(
            PostgresStatements.scanProfiles,
            .int4(try scope.number),
            .int8(row),
            .int8(Int64(max(limit, 0)))
        )
        var profiles: [StoredProfile] = []
        for index in 0..<found.count { profiles.append(try found.profile(index)) }
        return profiles
    }

    /// See ``Storage/dueProfiles(scope:limit:)``.
    func dueProfiles(scope: Scope, limit: Int) throws(StorageError) -> [DueProfile] {
        let found = try rows(PostgresStatements.dueProfiles, .int4(try scope.number), .int8(Int64(max(limit, 0))))
        var profiles: [DueProfile] = []
        for index in 0..<found.count {
            profiles.append(
                DueProfile(
                    id: Profile.ID(uuid: try found.uuid(index, 0)),
                    due: Timestamp(milliseconds: try found.int8(index, 1))
                )
            )
        }
        return profiles
    }

    // MARK: Progress

    /// See ``Storage/backfillProgress(scope:)``.
    func backfillProgress(scope: Scope) throws(StorageError) -> [Backfill.ID: CommitPlan.BackfillProgress] {
        let found = try rows(PostgresStatements.backfills, .int4(try scope.number))
        var progress: [Backfill.ID: CommitPlan.BackfillProgress] = [:]
        for index in 0..<found.count {
            progress[Backfill.ID(uuid: try found.uuid(index, 0))] = CommitPlan.BackfillProgress(
                row: try found.int8(index, 1),
                records: try found.tally(index, 2),
                orderedAt: try found.optionalInt8(index, 3).map { Timestamp(milliseconds: $0) }
            )
        }
        return progress
    }

    /// See ``Storage/uploadProgress(scope:)``.
    func uploadProgress(scope: Scope) throws(StorageError) -> [UUIDBytes: CommitPlan.UploadProgress] {
        let found = try rows(PostgresStatements.uploads, .int4(try scope.number))
        var progress: [UUIDBytes: CommitPlan.UploadProgress] = [:]
        for index in 0..<found.count {
            progress[try found.uuid(index, 0)] = CommitPlan.UploadProgress(
                line: try found.tally(index, 1),
                accepted: try found.tally(index, 2),
                made: try found.tally(index, 3)
            )
        }
        return progress
    }
}
#endif
