#if PostgreSQL
import ActivationCore
public import ActivationEngine
import StorageCommon

/// A storage in a PostgreSQL database (docs/operate/postgresql.md).
///
/// Each of its connections belongs to a thread of its own, since a call of libpq waits inside for the server.
public final class PostgresStorage: Sendable {
    /// Take batches: the transaction of each is open from begin to commit.
    let writers: WriterPool
    /// Claims and settles records, and makes all other changes.
    private let keeper: DatabaseActor<WriterDatabase>
    private let reader: DatabaseActor<ReaderDatabase>
    private let auditor: DatabaseActor<AuditorDatabase>
    private let idleWork: Task<Void, Never>
    private let reachWork: Task<Void, Never>?
    /// See ``SharedStorage/deciders``: as many as there are writers, whichever of those takes a batch.
    public let deciders: [Int16]
    /// See ``SharedStorage/formerReach``.
    public let formerReach: Int64?
    /// Whether nobody has used the store before.
    public let isNew: Bool

    /// Pauses between looks at what is too old.
    private static let idleInterval: Duration = .seconds(60)
    /// Pauses while there is more of it.
    private static let stepInterval: Duration = .milliseconds(200)
    /// Pauses between looks whether there are records that may not be claimed yet, while nobody claims any.
    private static let reachInterval: Duration = .milliseconds(250)

    /// How many batches a storage can take at a time.
    public static let writersMax = WriterNumbers.writersMax

    /// Opens the store in a database, or makes one.
    ///
    /// - Throws: `unavailable` when nobody answers; `notAStore`, `corrupt` or `io` when it cannot be used.
    public static func open(_ options: PostgresOptions) throws(StorageError) -> PostgresStorage {
        let holder = UUIDBytes(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
        guard WriterNumbers.nodes.contains(options.node) else {
            throw StorageError(
                .notAStore,
                "this node's number would be \(options.node), and a store in a database has nodes with numbers from 0 to "
                    + "\(WriterNumbers.nodes.upperBound): remove those that are gone from its table node"
            )
        }
        let numbers = WriterNumbers(node: options.node)
        let deciders = (0..<min(max(options.writers, 1), writersMax)).map { numbers.number(of: $0) }
        let rows = deciders.map { WriterNumbers.row(of: $0) }
        // Also those that only the process before used. In the order in which whoever claims locks them.
        let taken = ((options.leads ? [WriterNumbers.claimant] : []) + numbers.rows).sorted()
        let shared = try StoreOpening(options).open(writers: taken, for: holder)
        let writing = options.writesApart ? try StoreOpening(options).open(writers: [], for: holder) : shared
        var writers: [DatabaseActor<WriterDatabase>] = []
        for row in rows {
            let database = try WriterDatabase(options, writing, number: row, holder: holder, name: "headwater writer")
            writers.append(DatabaseActor(threadName: "postgres-writer", database: database))
        }
        return PostgresStorage(
            isNew: shared.withKnown { $0.admitted.isEmpty && $0.dataflows.isEmpty },
            deciders: deciders,
            formerReach: shared.formerReach,
            writers: WriterPool(writers),
            keeper: DatabaseActor(
                threadName: "postgres-keeper",
                database: try WriterDatabase(
                    options,
                    shared,
                    number: numbers.keeperRow,
                    holder: holder,
                    name: "headwater keeper"
                )
            ),
            reader: DatabaseActor(
                threadName: "postgres-reader",
                database: try ReaderDatabase(options, shared, name: "headwater reader")
            ),
            auditor: DatabaseActor(
                threadName: "postgres-auditor",
                database: try AuditorDatabase(options, shared, name: "headwater auditor")
            )
        )
    }

    private init(
        isNew: Bool,
        deciders: [Int16],
        formerReach: Int64?,
        writers: WriterPool,
        keeper: DatabaseActor<WriterDatabase>,
        reader: DatabaseActor<ReaderDatabase>,
        auditor: DatabaseActor<AuditorDatabase>
    ) {
        (self.writers, self.keeper, self.reader, self.auditor) = (writers, keeper, reader, auditor)
        (self.isNew, self.deciders, self.formerReach) = (isNew, deciders, formerReach)
        idleWork = Task { [weak keeper] in
            var pause = Self.idleInterval
            while (try? await Task.sleep(for: pause)) != nil, let keeper {
                // Whatever is in the way will be in the way of the next change too, which says so.
                let isDone = try? await keeper.perform { database throws(StorageError) in try database.forgetOld() }
                pause = isDone == false ? Self.stepInterval : Self.idleInterval
            }
        }
        // Whoever has a record taken back that is on its way, and then another one, is known by the second.
        reachWork = formerReach.map { _ in
            Task { [weak keeper] in
                while (try? await Task.sleep(for: Self.reachInterval)) != nil, let keeper {
                    _ = try? await keeper.perform { database throws(StorageError) in try database.noteReach() }
                }
            }
        }
    }

    deinit {
        idleWork.cancel()
        reachWork?.cancel()
    }

    /// Removes a store with everything in it; does nothing when there is none.
    ///
    /// - Throws: `unavailable` when nobody answers; `conflict` when somebody works in it.
    public static func erase(_ options: PostgresOptions) throws(StorageError) {
        let connection = try PostgresConnection(options, name: "headwater erase")
        try connection.executeSchema("DROP SCHEMA IF EXISTS \(options.quotedSchema) CASCADE")
    }

    /// Accepts a store that was put back to an earlier state, as the last step: it gets another name, by which no node misses what it
    /// acknowledged in the former one and none takes the former one for this; its version is this program's, since an earlier one knows nothing
    /// of restorations; and whatever is still at work in it can store nothing any more.
    ///
    /// - Parameters:
    ///   - options: Where the store is; its tables have what this program needs.
    ///   - number: What rises from restoration to restoration.
    /// - Throws: `unavailable` when nobody answers; the same once more does no harm.
    public static func acceptRestored(_ options: PostgresOptions, number: Int64) throws(StorageError) {
        let connection = try PostgresConnection(options, name: "headwater restore")
        try connection.repeating { () throws(StorageError) in
            let found = try connection.run(PostgresCall(PostgresStatements.cluster))
            guard found.count == 1 else {
                throw StorageError(.notAStore, "schema \(options.schema) of the database holds no store")
            }
            let name = StoreName.successor(of: try found.uuid(0, 1), number: number)
            try connection.executeSchema(
                PostgresSchema.fenceAll + PostgresSchema.note(PostgresMigration.newest)
                    + PostgresSchema.rename(to: name),
                of: "the acceptance of a restored store"
            )
        }
    }

    /// Ends all connections; later calls of anything else throw `closed`, and closing again does nothing.
    public func close() async throws(StorageError) {
        idleWork.cancel()
        reachWork?.cancel()
        try await auditor.close { _ throws(StorageError) in }
        try await reader.close { _ throws(StorageError) in }
        try await keeper.close { database throws(StorageError) in database.connection.disconnect() }
        try await writers.close()
    }

    /// The number of the server's process that takes batches, on the machine on which the server is.
    public func serverProcess() async throws(StorageError) -> Int32 {
        try await writers.alone { database throws(StorageError) in database.connection.serverProcess }
    }

    /// Makes a change beside batches.
    func keep<Value: Sendable>(
        _ work: @Sendable (WriterDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await keeper.perform { database throws(StorageError) in
            try database.connection.repeating { () throws(StorageError) in try work(database) }
        }
    }

    func read<Value: Sendable>(
        _ work: @Sendable (ReaderDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await reader.perform { database throws(StorageError) in
            try database.connection.repeating { () throws(StorageError) in try work(database) }
        }
    }

    func audit<Value: Sendable>(
        _ work: @Sendable (AuditorDatabase) throws(StorageError) -> Value
    ) async throws(StorageError) -> Value {
        try await auditor.perform(work)
    }
}
#endif
