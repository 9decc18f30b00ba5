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

/// This process as one of the nodes that use the store in a database: one leads, the others follow (docs/operate/nodes.md).
struct ServerNode: Sendable {
    /// Says that it is there, and when it leads.
    let cluster: ClusterNode
    /// Its directory, which is held until nothing is done in the database any more.
    let files: NodeDirectory
    private let directory: String
    private let isNewStore: @Sendable () async throws(StorageError) -> Bool
    private let canFollow: @Sendable () async throws(StorageError) -> Bool
    private let closeConnection: @Sendable () async -> Void

    /// Enters this process among the nodes.
    ///
    /// - Parameters:
    ///   - database: The database.
    ///   - directory: The node's directory.
    ///   - name: Its name; nil = one made of the machine's name and the directory's.
    ///   - logger: The log.
    /// - Returns: The node, which says from now on that it is there.
    /// - Throws: ``CommandFailure`` naming what is in the way.
    static func join(
        _ database: SharedDatabase,
        _ directory: String,
        as name: String?,
        _ logger: Logger
    ) async throws -> ServerNode {
        #if PostgreSQL
        do throws(StorageError) {
            let files = try NodeDirectory(path: directory)
            var options = PostgresOptions(url: database.url)
            options.acceptsAsynchronousStandbys = database.acceptsAsynchronousStandbys
            options.reportProgress = { logger.notice("Upgrading the store", metadata: ["progress": "\($0)"]) }
            let membership = try PostgresMembership.join(
                options,
                as: name ?? defaultName(directory),
                running: ServerVersion.text
            )
            let node = ServerNode(
                cluster: ClusterNode(membership: membership, time: SystemTime(), logger: logger),
                files: files,
                directory: directory,
                isNewStore: { () throws(StorageError) in try await membership.isNew() },
                canFollow: { () throws(StorageError) in try await membership.canFollow() },
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
        throw CommandFailure.withoutPostgreSQL
        #endif
    }

    /// Stands by until this node can serve; returns at once when it can already.
    ///
    /// - Parameters:
    ///   - options: Where it listens meanwhile.
    ///   - stop: Ends it.
    ///   - logger: The log.
    ///   - onListening: Called when it does.
    /// - Returns: What it is to do; nil = it was told to stop.
    /// - Throws: ``CommandFailure`` when it cannot listen, or can lead no more.
    func role(
        listening options: ListenerOptions,
        until stop: StopRequest,
        _ logger: Logger,
        _ onListening: @escaping @Sendable (_ endpoint: String) async -> Void
    ) async throws -> NodeRole? {
        var role = await present
        while role == nil {
            guard !stop.isMade else { return nil }
            logger.notice("This node stands by until it leads, or another one does")
            let standby: StandbyApplication
            do throws(ServerStartError) {
                standby = try StandbyApplication(options: options, logger: logger, onListening: onListening)
            } catch {
                throw CommandFailure(error)
            }
            guard try await standBy(standby, options, until: stop, logger) else { return nil }
            // What it could do a moment ago may be over.
            role = await present
        }
        do throws(StorageError) {
            // Another node may have made them meanwhile.
            try await checkKeys()
        } catch {
            throw CommandFailure(error)
        }
        return role
    }

    /// What the node can do now; nil = neither lead nor follow.
    private var present: NodeRole? {
        get async {
            if cluster.leads { return .leader }
            // Whoever leads will find out what is the matter with the database.
            return (try? await canFollow()) == true ? .follower : nil
        }
    }

    /// Stands by until it may be done with, or the process is told to stop.
    ///
    /// - Returns: Whether it may be.
    private func standBy(
        _ standby: StandbyApplication,
        _ options: ListenerOptions,
        until stop: StopRequest,
        _ logger: Logger
    ) async throws -> Bool {
        let candidacy = Candidacy(cluster: cluster, canFollow: canFollow)
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
            let group = ServiceGroup(configuration: configuration)
            await stop.whenMade { await group.triggerGracefulShutdown() }
            try await group.run()
        } catch is CancellationError {
            // Whoever has not finished a request in time gets no answer to it.
        } catch {
            throw CommandFailure(stopped: error, listener: options)
        }
        return candidacy.isWon
    }

    /// What ends the server when the node's role does: that of a leader when it is replaced, with an error; that of a follower when it
    /// leads.
    func standing(as role: NodeRole) -> any Service {
        switch role {
        case .leader: Leadership(cluster: cluster)
        case .follower: Candidacy(cluster: cluster)
        }
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

/// Ends when this node leads, or can follow if that is wanted.
private final class Candidacy: Service {
    private let cluster: ClusterNode
    /// Whether the store can be used beside whoever leads; nil = nobody wants to know.
    private let canFollow: (@Sendable () async throws(StorageError) -> Bool)?
    private let hasWon = Mutex(false)

    private static let pause = Duration.milliseconds(500)

    init(cluster: ClusterNode, canFollow: (@Sendable () async throws(StorageError) -> Bool)? = nil) {
        (self.cluster, self.canFollow) = (cluster, canFollow)
    }

    /// Whether it ended before anybody told the process to stop.
    var isWon: Bool { hasWon.withLock { $0 } }

    func run() async throws {
        try await cancelWhenGracefulShutdown { [self] in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await self.cluster.lead() }
                if let canFollow {
                    group.addTask {
                        while (try? await Task.sleep(for: Self.pause)) != nil {
                            if (try? await canFollow()) == true { return }
                        }
                    }
                }
                try await group.next()
                hasWon.withLock { $0 = !Task.isShuttingDownGracefully && !Task.isCancelled }
                group.cancelAll()
            }
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
