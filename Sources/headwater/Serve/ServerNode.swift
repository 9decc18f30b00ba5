import ActivationEngine
import ActivationServer
import Glibc
import Logging
import SQLiteStorage
import ServiceLifecycle
import Synchronization
import UnixSignals

#if PostgreSQL
import PostgresStorage
#endif

/// This process as one of the nodes that use the store in a database: one serves, the others stand by (docs/operate/nodes.md).
struct ServerNode: Sendable {
    /// Says that it is there, and when it leads.
    let cluster: ClusterNode
    /// Its directory, which is held until nothing is done in the database any more.
    let files: NodeDirectory
    private let directory: String
    private let isNewStore: @Sendable () async throws(StorageError) -> Bool
    private let closeConnection: @Sendable () async -> Void

    /// Enters this process among the nodes.
    ///
    /// - Parameters:
    ///   - url: The database.
    ///   - directory: The node's directory.
    ///   - name: Its name; nil = one made of the machine's name and the directory's.
    ///   - logger: The log.
    /// - Returns: The node, which says from now on that it is there.
    /// - Throws: ``CommandFailure`` naming what is in the way.
    static func join(
        _ url: String,
        _ directory: String,
        as name: String?,
        _ logger: Logger
    ) async throws -> ServerNode {
        #if PostgreSQL
        do throws(StorageError) {
            let files = try NodeDirectory(path: directory)
            var options = PostgresOptions(url: url)
            options.reportProgress = { logger.notice("Upgrading the store", metadata: ["progress": "\($0)"]) }
            let membership = try PostgresMembership.join(options, as: name ?? defaultName(directory))
            let node = ServerNode(
                cluster: ClusterNode(membership: membership, logger: logger),
                files: files,
                directory: directory,
                isNewStore: { () throws(StorageError) in try await membership.isNew() },
                closeConnection: { try? await membership.close() }
            )
            do throws(StorageError) {
                try await node.checkKeys()
            } catch {
                await node.leave()
                throw error
            }
            await node.cluster.start()
            return node
        } catch {
            throw CommandFailure(error)
        }
        #else
        throw CommandFailure.withoutPostgreSQL(url)
        #endif
    }

    /// Stands by until this node leads; returns at once when it does already.
    ///
    /// - Parameters:
    ///   - options: Where it listens meanwhile.
    ///   - logger: The log.
    ///   - onListening: Called when it does.
    /// - Returns: Whether it leads; false = it was told to stop.
    /// - Throws: ``CommandFailure`` when it cannot listen, or can lead no more.
    func lead(
        listening options: ListenerOptions,
        _ logger: Logger,
        _ onListening: @escaping @Sendable (_ endpoint: String) async -> Void
    ) async throws -> Bool {
        if !cluster.leads {
            guard try await standBy(listening: options, logger, onListening) else { return false }
        }
        do throws(StorageError) {
            // Another node may have made them meanwhile.
            try await checkKeys()
        } catch {
            throw CommandFailure(error)
        }
        return true
    }

    private func standBy(
        listening options: ListenerOptions,
        _ logger: Logger,
        _ onListening: @escaping @Sendable (_ endpoint: String) async -> Void
    ) async throws -> Bool {
        logger.notice("This node stands by: another one serves")
        let candidacy = Candidacy(cluster: cluster)
        let standby: StandbyApplication
        do throws(ServerStartError) {
            standby = try StandbyApplication(options: options, logger: logger, onListening: onListening)
        } catch {
            throw CommandFailure(error)
        }
        // Graceful in every case: connections that are cut off while they are being accepted would end the process.
        var configuration = ServiceGroupConfiguration(
            services: [
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: standby,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                ),
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: candidacy,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                ),
            ],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = Self.shutdownDeadline
        do {
            try await ServiceGroup(configuration: configuration).run()
        } catch is CancellationError {
            // Whoever has not finished a request in time gets no answer to it.
        } catch {
            throw CommandFailure(stopped: error, listener: options)
        }
        return candidacy.isWon
    }

    /// How long requests may take to end, which nobody answers with more than a sentence.
    private static let shutdownDeadline = Duration.seconds(1)

    /// Leaves the others; what this node had on its way may still arrive.
    func leave() async {
        await cluster.leave()
        await closeConnection()
    }

    // MARK: Name and keys

    /// What tells nodes apart where nobody has named them.
    private static func defaultName(_ directory: String) -> String {
        var host = [CChar](repeating: 0, count: 256)
        gethostname(&host, host.count - 1)
        let path = realpath(directory, nil)
        defer { free(path) }
        let name = host.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return "\(String(decoding: name, as: UTF8.self)):\(path.map { String(cString: $0) } ?? directory)"
    }

    /// Keys of the server; that of the suppression list is looked at when the store is opened, which knows it.
    private static let keyFiles = ["token.key", "data.key"]

    /// Makes sure that keys are not made anew for a store that has some.
    private func checkKeys() async throws(StorageError) {
        let missing = Self.keyFiles.filter { file in
            if file == "data.key", Environment[EnvironmentKeys.current] != nil { return false }
            return access("\(directory)/\(file)", F_OK) != 0
        }
        guard let first = missing.first, try await !isNewStore() else { return }
        throw StorageError(
            .notAStore,
            "the store in the database is in use, and \(directory)/\(first) is missing: all nodes have the same keys; copy "
                + "token.key, data.key and suppression.key from the directory of another node, or from a backup"
        )
    }
}

/// Ends standing by when this node leads.
private final class Candidacy: Service {
    private let cluster: ClusterNode
    private let hasWon = Mutex(false)

    init(cluster: ClusterNode) {
        self.cluster = cluster
    }

    /// Whether this node led before anybody told it to stop.
    var isWon: Bool { hasWon.withLock { $0 } }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await cluster.lead()
            hasWon.withLock { $0 = !Task.isShuttingDownGracefully }
        }
    }
}

/// Ends the server when its node leads no more.
struct Leadership: Service {
    let cluster: ClusterNode

    func run() async throws {
        try await cancelWhenGracefulShutdown { try await cluster.untilReplaced() }
    }
}
