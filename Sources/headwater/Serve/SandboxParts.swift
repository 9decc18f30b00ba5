import ActivationCore
import ActivationEngine
import ActivationServer
import Logging
import SQLiteStorage

/// What all sandboxes of a server have in common, and how the parts of one are put together.
struct SandboxParts: Sendable {
    let settings: ServerProcess.Settings
    let keys: ServerKeys
    let time: SystemTime
    /// Whose calendar audiences follow.
    let zone: TimeZoneRules
    let endpoint: ServerEndpoint
    let connections: KinesisConnections
    let alertConnections: KinesisConnections
    /// What accounts may use of the machine's AWS identity.
    let identity: ServerIdentity?

    /// Puts the parts of a sandbox together; nothing of it runs yet.
    ///
    /// - Parameters:
    ///   - directory: Where it keeps everything.
    ///   - store: Its open store.
    ///   - control: Its configuration.
    ///   - sandboxStore: Opens the others, for the default one.
    ///   - organisation: What the default one works with, for the others.
    ///   - logger: Its log.
    /// - Returns: Its engine, and what its API works with.
    /// - Throws: What is in the way.
    func assemble(
        _ directory: String,
        _ store: OpenedStore,
        _ control: ControlPlane,
        sandboxStore: (any SandboxStore)? = nil,
        of organisation: ServerDependencies? = nil,
        _ logger: Logger
    ) async throws -> (engine: Engine, dependencies: ServerDependencies) {
        try await control.use(zone, as: settings.role)
        let storage = store.storage
        let traces = RecordTraces()
        let recalls = RecalledRows()
        let destinations = DestinationCatalog([
            KinesisDestination(
                connections: connections,
                server: identity,
                allowsInsecureEndpoints: settings.allowsInsecureEndpoints,
                lifeSign: store.lifeSign,
                traces: traces,
                recalls: recalls,
                logger: logger
            )
        ])
        let suppressionKey = try await SuppressionKey(
            directory: directory,
            storage: storage,
            now: time.now(),
            isShared: settings.database != nil,
            role: settings.role,
            isLostAccepted: settings.forgetsSuppressions
        )
        var options = settings.engine
        options.decision.identityHash = suppressionKey.hash
        options.role = settings.role
        let engine = try await Engine(
            storage: storage,
            control: storage,
            sinks: DestinationSinks(control: control, destinations: destinations),
            lifeSign: store.lifeSign,
            time: time,
            options: options,
            traces: traces,
            recalls: recalls,
            logger: logger
        )
        let dependencies = ServerDependencies(
            engine: engine,
            control: control,
            role: settings.role,
            node: settings.database?.node?.cluster,
            destinations: destinations,
            time: time,
            keys: keys,
            endpoint: endpoint,
            crossOrigin: settings.crossOrigin,
            isBehindProxy: settings.listener.isBehindProxy,
            dataflowsMax: settings.dataflowsMax,
            ledgerDays: settings.storage.ledgerDays,
            deadLetterDays: settings.engine.deadLetterDays,
            uploadsDirectory: directory + "/uploads",
            privacyStore: storage,
            privacyDirectory: directory + "/privacy",
            identityHash: suppressionKey.hash,
            alertStore: storage,
            alertTransport: AlertSender(
                connections: alertConnections,
                allowsInsecureEndpoints: settings.allowsInsecureEndpoints
            ),
            space: { StoreSpace(directory: directory) },
            sandboxStore: sandboxStore,
            sandboxesMax: settings.sandboxesMax,
            signOn: settings.signOn.map {
                IdentityProvider(
                    $0,
                    transport: ProviderSender(
                        connections: alertConnections,
                        allowsInsecureEndpoints: settings.allowsInsecureEndpoints
                    ),
                    time: time
                )
            },
            of: organisation,
            logger: logger
        )
        return (engine, dependencies)
    }
}
