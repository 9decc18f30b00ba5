import ActivationEngine
import Foundation
import StorageCommon
import Synchronization
import TestSupport

@testable import SQLiteStorage

/// A directory of a test's own, removed with the object.
final class TemporaryDirectory: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "headwater-storage-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        // A leftover directory under the system's temporary one does no harm.
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { path + "/" + name }
}

extension SQLiteStorage {
    /// Does something while no file of the storage changes, so that they are of one moment.
    func still(_ work: @Sendable () throws -> Void) async throws {
        let result: Result<Void, any Error>
        switch writer {
        case .database(let writer):
            result = try await writer.perform { _ throws(StorageError) in Result(catching: work) }
        case .logged(let writer):
            result = try await writer.perform { front throws(StorageError) in
                try front.writer.perform { _ throws(StorageError) in Result(catching: work) }
            }
        }
        try result.get()
    }
}

extension StorageConformance.Factory {
    static let memory = StorageConformance.Factory {
        InMemoryStorage()
    } reopen: { storage in
        (storage as? InMemoryStorage)?.losePower(keeping: 1)
        return storage
    }

    /// Each storage gets a directory of its own; reopening lets the old object go and opens the directory again.
    ///
    /// - Parameters:
    ///   - directory: Where the storages are.
    ///   - commitLog: The log in front of the database, if there is one.
    ///   - crashes: Whether reopening takes the files as they are, as after a crash.
    /// - Returns: The factory.
    static func sqlite(
        in directory: TemporaryDirectory,
        commitLog: CommitLogOptions? = nil,
        crashes: Bool = false
    ) -> StorageConformance.Factory {
        let opened = Mutex<[(storage: SQLiteStorage, path: String)]>([])
        @Sendable func open(_ path: String) throws -> SQLiteStorage {
            var options = SQLiteStorageOptions()
            options.commitLog = commitLog
            // So small that they are emptied and removed again and again.
            options.valueFileBytes = 2_048...16_384
            let storage = try SQLiteStorage.open(directory: path, options: options)
            opened.withLock { $0.append((storage, path)) }
            return storage
        }
        return StorageConformance.Factory {
            try open(directory.path("store-\(UUID().uuidString)"))
        } reopen: { storage in
            guard let storage = storage as? SQLiteStorage,
                let path = opened.withLock({ $0.first { $0.storage === storage }?.path })
            else {
                throw StorageConformance.Failure(description: "an unknown storage was to be reopened")
            }
            if crashes {
                let copy = path + "-"
                try await storage.still { try FileManager.default.copyItem(atPath: path, toPath: copy) }
                try await storage.close()
                return try open(copy)
            }
            try await storage.close()
            return try open(path)
        }
    }
}
