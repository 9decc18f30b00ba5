import ActivationEngine
import StorageCommon

/// Who takes commits: the database itself, or a log before it.
enum Writer: Sendable {
    case database(DatabaseActor<WriterDatabase>)
    case logged(LoggedWriter)

    /// Takes over the writer of a directory.
    init(
        _ database: sending WriterDatabase,
        _ directory: DataDirectory,
        _ options: SQLiteStorageOptions
    ) throws(StorageError) {
        guard let logOptions = options.commitLog else {
            self = .database(DatabaseActor(threadName: "storage-writer", database: database))
            return
        }
        let files = database.values.files
        self = .logged(
            try LoggedWriter(
                database,
                reads: try StoreReads(directory, options, files),
                volume: options.logVolume ?? directory.logVolume,
                options: logOptions
            )
        )
    }

    /// Does, again and again, what is done when there is nothing else to do, for as long as the writer is there.
    func idleWork(each interval: Duration) -> Task<Void, Never> {
        // Whatever is in the way will be in the way of the next commit too, which says so.
        switch self {
        case .database(let writer):
            Task { [weak writer] in
                while (try? await Task.sleep(for: interval)) != nil, let writer {
                    try? await writer.perform { database throws(StorageError) in try database.workWhenIdle() }
                }
            }
        case .logged(let writer):
            Task { [weak writer] in
                while (try? await Task.sleep(for: interval)) != nil, let writer { try? await writer.workWhenIdle() }
            }
        }
    }

    /// Overwrites what deletions leave behind, for as long as the writer is there.
    func scrubber() -> Scrubber {
        switch self {
        case .database(let writer):
            Scrubber { [weak writer] () throws(StorageError) in
                try await writer?.perform { database throws(StorageError) in try database.scrubStep() }
            }
        case .logged(let writer):
            Scrubber { [weak writer] () throws(StorageError) in
                try await writer?.perform { database throws(StorageError) in try database.scrubStep() }
            }
        }
    }

    /// Finishes what was begun and gives the database back.
    func close() async throws(StorageError) {
        switch self {
        case .database(let writer):
            try await writer.close { database throws(StorageError) in try database.finish() }
        case .logged(let writer): try await writer.close()
        }
    }
}
