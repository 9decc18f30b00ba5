#if PostgreSQL
public import ActivationCore
public import ActivationEngine
import StorageCommon

/// A store in a database as it is at one moment, looked at beside the server that may be at work in it.
///
/// Nothing is written, nobody is locked out, and no place of a server is taken. While one is kept, the database keeps what others
/// change meanwhile too, so it grows by that. Used by one thread at a time.
public final class PostgresSnapshot {
    /// What it is called in the server's list of connections.
    static let connectionName = "headwater doctor"
    /// What to do about damage that nothing else cures.
    static let restoreAdvice = "stop the server, keep the database as it is, and restore a backup into another one"

    let options: PostgresOptions
    let connection: PostgresConnection
    /// The state of the tables.
    public let state: PostgresMigrator.State

    /// Looks at a store.
    ///
    /// - Parameter options: Where it is.
    /// - Throws: `unavailable` when nobody answers; `corrupt` when the tables do not say of which version they are.
    public init(_ options: PostgresOptions) throws(StorageError) {
        self.options = options
        connection = try PostgresConnection(options, name: Self.connectionName, patience: nil)
        // Much of it is read from end to end, and between two pages a machine may be busy.
        try connection.executeSchema(
            """
            SET enable_seqscan = on; SET enable_hashjoin = on; SET enable_mergejoin = on;
            SET idle_in_transaction_session_timeout = '60s';
            """
        )
        _ = try connection.run(PostgresCall(PostgresStatements.beginReading))
        state = try PostgresMigrator(connection, options).state()
    }

    deinit { connection.rollBack() }

    /// Whether the tables are this program's, which all that is told of them needs.
    public var isOfThisVersion: Bool { state.isUsable }

    /// Whether there are tables whose configuration this program can read.
    public var hasConfiguration: Bool {
        switch state {
        case .current, .unfinished, .earlier: true
        case .missing, .later: false
        }
    }

    // MARK: Facts

    /// The latest instant that a message was given; nil when there was none.
    ///
    /// - Throws: `unavailable`, `io` or `corrupt` when it cannot be read.
    public func lastAdmission() throws(StorageError) -> Timestamp? {
        guard isOfThisVersion else { return nil }
        let marks = try rows(PostgresStatements.admitted)
        var last: Timestamp?
        for index in 0..<marks.count {
            let instant = Timestamp(milliseconds: try marks.int8(index, 1))
            guard instant.isPlausible else {
                throw StorageError(.corrupt, "a message was admitted when nothing can have been")
            }
            last = max(last ?? instant, instant)
        }
        return last
    }

    /// Whether identities are kept from coming again, for which their key is needed.
    ///
    /// - Throws: `unavailable`, `io` or `corrupt` when it cannot be read.
    public func hasSuppressions() throws(StorageError) -> Bool {
        guard isOfThisVersion else { return false }
        return try rows(PostgresStatements.hints, scope).bool(0, 0)
    }

    /// Uploads whose rows have begun to become members, by the database.
    ///
    /// - Throws: `unavailable`, `io` or `corrupt` when they cannot be read.
    public func uploadsBegun() throws(StorageError) -> Set<UUIDBytes> {
        guard isOfThisVersion else { return [] }
        let uploads = try rows(PostgresStatements.uploads, scope)
        var ids: Set<UUIDBytes> = []
        for index in 0..<uploads.count { ids.insert(try uploads.uuid(index, 0)) }
        return ids
    }

    /// The configuration's objects of one kind, oldest first.
    ///
    /// - Parameter kind: The kind, in its owner's word.
    /// - Returns: The objects.
    /// - Throws: `unavailable`, `io` or `corrupt` when they cannot be read.
    public func objects(ofKind kind: String) throws(StorageError) -> [ControlObject] {
        guard hasConfiguration else { return [] }
        let found = try rows(PostgresStatements.objects, scope, .text(kind))
        var objects: [ControlObject] = []
        for index in 0..<found.count { objects.append(try found.object(index)) }
        return objects
    }

    /// The names of the database's schemas that a sandbox's could be: this one's name, `_` and a UUID.
    ///
    /// - Throws: `unavailable` or `io` when they cannot be read.
    public func sandboxSchemas() throws(StorageError) -> [UUIDBytes: String] {
        let found = try rows(PostgresStatements.schemas)
        var schemas: [UUIDBytes: String] = [:]
        let prefix = options.schema + "_"
        for index in 0..<found.count {
            let name = try found.text(index, 0)
            guard name.hasPrefix(prefix), let id = UUIDBytes(String(name.dropFirst(prefix.count))) else { continue }
            schemas[id] = name
        }
        return schemas
    }

    // MARK: Reading

    /// The scope of everything, as rows have it.
    var scope: PostgresValue { .int4(scopeNumber) }
    var scopeNumber: Int32 { Int32(truncatingIfNeeded: Scope.production.rawValue) }

    /// Runs a statement; after one that failed, another moment begins.
    func rows(_ statement: PostgresStatement, _ values: PostgresValue...) throws(StorageError) -> PostgresRows {
        let call = PostgresCall(statement, values)
        if connection.isInTransaction { return try connection.run(call) }
        let answers = try connection.run([PostgresCall(PostgresStatements.beginReading), call])
        guard answers.count == 2 else {
            throw StorageError(.io, "the database did not answer all that it was asked")
        }
        return answers[1]
    }
}
#endif
