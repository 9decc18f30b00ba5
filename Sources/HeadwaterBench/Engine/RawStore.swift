import CSQLite
import Kinesis

/// The engine's baseline: the same rows read and written by a bare loop over SQLite, with nothing decided in between.
///
/// Per update: find the profile by identity, read a value of a kilobyte, write it back, and for six updates in ten put a
/// record into an outbox that is read and emptied after each commit. Settings are those of the storage.
final class RawStore {
    private var handle: OpaquePointer?
    private var statements: [OpaquePointer] = []
    private let profiles: Int
    private var commitsSinceCheckpoint = 0
    /// Bytes of the records that left the outbox.
    private(set) var drainedBytes = 0

    private static let valueBytes = 1_024
    private static let payloadBytes = 768
    private static let updatesPerCommit = 4_000
    /// 4,000 updates touch some 8,000 pages, and the storage's log holds 16,384.
    private static let commitsPerCheckpoint = 2

    /// Opens the file, and fills it when it does not hold so many profiles.
    init(path: String, profiles: Int, cacheBytes: Int) throws(BenchError) {
        self.profiles = profiles
        guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nil) == SQLITE_OK else {
            throw failure("opening \(path)")
        }
        try execute(
            """
            PRAGMA page_size = 4096; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
            PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -\(cacheBytes / 1024);
            CREATE TABLE IF NOT EXISTS profile (row INTEGER PRIMARY KEY, value BLOB NOT NULL);
            CREATE TABLE IF NOT EXISTS identity (value BLOB PRIMARY KEY, profile INTEGER NOT NULL) WITHOUT ROWID;
            CREATE TABLE IF NOT EXISTS outbox (row INTEGER PRIMARY KEY, payload BLOB NOT NULL);
            """
        )
        for sql in Self.sql { statements.append(try prepare(sql)) }
        try fill()
    }

    deinit {
        for statement in statements { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    /// Performs random updates.
    func update(count: Int, seed: UInt64) throws(BenchError) {
        var random = SplitMix64(seed: seed)
        var value = [UInt8](repeating: 0x61, count: Self.valueBytes)
        let payload = [UInt8](repeating: 0x62, count: Self.payloadBytes)
        for start in stride(from: 0, to: count, by: Self.updatesPerCommit) {
            try execute("BEGIN IMMEDIATE")
            for _ in start..<min(start + Self.updatesPerCommit, count) {
                let row = try find(Self.identity(random.below(profiles)))
                try read(row, into: &value)
                value[random.below(value.count)] = UInt8(truncatingIfNeeded: random.next())
                try write(.writeValue, value, row)
                if random.below(10) < 6 { try write(.addRecord, payload, nil) }
            }
            try drainOutbox()
            try execute("COMMIT")
            try checkpointIfDue()
        }
    }

    // MARK: Statements

    private enum Use: Int {
        case addProfile, addIdentity, find, read, writeValue, addRecord, readRecords, removeRecords
    }

    private static let sql = [
        "INSERT INTO profile (value, row) VALUES (?1, ?2)",
        "INSERT INTO identity (value, profile) VALUES (?1, ?2)",
        "SELECT profile FROM identity WHERE value = ?1",
        "SELECT value FROM profile WHERE row = ?1",
        "UPDATE profile SET value = ?1 WHERE row = ?2",
        "INSERT INTO outbox (payload, row) VALUES (?1, ?2)",
        "SELECT payload FROM outbox ORDER BY row",
        "DELETE FROM outbox",
    ]

    private func fill() throws(BenchError) {
        let count = try prepare("SELECT count(*) FROM profile")
        defer { sqlite3_finalize(count) }
        guard sqlite3_step(count) == SQLITE_ROW else { throw failure("counting profiles") }
        let present = Int(sqlite3_column_int64(count, 0))
        sqlite3_reset(count)
        guard present < profiles else { return }
        let value = [UInt8](repeating: 0x61, count: Self.valueBytes)
        for start in stride(from: present, to: profiles, by: 20_000) {
            try execute("BEGIN IMMEDIATE")
            for number in start..<min(start + 20_000, profiles) {
                try write(.addProfile, value, Int64(number) + 1)
                try write(.addIdentity, Self.identity(number), Int64(number) + 1)
            }
            try execute("COMMIT")
            try checkpoint()
        }
    }

    private static func identity(_ number: Int) -> [UInt8] { Array("customer-\(number)".utf8) }

    private func find(_ identity: [UInt8]) throws(BenchError) -> Int64 {
        let statement = statements[Use.find.rawValue]
        bind(statement, 1, identity)
        guard sqlite3_step(statement) == SQLITE_ROW else { throw failure("finding a profile") }
        let row = sqlite3_column_int64(statement, 0)
        sqlite3_reset(statement)
        return row
    }

    private func read(_ row: Int64, into value: inout [UInt8]) throws(BenchError) {
        let statement = statements[Use.read.rawValue]
        sqlite3_bind_int64(statement, 1, row)
        guard sqlite3_step(statement) == SQLITE_ROW else { throw failure("reading a profile") }
        let bytes = UnsafeRawBufferPointer(
            start: sqlite3_column_blob(statement, 0),
            count: Int(sqlite3_column_bytes(statement, 0))
        )
        value = Array(bytes)
        sqlite3_reset(statement)
    }

    private func write(_ use: Use, _ bytes: [UInt8], _ row: Int64?) throws(BenchError) {
        let statement = statements[use.rawValue]
        bind(statement, 1, bytes)
        if let row { sqlite3_bind_int64(statement, 2, row) } else { sqlite3_bind_null(statement, 2) }
        guard sqlite3_step(statement) == SQLITE_DONE else { throw failure("writing") }
        sqlite3_reset(statement)
    }

    /// Reads every record as a relay would, and removes it.
    private func drainOutbox() throws(BenchError) {
        let reading = statements[Use.readRecords.rawValue]
        while sqlite3_step(reading) == SQLITE_ROW { drainedBytes += Int(sqlite3_column_bytes(reading, 0)) }
        sqlite3_reset(reading)
        let removing = statements[Use.removeRecords.rawValue]
        guard sqlite3_step(removing) == SQLITE_DONE else { throw failure("emptying the outbox") }
        sqlite3_reset(removing)
    }

    /// Copies the log into the database once it is as long as the storage lets it become.
    private func checkpointIfDue() throws(BenchError) {
        commitsSinceCheckpoint += 1
        if commitsSinceCheckpoint >= Self.commitsPerCheckpoint { try checkpoint() }
    }

    private func checkpoint() throws(BenchError) {
        commitsSinceCheckpoint = 0
        guard sqlite3_wal_checkpoint_v2(handle, nil, SQLITE_CHECKPOINT_PASSIVE, nil, nil) == SQLITE_OK else {
            throw failure("copying the log")
        }
    }

    private func bind(_ statement: OpaquePointer, _ index: Int32, _ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { buffer in
            sqlite3_bind_blob(statement, index, buffer.baseAddress, Int32(buffer.count), Self.copied)
        }
    }

    /// Tells SQLite to copy what is bound; the C macro is a cast that Swift cannot import.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private func prepare(_ sql: String) throws(BenchError) -> OpaquePointer {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement else {
            throw failure("preparing \(sql)")
        }
        return statement
    }

    private func execute(_ sql: String) throws(BenchError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw failure(sql) }
    }

    private func failure(_ action: String) -> BenchError {
        BenchError(.unavailable, "the baseline failed while \(action): \(String(cString: sqlite3_errmsg(handle)))")
    }
}
