package import ActivationEngine

/// A store whose tables can be read row by row.
package protocol CopiedStore {
    /// Visits every row of a table.
    ///
    /// - Throws: `corrupt` when one cannot be read, and what `visit` throws.
    func forEachRow(
        of table: CopiedTable,
        _ visit: ([CopiedValue]) throws(StorageError) -> Void
    ) throws(StorageError)
}

/// A store that is being filled with the tables of another one.
package protocol CopyTarget: CopiedStore {
    /// Writes a row, now or with others.
    ///
    /// - Returns: The row as it has to be found there.
    /// - Throws: `corrupt` when it cannot be one; `full` or `unavailable` when it cannot be written.
    func add(_ row: [CopiedValue], to table: CopiedTable) throws(StorageError) -> [CopiedValue]
    /// Writes what waits of a table.
    func flush(_ table: CopiedTable) throws(StorageError)
}

/// A table that was copied, and found as it was written.
package struct TableCopy: Sendable {
    /// Its name.
    package let table: String
    /// What was found.
    package let digest: CopyDigest

    /// Copies a table and reads it back.
    ///
    /// - Parameters:
    ///   - table: The table.
    ///   - source: The store that has it.
    ///   - target: The store that gets it.
    ///   - progress: Told how many rows are written, or are compared.
    /// - Throws: `corrupt` when it is not found as it was written, and what the stores throw.
    package init(
        of table: CopiedTable,
        from source: some CopiedStore,
        to target: some CopyTarget,
        progress: (_ isComparing: Bool, _ rows: Int64) -> Void
    ) throws(StorageError) {
        var written = CopyDigest()
        try source.forEachRow(of: table) { row throws(StorageError) in
            written.add(try target.add(row, to: table))
            progress(false, written.count)
        }
        try target.flush(table)
        var found = CopyDigest()
        try target.forEachRow(of: table) { row throws(StorageError) in
            found.add(row)
            progress(true, found.count)
        }
        guard found == written else {
            throw StorageError(
                .corrupt,
                "\(written.count) rows of \(table.name) were written with the digest \(written.text), and \(found.count) with "
                    + "\(found.text) are found; nothing of the copy is kept"
            )
        }
        self.table = table.name
        digest = found
    }
}
