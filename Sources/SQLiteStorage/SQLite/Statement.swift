import ActivationCore
import ActivationEngine
import CSQLite

/// A prepared statement, bound and stepped again and again.
///
/// Values are copied in by `bind` and out by the column getters, so no pointer of SQLite's leaves this file.
final class Statement {
    /// Tells SQLite to copy what is bound; the C macro is a cast that Swift cannot import.
    private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    private let handle: OpaquePointer
    /// Kept open for as long as the statement is in use.
    private let connection: Connection

    init(_ handle: OpaquePointer, of connection: Connection) {
        self.handle = handle
        self.connection = connection
    }

    deinit {
        sqlite3_finalize(handle)
    }

    // MARK: Parameters, counted from 1

    /// Sets a parameter to an integer.
    func bind(_ index: Int32, _ value: Int64) {
        check(sqlite3_bind_int64(handle, index, value))
    }

    /// Sets a parameter to an integer, or to nothing.
    func bind(_ index: Int32, _ value: Int64?) {
        if let value { bind(index, value) } else { check(sqlite3_bind_null(handle, index)) }
    }

    /// Sets a parameter to bytes.
    func bind(_ index: Int32, _ value: [UInt8]) {
        value.withUnsafeBytes { bytes in check(bind(index, bytes)) }
    }

    /// Sets a parameter to the bytes of a text, not to a text: they are compared and kept byte for byte.
    func bind(_ index: Int32, bytesOf value: String) {
        var value = value
        value.withUTF8 { bytes in check(bind(index, UnsafeRawBufferPointer(bytes))) }
    }

    /// Sets a parameter to a text, for SQLite's own use; what we store is bytes.
    func bind(_ index: Int32, text value: String) {
        check(sqlite3_bind_text(handle, index, value, -1, Self.copied))
    }

    /// Sets a parameter to the sixteen bytes of an id.
    func bind(_ index: Int32, _ value: UUIDBytes) {
        withUnsafeBytes(of: (value.high.bigEndian, value.low.bigEndian)) { bytes in check(bind(index, bytes)) }
    }

    private func bind(_ index: Int32, _ bytes: UnsafeRawBufferPointer) -> Int32 {
        // A null pointer would be taken for NULL; an empty array may have one.
        guard let start = bytes.baseAddress, !bytes.isEmpty else { return sqlite3_bind_zeroblob(handle, index, 0) }
        return sqlite3_bind_blob64(handle, index, start, UInt64(bytes.count), Self.copied)
    }

    private func check(_ code: Int32) {
        // Only a wrong index, a busy statement or more than a gigabyte gets here: our mistakes.
        precondition(code == SQLITE_OK, "binding failed with \(code)")
    }

    // MARK: Running

    /// Runs a statement that answers no rows and makes it ready for the next use.
    func run() throws(StorageError) {
        let code = sqlite3_step(handle)
        guard code == SQLITE_DONE || code == SQLITE_ROW else { throw failure(code) }
        sqlite3_reset(handle)
    }

    /// Goes to the next row; after the last one the statement is ready for the next use.
    func next() throws(StorageError) -> Bool {
        let code = sqlite3_step(handle)
        if code == SQLITE_ROW { return true }
        guard code == SQLITE_DONE else { throw failure(code) }
        sqlite3_reset(handle)
        return false
    }

    /// Leaves the rows that were not asked for.
    func reset() {
        sqlite3_reset(handle)
    }

    private func failure(_ code: Int32) -> StorageError {
        let error = connection.failure(code)
        sqlite3_reset(handle)
        return error
    }

    // MARK: Columns, counted from 0

    /// A column as an integer.
    func integer(_ index: Int32) -> Int64 {
        sqlite3_column_int64(handle, index)
    }

    /// A column as an integer, nil when it holds nothing.
    func optionalInteger(_ index: Int32) -> Int64? {
        isNull(index) ? nil : sqlite3_column_int64(handle, index)
    }

    /// Whether a column holds nothing.
    func isNull(_ index: Int32) -> Bool { sqlite3_column_type(handle, index) == SQLITE_NULL }

    /// Whether a column was stored as an integer.
    func isInteger(_ index: Int32) -> Bool { sqlite3_column_type(handle, index) == SQLITE_INTEGER }

    /// Whether a column was stored as bytes.
    func isBytes(_ index: Int32) -> Bool { sqlite3_column_type(handle, index) == SQLITE_BLOB }

    /// A column as an integer of some kind; one that is out of its range is damage.
    func number<Number: FixedWidthInteger>(_ index: Int32) throws(StorageError) -> Number {
        guard let number = Number(exactly: integer(index)) else {
            throw StorageError(.corrupt, "a stored number is out of its range; restore the database from a backup")
        }
        return number
    }

    /// A column as a count or a running number; one that nobody can have counted to is damage.
    func count(_ index: Int32) throws(StorageError) -> Int64 {
        let count = integer(index)
        guard (0...1 << 60).contains(count) else {
            throw StorageError(.corrupt, "a stored count is out of its range; restore the database from a backup")
        }
        return count
    }

    /// A column as bytes.
    func bytes(_ index: Int32) -> [UInt8] {
        Array(columnBytes(index))
    }

    /// A column's bytes as text; bytes that are not UTF-8 are damage.
    func text(_ index: Int32) throws(StorageError) -> String {
        guard let text = String(validating: columnBytes(index), as: UTF8.self) else {
            throw StorageError(.corrupt, "a stored text is not UTF-8; restore the database from a backup")
        }
        return text
    }

    /// A column as an id; a column that is not sixteen bytes long is damage.
    func uuid(_ index: Int32) throws(StorageError) -> UUIDBytes {
        let bytes = columnBytes(index)
        guard bytes.count == 16 else {
            throw StorageError(
                .corrupt,
                "a stored id has \(bytes.count) bytes where 16 belong; restore the database from a backup"
            )
        }
        return UUIDBytes(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    /// Valid until the next step or reset of the statement.
    private func columnBytes(_ index: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(handle, index)
        return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, index)))
    }
}
