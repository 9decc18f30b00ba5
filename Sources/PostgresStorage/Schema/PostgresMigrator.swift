#if PostgreSQL
import ActivationCore
public import ActivationEngine

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Brings the tables of one store to this program's version, without a server.
///
/// Each step is a transaction that holds the row with the version. So two processes that do it at the same time do each step once,
/// and a step that fails leaves the version before it.
public struct PostgresMigrator {
    /// What there is in the database.
    public enum State: Sendable, Hashable {
        /// No tables.
        case missing
        /// Tables of an earlier version.
        case earlier(Int32)
        /// Tables of this program's version.
        case current
        /// Tables of a later version, which this program does not know.
        case later(Int32)
    }

    private let options: PostgresOptions
    private let connection: PostgresConnection
    private let steps: [PostgresMigration]

    /// How often a step is tried while others hold what it needs.
    private static let attemptsMax = 5
    /// Milliseconds between two tries.
    private static let pause: UInt32 = 500

    /// Connects.
    ///
    /// - Throws: `unavailable` when nobody answers.
    public init(_ options: PostgresOptions) throws(StorageError) {
        try self.init(options, steps: PostgresMigration.all)
    }

    /// Connects, for other steps than this program's.
    package init(_ options: PostgresOptions, steps: [PostgresMigration]) throws(StorageError) {
        self.init(try PostgresConnection(options, name: "headwater migrate"), options, steps: steps)
    }

    /// Works on a connection that there is.
    init(
        _ connection: PostgresConnection,
        _ options: PostgresOptions,
        steps: [PostgresMigration] = PostgresMigration.all
    ) {
        (self.connection, self.options, self.steps) = (connection, options, steps)
    }

    /// The version of this program's tables.
    public static var programVersion: Int32 { PostgresMigration.newest }

    private var newest: Int32 { steps.last?.version ?? 0 }

    /// Looks, and changes nothing.
    ///
    /// - Throws: `corrupt` when the tables do not say of which version they are; `unavailable` when nobody answers.
    public func state() throws(StorageError) -> State {
        switch try version() {
        case nil: .missing
        case let version? where version < newest: .earlier(version)
        case let version? where version > newest: .later(version)
        default: .current
        }
    }

    /// Makes the tables, or brings them to the newest version.
    ///
    /// - Returns: How many steps were done.
    /// - Throws: `corrupt` when the tables are of a later version; `locked` when others hold them for long; what a step failed with.
    @discardableResult
    public func run() throws(StorageError) -> Int {
        var (done, attempts) = (0, 0)
        while true {
            let version = try version() ?? 0
            guard version <= newest else { throw Self.later(version, than: newest) }
            guard let step = steps.first(where: { $0.version > version }) else { return done }
            // The tables are made in no time, and there are no others to be told of.
            if attempts == 0, version > 0 || steps.count > 1 {
                options.reportProgress(
                    "schema \(options.schema): step \(step.version) of \(newest), to \(step.purpose)"
                )
            }
            do throws(StorageError) {
                let text = try text(of: step, after: version)
                try connection.executeSchema(text, of: "step \(step.version) of the tables")
                (done, attempts) = (done + 1, 0)
            } catch {
                let mayRepeat = connection.mayRepeat || isLostRace(error, version)
                // Somebody else may have done it at the same time.
                if let reached = try? self.version(), reached > version {
                    attempts = 0
                    continue
                }
                attempts += 1
                guard mayRepeat else { throw error }
                guard attempts < Self.attemptsMax else { throw inUse(error, step) }
                usleep(Self.pause * 1_000)
            }
        }
    }

    /// Who makes the same tables at the same time takes their names away.
    private func isLostRace(_ error: StorageError, _ version: Int32) -> Bool { version == 0 && error.code == .conflict }

    private func inUse(_ error: StorageError, _ step: PostgresMigration) -> StorageError {
        error.code == .conflict
            ? StorageError(
                .locked,
                "step \(step.version) of schema \(options.schema) waits for others that use its tables; nothing of it was done: try again, "
                    + "or stop the server first"
            ) : error
    }

    /// What is said of tables that a later program made.
    static func later(_ version: Int32, than known: Int32) -> StorageError {
        StorageError(
            .corrupt,
            "the database is of schema \(version) and this program knows up to \(known); use a newer one"
        )
    }

    /// The version of the tables; nil = there are none.
    private func version() throws(StorageError) -> Int32? {
        guard try connection.run(PostgresCall(PostgresStatements.isThere)).bool(0, 0) else { return nil }
        let row = try connection.run(PostgresCall(PostgresStatements.cluster))
        guard row.count == 1 else {
            throw StorageError(.corrupt, "schema \(options.schema) does not say of which version it is")
        }
        let version = try row.int4(0, 0)
        guard version > 0 else {
            throw StorageError(.corrupt, "schema \(options.schema) is of version \(version), which there never was")
        }
        return version
    }

    private func text(of step: PostgresMigration, after version: Int32) throws(StorageError) -> String {
        let wait = "SET LOCAL lock_timeout = '2s';\n"
        guard version > 0 else {
            // Asked for only where there is none: it needs a right to the whole database.
            let names = try connection.run(PostgresCall(PostgresStatements.hasSchema, .text(options.schema)))
            let isThere = try names.bool(0, 0)
            return wait + (isThere ? "" : "CREATE SCHEMA IF NOT EXISTS \(options.quotedSchema);\n") + step.text
        }
        return wait + PostgresSchema.hold(version) + step.text + "\n;\n" + PostgresSchema.note(step.version)
    }
}
#endif
