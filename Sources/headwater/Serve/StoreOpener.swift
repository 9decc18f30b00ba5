import ActivationEngine
import ActivationServer
import Logging
import SQLiteStorage

#if PostgreSQL
import PostgresStorage
#endif

/// Opens the stores of a server: each in its directory, or each in a schema of one database.
struct StoreOpener {
    private let settings: ServerProcess.Settings

    init(_ settings: ServerProcess.Settings) {
        self.settings = settings
    }

    /// Opens the store of the default sandbox, or makes it.
    ///
    /// - Throws: ``CommandFailure`` naming what is in the way.
    func open(_ directory: String, _ logger: Logger) async throws -> OpenedStore {
        try await open(directory, schema: nil, makesStore: true, logger)
    }

    /// Opens the store of another sandbox.
    func open(_ directory: String, sandbox: Sandbox, isNew: Bool, _ logger: Logger) async throws -> OpenedStore {
        // An empty one in the place of one that is missing would be a loss that nobody is told of.
        try await open(directory, schema: sandbox.id, makesStore: isNew || settings.database == nil, logger)
    }

    /// Removes what a sandbox has in the database, if there is one.
    func erase(_ sandbox: Sandbox) async throws {
        #if PostgreSQL
        guard let url = settings.database?.url else { return }
        do throws(StorageError) {
            try PostgresStorage.erase(options(url, schema: sandbox.id))
        } catch {
            throw CommandFailure(error)
        }
        #endif
    }

    private func open(
        _ directory: String,
        schema: String?,
        makesStore: Bool,
        _ logger: Logger
    ) async throws -> OpenedStore {
        let report: @Sendable (String) -> Void = {
            logger.notice("Upgrading the store", metadata: ["progress": "\($0)"])
        }
        guard let database = settings.database else {
            var options = settings.storage
            options.reportProgress = report
            let storage = try ServerProcess.open(directory, options)
            do throws(StorageError) {
                if let restoration = try await RestorationMark(in: directory).finish(in: storage) {
                    logger.notice(
                        "The store was put back to an earlier state; revisions go on from where none can have been",
                        metadata: ["revisionsFrom": "\(restoration.revisionsFrom)"]
                    )
                }
            } catch {
                try? await storage.close()
                throw CommandFailure(error)
            }
            return OpenedStore(storage: storage, lifeSign: storage.lifeSign) { try await storage.close() }
        }
        #if PostgreSQL
        do throws(StorageError) {
            // Whoever leads takes the store from whoever did before.
            if settings.role == .leader { try database.node?.cluster.makeSureItLeads() }
            // That of the default sandbox is the node's, which holds it already.
            let files: NodeDirectory
            if schema == nil, let node = database.node {
                files = node.files
            } else {
                files = try NodeDirectory(path: directory)
            }
            var options = options(database.url, schema: schema)
            options.makesStore = makesStore && settings.role == .leader
            if options.makesStore, schema != nil {
                // As long as an upgrade is unfinished, a sandbox that is made is one for the earlier program too.
                let standard = try PostgresMigrator(self.options(database.url, schema: nil)).state()
                if case .unfinished(let version) = standard { options.newVersion = version }
            }
            options.leads = settings.role == .leader
            options.node = database.node?.cluster.number ?? 0
            options.writers = database.writers
            options.reportProgress = report
            options.witness = try files.witness()
            let storage = try PostgresStorage.open(options)
            let lifeSign = try lifeSign(of: schema ?? "", in: files, isFirst: storage.isNew)
            return OpenedStore(storage: storage, lifeSign: lifeSign) {
                // The directory is held until nothing is done in the database any more.
                defer { withExtendedLifetime(files) {} }
                try await storage.close()
            }
        } catch {
            throw CommandFailure(error)
        }
        #else
        throw CommandFailure.withoutPostgreSQL
        #endif
    }

    #if PostgreSQL
    /// The sign of life of whoever sends from a store; a follower sends nothing.
    private func lifeSign(
        of store: String,
        in files: NodeDirectory,
        isFirst: Bool
    ) throws(StorageError) -> any LifeSign {
        guard settings.role == .leader else { return NoLifeSign() }
        guard let cluster = settings.database?.node?.cluster else { return try files.lifeSign(isFirst: isFirst) }
        // A directory without a sign may be new beside a store that is not.
        return cluster.lifeSign(of: store, over: try files.lifeSign(isFirst: isFirst || cluster.followsAtRest))
    }

    private func options(_ url: String, schema: String?) -> PostgresOptions {
        var options = PostgresOptions(url: url)
        if let schema { options.schema += "_" + schema }
        options.ledgerDays = settings.storage.ledgerDays
        return options
    }
    #endif
}

extension CommandFailure {
    /// What a program says that was built without PostgreSQL.
    static var withoutPostgreSQL: CommandFailure {
        CommandFailure(
            .usage,
            "this program was built without PostgreSQL, which a database needs; build it with "
                + "swift build -c release --product headwater --traits PostgreSQL"
        )
    }
}
