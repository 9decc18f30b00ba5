import ActivationCore
import ActivationEngine
import SQLiteStorage

/// Makes a data directory of a backup, after it was seen that all of the backup is there and unchanged.
struct BackupReader {
    /// The backup.
    let backup: String
    let manifest: BackupManifest

    /// What is known when a backup was restored.
    struct Outcome {
        var manifest: BackupManifest
        /// Whether the books of every dataflow were compared with its rows; not for the schema of an older program.
        var areBooksChecked: Bool
    }

    /// Reads what the backup holds.
    init(_ backup: String) throws(CommandFailure) {
        self.backup = backup
        manifest = try BackupManifest(ofBackup: backup)
    }

    /// Compares every file with what the manifest says of it.
    ///
    /// - Parameter progress: Told how many bytes of how many were read.
    /// - Throws: ``CommandFailure`` naming the first file that is not what was written.
    func verify(progress: (_ bytes: Int64, _ total: Int64) -> Void) throws(CommandFailure) {
        guard manifest.files.contains(where: { $0.path == BackupContents.database }) else {
            throw CommandFailure(.badInput, "\(backup) holds no database; take another backup")
        }
        var done: Int64 = 0
        for file in manifest.files {
            let found = try PrivateTree.digest(of: "\(backup)/\(file.path)")
            try compare(found, file)
            done += file.bytes
            progress(done, manifest.bytes)
        }
    }

    private func compare(
        _ found: (bytes: Int64, digest: String)?,
        _ file: BackupManifest.File
    ) throws(CommandFailure) {
        guard let found else {
            throw CommandFailure(.badInput, "\(backup)/\(file.path) is missing; take another backup")
        }
        guard found.bytes == file.bytes, found.digest == file.digest else {
            throw CommandFailure(
                .badInput,
                "\(backup)/\(file.path) is not what was written (\(found.bytes) bytes, the manifest says \(file.bytes)"
                    + "\(found.bytes == file.bytes ? ", with another checksum" : "")); take another backup"
            )
        }
    }

    /// Fills a directory, and checks what stands there then.
    ///
    /// - Parameters:
    ///   - directory: A new directory, or an empty one.
    ///   - progress: Told how many bytes of how many were written.
    /// - Returns: What was restored.
    /// - Throws: ``CommandFailure`` when the directory is not empty, there is no room, or the books do not balance; the
    ///   directory is no server's then.
    func restore(
        to directory: String,
        progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(CommandFailure) -> Outcome {
        let restoration: StoreRestoration
        do throws(StorageError) {
            restoration = try StoreRestoration(directory: directory)
        } catch {
            throw CommandFailure(error)
        }
        do throws(CommandFailure) {
            try copyFiles(to: restoration, progress)
            var areBooksChecked = try check(restoration.databasePath, manifest.store, backup)
            for sandbox in manifest.sandboxes {
                let database = "\(restoration.directory)/\(sandbox.place)/\(BackupContents.database)"
                let isChecked = try check(database, sandbox.store, "\(backup), sandbox \(sandbox.name),")
                areBooksChecked = areBooksChecked && isChecked
            }
            try complete(restoration)
            return Outcome(manifest: manifest, areBooksChecked: areBooksChecked)
        } catch {
            restoration.abandon()
            throw error
        }
    }

    private func complete(_ restoration: StoreRestoration) throws(CommandFailure) {
        do throws(StorageError) {
            for sandbox in manifest.sandboxes {
                try restoration.note(transactions: sandbox.store.transactions, in: sandbox.place)
            }
            try restoration.complete(transactions: manifest.store.transactions)
        } catch {
            throw CommandFailure(error)
        }
    }

    private func copyFiles(
        to restoration: StoreRestoration,
        _ progress: (_ bytes: Int64, _ total: Int64) -> Void
    ) throws(CommandFailure) {
        var done: Int64 = 0
        var directories: Set<String> = []
        for file in manifest.files {
            var target = "\(restoration.directory)/\(file.path)"
            if file.path == BackupContents.database {
                target = restoration.databasePath
            } else {
                for directory in BackupReader.directories(of: file.path) where directories.insert(directory).inserted {
                    try PrivateTree.make("\(restoration.directory)/\(directory)")
                }
            }
            try compare(try PrivateTree.copy("\(backup)/\(file.path)", to: target), file)
            done += file.bytes
            progress(done, manifest.bytes)
        }
        for directory in directories { try PrivateTree.synchronize("\(restoration.directory)/\(directory)") }
    }

    private static func directories(of path: String) -> [String] {
        path.indices.filter { path[$0] == "/" }.map { String(path[..<$0]) }
    }

    /// Whether a database is whole, is the one of the manifest, and its books balance.
    ///
    /// - Returns: Whether its books were compared.
    private func check(_ path: String, _ store: BackupStore, _ what: String) throws(CommandFailure) -> Bool {
        do throws(StorageError) {
            let snapshot = try StoreSnapshot(database: path)
            let faults = try snapshot.pageFaults(isThorough: false)
            guard faults == 0 else {
                throw StorageError(
                    .corrupt,
                    "the database of \(what) was damaged when it was copied; restore another backup"
                )
            }
            guard snapshot.schema == store.schema, snapshot.transactions == store.transactions else {
                throw StorageError(
                    .corrupt,
                    "the database of \(what) is not that of its manifest; take another backup"
                )
            }
            guard snapshot.isOfThisVersion else { return false }
            let accounts = try snapshot.accounts()
            if let wrong = accounts.first(where: { !$0.isBalanced }) {
                throw StorageError(.corrupt, "\(what): \(wrong.imbalance)")
            }
            guard store.accounts == accounts.map(BackupAccount.init) else {
                throw StorageError(
                    .corrupt,
                    "the books of \(what) are not those of its manifest; take another backup"
                )
            }
            return true
        } catch {
            throw CommandFailure(error)
        }
    }
}

extension StoredAccount {
    /// What is wrong with books that do not balance.
    var imbalance: String {
        "the books of dataflow \(dataflow.uuid) do not balance: \(counters.pending) records wait by them and \(outboxRows) in "
            + "the outbox, \(counters.deadLetters) dead letters by them and \(deadLetterRows) in the store"
    }
}
