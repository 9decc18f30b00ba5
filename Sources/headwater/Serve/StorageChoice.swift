import ArgumentParser
import SQLiteStorage

/// What makes commits durable.
enum StorageChoice: String, ExpressibleByArgument, CaseIterable {
    /// The database itself, with its write-ahead log.
    case sqlite
    /// A log in front of the database.
    case log

    /// How a storage is opened for it.
    var commitLog: CommitLogOptions? {
        switch self {
        case .sqlite: nil
        case .log: CommitLogOptions()
        }
    }
}
