#if PostgreSQL
import ActivationCore
import ActivationEngine
import StorageCommon

/// Finds a store in a database, or makes one, and reads what all connections know together.
struct StoreOpening {
    private let options: PostgresOptions
    private let connection: PostgresConnection

    init(_ options: PostgresOptions) throws(StorageError) {
        self.options = options
        connection = try PostgresConnection(options, name: "headwater open")
    }

    /// Opens, and takes the place of the process before.
    ///
    /// - Parameters:
    ///   - writers: The numbers of the writers' rows to take.
    ///   - holder: The process that takes them.
    /// - Returns: What is known of the store.
    /// - Throws: `notAStore` when there is none and none is to be made; `unavailable` when tables are of an earlier version that somebody else
    ///   is to bring to this one's; `corrupt` when a newer program made it; `io` when the server is
    ///   set so that what it acknowledges can be lost.
    func open(writers: [Int16], for holder: UUIDBytes) throws(StorageError) -> SharedState {
        guard try prepare(upgrades: options.leads) else {
            throw StorageError(
                .unavailable,
                "the tables are of an earlier version than this program's, and the node that leads brings them to it"
            )
        }
        let formerReach = try connection.repeating { () throws(StorageError) in try take(writers, for: holder) }
        // An upgrade that is being finished has taken away the rows of before, or will take these: it holds what is looked at.
        let version = try connection.run(PostgresCall(PostgresStatements.heldVersion)).int4(0, 0)
        guard version <= PostgresMigration.newest else {
            throw PostgresMigrator.later(version, than: PostgresMigration.newest)
        }
        let shared = try readShared(formerReach)
        try checkAcknowledged(of: shared.store)
        return shared
    }

    /// Takes rows of writers.
    ///
    /// - Returns: Up to where whoever claimed before may have records in hand, when that row is among them.
    private func take(_ writers: [Int16], for holder: UUIDBytes) throws(StorageError) -> Int64? {
        var calls = [PostgresCall(PostgresStatements.takeWriters, .int2s(writers), .uuid(holder))]
        if writers.contains(WriterNumbers.claimant) {
            calls.append(PostgresCall(PostgresStatements.takeReach, .int2(WriterNumbers.claimant)))
        }
        let answers = try connection.run(calls)
        return answers.count == 2 ? try answers[1].int8(0, 0) : nil
    }

    /// What a database had acknowledged must be there.
    private func checkAcknowledged(of store: UUIDBytes) throws(StorageError) {
        if options.witness?.stores.contains(where: { StoreName.isBefore(store, $0) }) == true {
            throw StorageError(
                .corrupt,
                "the database is in a state from before the last headwater restore-finish that this node has seen. Start on the database "
                    + "that was gone on with, or run headwater restore-finish again to go on with this one"
            )
        }
        for (writer, batch) in options.witness?.acknowledged(of: store) ?? [] {
            let found = try connection.run(PostgresCall(PostgresStatements.lastBatch, .int2(writer)))
            let stored = found.count == 0 ? 0 : try found.tally(0, 0)
            guard stored < batch else { continue }
            throw StorageError(
                .corrupt,
                "the database is without commit \(batch) of writer \(writer), which it had acknowledged; its last one is \(stored): a "
                    + "standby without it was promoted, or an older copy restored. Start on the database that has it, or run headwater "
                    + "restore-finish to accept the loss"
            )
        }
    }

    /// Makes the tables where there are none; nobody's place is taken.
    ///
    /// - Parameter upgrades: Whether tables of an earlier program get what this one needs, also what disturbs that one.
    /// - Returns: Whether this one can use them.
    /// - Throws: What ``open(writers:for:)`` throws.
    @discardableResult
    func prepare(upgrades: Bool) throws(StorageError) -> Bool {
        try checkSettings()
        let migrator = PostgresMigrator(connection, options)
        let state = try migrator.state()
        if !options.makesStore, state == .missing {
            throw StorageError(.notAStore, "schema \(options.schema) of the database holds no store")
        }
        if !options.changesTables, case .earlier = state { return false }
        try migrator.run(onlyBeside: !upgrades)
        return upgrades ? true : try migrator.state().isUsable
    }

    /// What is acknowledged must be there after a loss of power.
    private func checkSettings() throws(StorageError) {
        for (name, wanted) in [("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on")] {
            let found = try connection.run(PostgresCall(PostgresStatements.setting, .text(name))).text(0, 0)
            guard found == wanted else {
                throw StorageError(
                    .io,
                    "the database has \(name) = \(found), so that it may lose what it acknowledged; set it to \(wanted)"
                )
            }
        }
    }

    private func readShared(_ formerReach: Int64?) throws(StorageError) -> SharedState {
        let answers = try connection.run([
            PostgresCall(PostgresStatements.dataflows), PostgresCall(PostgresStatements.lastHours),
            PostgresCall(PostgresStatements.admitted), PostgresCall(PostgresStatements.cluster),
        ])
        guard answers.count == 4, answers[3].count == 1 else {
            throw StorageError(.io, "the database did not answer all that it was asked")
        }
        var known = SharedState.Known()
        for index in 0..<answers[0].count {
            try answers[0].dataflow(index, into: &known.dataflows)
        }
        for index in 0..<answers[1].count {
            known.lastHours[try answers[1].int4(index, 0)] = try answers[1].int8(index, 1)
        }
        for index in 0..<answers[2].count {
            known.admitted[Scope(rawValue: Int64(try answers[2].int4(index, 0)))] = Timestamp(
                milliseconds: try answers[2].int8(index, 1)
            )
        }
        return SharedState(known, of: try answers[3].uuid(0, 1), formerReach: formerReach)
    }
}
#endif
