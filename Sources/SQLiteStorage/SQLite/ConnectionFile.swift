import CSQLite

/// A file that a connection has open, read and written below SQLite's pages and locks.
///
/// Codes are SQLite's results. It must not be used longer than the call of the connection that it was made for.
struct ConnectionFile {
    private let file: UnsafeMutablePointer<sqlite3_file>
    private let methods: sqlite3_io_methods

    init?(_ file: UnsafeMutablePointer<sqlite3_file>?) {
        guard let file, let methods = file.pointee.pMethods?.pointee else { return nil }
        self.file = file
        self.methods = methods
    }

    /// Bytes in the file; nil when the system does not tell.
    var size: Int64? {
        var size: sqlite3_int64 = 0
        return methods.xFileSize?(file, &size) == SQLITE_OK ? size : nil
    }

    /// Fills a buffer with what stands at a place.
    func read(into buffer: inout [UInt8], at place: Int64) -> Int32 {
        buffer.withUnsafeMutableBytes { methods.xRead?(file, $0.baseAddress, Int32($0.count), place) ?? SQLITE_IOERR }
    }

    /// Writes bytes at a place.
    func write(_ bytes: ArraySlice<UInt8>, at place: Int64) -> Int32 {
        bytes.withUnsafeBytes { methods.xWrite?(file, $0.baseAddress, Int32($0.count), place) ?? SQLITE_IOERR }
    }

    /// Has the system make durable what was written.
    func sync() -> Int32 {
        methods.xSync?(file, SQLITE_SYNC_NORMAL) ?? SQLITE_IOERR
    }

    /// The number of the system's last error with the file, 0 when there is none.
    var systemError: Int32 {
        var number: Int32 = 0
        _ = methods.xFileControl?(file, SQLITE_FCNTL_LAST_ERRNO, &number)
        return number
    }
}
