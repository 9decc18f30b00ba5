import ActivationCore
import ActivationEngine
import ActivationServer
import Glibc
import Kinesis
import Logging
import SQLiteStorage
import ServiceLifecycle

/// The whole server put together: the one place that knows which storage and which destinations are in use.
struct ServerProcess {
    /// What the owner of the server decides.
    struct Settings {
        /// Everything is kept here.
        var directory: String
        var listener: ListenerOptions
        /// Plain HTTP to destinations on other machines.
        var allowsInsecureEndpoints = false
        /// What accounts may do with the machine's AWS identity.
        var identityUse = ServerIdentityUse.off
        /// What requests to destinations go through.
        var proxy: OutgoingProxy?
        /// Whom destinations, STS and receivers of alerts may be vouched for by, beside the authorities of the system.
        var authorities: CertificateBundle?
        /// By which identity provider people sign in to the console.
        var signOn: SignOnOptions?
        /// Which web pages may send to inlets.
        var crossOrigin = CrossOriginPolicy()
        /// The time zone whose calendar audiences follow; nil = the one that was used last, UTC at first.
        var timeZone: TimeZoneRules?
        /// Starts although the key of the suppression list is lost, and empties the list.
        var forgetsSuppressions = false
        /// Dataflows that there may be in a sandbox.
        var dataflowsMax = 100
        /// Sandboxes that there may be, the default one among them.
        var sandboxesMax = 5
        /// Where the store is, if not in the directory.
        var database: SharedDatabase?
        /// What this process does among the nodes that use the database.
        var role = NodeRole.leader
        /// Sizes of the storage.
        var storage = SQLiteStorageOptions()
        /// The engine's bounds and rules.
        var engine = EngineOptions()
    }

    /// What a first start made, to be shown once.
    let firstStart: FirstStart?
    /// The running parts, in the order in which they depend on each other.
    let services: [any Service]
    private let store: OpenedStore
    private let connections: KinesisConnections
    private let alertConnections: KinesisConnections

    /// Opens the directory and puts the parts together; nothing listens yet.
    ///
    /// - Parameters:
    ///   - settings: What the owner decides.
    ///   - logger: The server's log.
    ///   - onListening: Called once requests are taken, with the base URL and, as long as nobody can sign in to the console,
    ///     a link for the first user.
    /// - Throws: ``CommandFailure`` naming what is in the way.
    init(
        _ settings: Settings,
        logger: Logger,
        onListening: @escaping @Sendable (_ endpoint: String, _ firstUser: String?) async -> Void
    ) async throws {
        // What can be refused without the directory is refused before anything is made in it.
        let keys: EnvironmentKeys
        do throws(ServerStartError) {
            keys = try EnvironmentKeys()
            try settings.listener.check()
        } catch {
            throw CommandFailure(error)
        }
        let store = try await StoreOpener(settings).open(settings.directory, logger)
        let connections = KinesisConnections(
            connectionsMax: settings.listener.connections.destinations,
            proxy: settings.proxy,
            authorities: settings.authorities
        )
        let alertConnections = KinesisConnections(
            connectionsMax: AlertSender.connectionsMax,
            proxy: settings.proxy,
            authorities: settings.authorities
        )
        do {
            let parts = try await ServerProcess.assemble(
                settings,
                store,
                keys,
                connections,
                alertConnections,
                logger,
                onListening
            )
            firstStart = parts.firstStart
            services = (settings.database?.node.map { [$0.standing(as: settings.role)] } ?? []) + parts.services
        } catch {
            // The reason for which the server does not start is worth more than a failure on the way out.
            try? await connections.shutdown()
            try? await alertConnections.shutdown()
            try? await store.close()
            throw ServerProcess.failure(error)
        }
        self.store = store
        self.connections = connections
        self.alertConnections = alertConnections
    }

    /// Lets go of files and connections; the services have ended.
    func close() async throws {
        try await connections.shutdown()
        try await alertConnections.shutdown()
        try await store.close()
    }

    /// Opens a data directory.
    static func open(
        _ directory: String,
        _ options: SQLiteStorageOptions = SQLiteStorageOptions()
    ) throws(CommandFailure) -> SQLiteStorage {
        do throws(StorageError) {
            return try SQLiteStorage.open(directory: directory, options: options)
        } catch {
            throw CommandFailure(error)
        }
    }

    private static func assemble(
        _ settings: Settings,
        _ store: OpenedStore,
        _ given: EnvironmentKeys,
        _ connections: KinesisConnections,
        _ alertConnections: KinesisConnections,
        _ logger: Logger,
        _ onListening: @escaping @Sendable (_ endpoint: String, _ firstUser: String?) async -> Void
    ) async throws -> (firstStart: FirstStart?, services: [any Service]) {
        let time = SystemTime()
        let keys = try given.keys(of: settings.directory)
        let control = try await ControlPlane(store: store.storage, keys: keys, time: time, logger: logger)
        let endpoint = ServerEndpoint(settings.listener.url(port: settings.listener.port))
        let adminFile = "\(settings.directory)/admin.json"
        var firstStart: FirstStart?
        if settings.role == .leader {
            firstStart = try await control.firstStart { start throws(ServerStartError) in
                try AdminFile.write(start, endpoint: endpoint.value, to: adminFile)
            }
        }
        let zone = try zone(settings, control)
        let parts = SandboxParts(
            settings: settings,
            keys: keys,
            time: time,
            zone: zone,
            endpoint: endpoint,
            connections: connections,
            alertConnections: alertConnections,
            identity: await ServerIdentity.find(settings.identityUse, of: control.orgID, connections, logger)
        )
        let (engine, dependencies) = try await parts.assemble(
            settings.directory,
            store,
            control,
            sandboxStore: SandboxDirectories(parts: parts, logger: logger),
            logger
        )
        let application = try ActivationApplication(dependencies: dependencies, options: settings.listener) { _ in
            guard settings.role == .leader else { return await onListening(endpoint.value, nil) }
            do {
                try AdminFile.updateEndpoint(endpoint.value, in: adminFile)
            } catch {
                logger.warning("Endpoint not noted", metadata: ["error.message": "\(error)"])
            }
            await onListening(
                endpoint.value,
                control.hasConsoleUsers
                    ? nil : SignInLink.url(SignInLink.first(keys: keys, now: time.now()), at: endpoint.value)
            )
        }
        var services: [any Service] = [
            SandboxedEngine(engine: engine, sandboxes: SandboxRunner(dependencies)), application,
        ]
        if settings.role == .follower { services.append(TimeZoneWatch(control)) }
        return (firstStart, services)
    }

    /// The time zone of days: the one that is named, or was last; of a follower always that of the store.
    private static func zone(_ settings: Settings, _ control: ControlPlane) throws(CommandFailure) -> TimeZoneRules {
        if settings.role == .leader, let zone = settings.timeZone { return zone }
        return try timeZone(named: control.storedTimeZone)
    }

    /// The rules of the time zone that the store remembers.
    private static func timeZone(named name: String?) throws(CommandFailure) -> TimeZoneRules {
        guard let name else { return .utc }
        do throws(CommandFailure) {
            return try TimeZoneFile.rules(of: name)
        } catch {
            throw CommandFailure(
                error.code,
                "the server counted days in the time zone \(name), which cannot be used now: \(error.message); put that "
                    + "right, or name another one with --time-zone, and audiences that count days are evaluated again"
            )
        }
    }

    /// The reason in the words of the command line.
    static func failure(_ error: any Error) -> any Error {
        switch error {
        case let error as StorageError: CommandFailure(error)
        case let error as ServerStartError: CommandFailure(error)
        case let error as EngineError: CommandFailure(.software, error.description)
        case let error as APIError: CommandFailure(error.isRetriable ? .retryLater : .software, error.description)
        default: error
        }
    }
}

extension CommandFailure {
    /// A reason not to start.
    init(_ error: ServerStartError) {
        let code: Code =
            switch error.cause {
            case .input: .badInput
            case .noRoom: .retryLater
            case .file: .unavailable
            }
        self.init(code, error.description)
    }

    /// A failure of the storage.
    init(_ error: StorageError) {
        let code: Code =
            switch error.code {
            case .locked, .full, .conflict: .retryLater
            case .corrupt, .notAStore: .badInput
            default: .unavailable
            }
        self.init(code, error.message)
    }
}
