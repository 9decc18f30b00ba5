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
        /// Tables of an earlier version, which lack what this program needs.
        case earlier(Int32)
        /// Tables with all that this program needs, which programs of an earlier version can use too.
        case unfinished(Int32)
        /// Tables of this program's version.
        case current
        /// Tables of a later version, which this program does not know.
        case later(Int32)

        /// Whether this program can use them.
        public var isUsable: Bool {
            switch self {
            case .unfinished, .current: true
            case .missing, .earlier, .later: false
            }
        }
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
        guard let found = try found() else { return .missing }
        if found.version > newest { return .later(found.version) }
        if found.version == newest { return .current }
        return found.reached < newest ? .earlier(found.version) : .unfinished(found.version)
    }

    /// Makes the tables, or has them get what this program needs.
    ///
    /// Steps that only add leave the version as it is, for programs from before them; ``finish(keeping:)`` raises it.
    ///
    /// - Parameter onlyBeside: Whether programs that are at work may not be disturbed: then it goes as far as steps only add.
    /// - Returns: How many steps were done.
    /// - Throws: `corrupt` when the tables are of a later version; `locked` when others hold them for long; what a step failed with.
    @discardableResult
    public func run(onlyBeside: Bool = false) throws(StorageError) -> Int {
        var (done, attempts) = (0, 0)
        while true {
            let found = try found() ?? Found()
            guard found.version <= newest else { throw Self.later(found.version, than: newest) }
            let due = steps.filter { $0.version > found.reached }
            guard let step = due.first, !onlyBeside || step.isBeside || found.version == 0 else { return done }
            // The tables are made in no time, and there are no others to be told of.
            if attempts == 0, found.version > 0 {
                options.reportProgress(
                    "schema \(options.schema): step \(step.version) of \(newest), to \(step.purpose)"
                )
            }
            do throws(StorageError) {
                let text = try found.version > 0 ? text(of: step, after: found.version) : wholeText()
                try connection.executeSchema(text, of: "step \(step.version) of the tables")
                (done, attempts) = (done + (found.version > 0 ? 1 : due.count), 0)
            } catch {
                let mayRepeat = connection.mayRepeat || isLostRace(error, found.version)
                // Somebody else may have done it at the same time.
                if let now = try? self.found(), now.reached > found.reached || now.version > found.version {
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

    /// Raises the version to this program's where the tables have all of it.
    ///
    /// No earlier program starts on them from then on, and processes of one that are at work can store nothing any more.
    ///
    /// - Parameter standard: Where the store of the default sandbox is, which knows what nodes run.
    /// - Throws: `conflict` when the tables lack something yet; `corrupt` when they are of a later version; `unavailable`.
    public func finish(nodesOf standard: PostgresOptions) throws(StorageError) {
        var attempts = 0
        while true {
            switch try state() {
            case .current: return
            case .later(let version): throw Self.later(version, than: newest)
            case .missing, .earlier:
                throw StorageError(
                    .conflict,
                    "schema \(options.schema) lacks what version \(newest) needs; run headwater migrate first"
                )
            case .unfinished(let version):
                let fence = PostgresSchema.fenceEarlier(than: newest, nodesIn: standard.quotedSchema)
                do throws(StorageError) {
                    try connection.executeSchema(
                        PostgresSchema.hold(version) + PostgresSchema.note(newest) + fence,
                        of: "the end of the upgrade"
                    )
                    return
                } catch {
                    // Somebody else may have done it, or this one, whose answer was lost.
                    guard error.code == .conflict || connection.mayRepeat, attempts < Self.attemptsMax else {
                        throw error
                    }
                    attempts += 1
                    usleep(Self.pause * 1_000)
                }
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

    /// How far the tables are.
    private struct Found {
        /// Their version, which programs of earlier versions cannot use.
        var version: Int32 = 0
        /// The last step that was done.
        var reached: Int32 = 0
    }

    /// How far the tables are; nil = there are none.
    private func found() throws(StorageError) -> Found? {
        guard try connection.run(PostgresCall(PostgresStatements.isThere)).bool(0, 0) else { return nil }
        let row = try connection.run(PostgresCall(PostgresStatements.cluster))
        guard row.count == 1 else {
            throw StorageError(.corrupt, "schema \(options.schema) does not say of which version it is")
        }
        let version = try row.int4(0, 0)
        guard version > 0 else {
            throw StorageError(.corrupt, "schema \(options.schema) is of version \(version), which there never was")
        }
        guard try connection.run(PostgresCall(PostgresStatements.hasAddedSteps)).bool(0, 0) else {
            return Found(version: version, reached: version)
        }
        let added = try connection.run(PostgresCall(PostgresStatements.addedSteps)).int4(0, 0)
        return Found(version: version, reached: max(version, added))
    }

    private static let wait = "SET LOCAL lock_timeout = '2s';\n"

    /// All tables, where there are none.
    private func wholeText() throws(StorageError) -> String {
        // Asked for only where there is none: it needs a right to the whole database.
        let names = try connection.run(PostgresCall(PostgresStatements.hasSchema, .text(options.schema)))
        let schema = try names.bool(0, 0) ? "" : "CREATE SCHEMA IF NOT EXISTS \(options.quotedSchema);\n"
        let version = min(options.newVersion ?? newest, newest)
        let added = steps.filter(\.isBeside)
        return Self.wait + schema + steps.map { $0.text + "\n;\n" }.joined() + PostgresSchema.note(version)
            + added.map { PostgresSchema.noteAdded($0.version) }.joined(separator: "\n")
    }

    private func text(of step: PostgresMigration, after version: Int32) -> String {
        let note = step.isBeside ? PostgresSchema.noteAdded(step.version) : PostgresSchema.note(step.version)
        return Self.wait + PostgresSchema.hold(version) + step.text + "\n;\n" + note
    }
}
#endif
