#if PostgreSQL
import ActivationEngine
import Foundation
import PostgresStorage
import Synchronization
import TestSupport

/// The server that tests use; the test script starts one and says where it is.
enum PostgresServer {
    /// nil = there is none, and its tests are skipped.
    static let url = ProcessInfo.processInfo.environment["HEADWATER_POSTGRES_URL"]
}

/// Schemas of one test in the tests' server, removed with the object.
final class TemporarySchemas: Sendable {
    private let url: String
    private let names = Mutex<[String]>([])

    init() throws {
        guard let url = PostgresServer.url else {
            throw StorageConformance.Failure(description: "HEADWATER_POSTGRES_URL names no server")
        }
        self.url = url
    }

    deinit {
        for name in names.withLock({ $0 }) { try? PostgresServer.drop(name, at: url) }
    }

    /// Options of a storage in a schema of its own.
    func make(_ isolation: PostgresOptions.Isolation = .readCommitted) -> PostgresOptions {
        var options = PostgresOptions(url: url)
        options.schema = "test_\(UUID().uuidString.lowercased())"
        options.isolation = isolation
        names.withLock { $0.append(options.schema) }
        return options
    }
}

extension StorageConformance.Factory {
    /// Each storage gets a schema of its own; reopening closes the old object.
    ///
    /// - Parameters:
    ///   - schemas: Where the storages are.
    ///   - isolation: How transactions see each other.
    ///   - writesApart: Whether batches are committed as by another process than the one that claims and settles.
    ///   - prepare: Does something to a schema that has just been made.
    /// - Returns: The factory.
    static func postgres(
        in schemas: TemporarySchemas,
        _ isolation: PostgresOptions.Isolation,
        writesApart: Bool = false,
        prepare: @escaping @Sendable (PostgresOptions) throws -> Void = { _ in }
    ) -> StorageConformance.Factory {
        let opened = Mutex<[(storage: PostgresStorage, options: PostgresOptions)]>([])
        @Sendable func open(_ options: PostgresOptions) throws -> PostgresStorage {
            let storage = try PostgresStorage.open(options)
            opened.withLock { $0.append((storage, options)) }
            return storage
        }
        return StorageConformance.Factory {
            var options = schemas.make(isolation)
            options.writesApart = writesApart
            let storage = try open(options)
            try prepare(options)
            return storage
        } reopen: { storage in
            guard let storage = storage as? PostgresStorage,
                let options = opened.withLock({ $0.first { $0.storage === storage }?.options })
            else {
                throw StorageConformance.Failure(description: "an unknown storage was to be reopened")
            }
            try await storage.close()
            return try open(options)
        }
    }
}
#endif
