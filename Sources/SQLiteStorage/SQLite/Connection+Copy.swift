import ActivationEngine
import CSQLite

extension Connection {
    /// Copies all pages into another database, in steps, as this connection sees them now.
    ///
    /// Within a transaction that has read something the copy is of that state, whatever others write meanwhile.
    ///
    /// - Parameters:
    ///   - target: A new database; it belongs to this call until the end.
    ///   - pages: Pages of one step.
    ///   - step: Called after each with what is left and with all that there is, in pages.
    /// - Throws: What the files or `step` throw; the target holds nothing of use then.
    func copy(
        to target: Connection,
        pages: Int32,
        _ step: (_ left: Int64, _ total: Int64) throws(StorageError) -> Void
    ) throws(StorageError) {
        guard let copy = sqlite3_backup_init(target.handle, "main", handle, "main") else {
            throw target.failure(sqlite3_extended_errcode(target.handle))
        }
        var code = SQLITE_OK
        do throws(StorageError) {
            while code == SQLITE_OK {
                code = sqlite3_backup_step(copy, pages)
                guard code == SQLITE_OK || code == SQLITE_DONE else { break }
                try step(Int64(sqlite3_backup_remaining(copy)), Int64(sqlite3_backup_pagecount(copy)))
            }
        } catch {
            sqlite3_backup_finish(copy)
            throw error
        }
        let end = sqlite3_backup_finish(copy)
        guard code == SQLITE_DONE, end == SQLITE_OK else { throw target.failure(code == SQLITE_DONE ? end : code) }
    }
}
