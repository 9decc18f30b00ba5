public import ActivationCore
public import ActivationEngine
public import Logging

/// Everything the HTTP API works with; the composition root fills it in, tests fill in fakes.
public struct ServerDependencies: Sendable {
    /// The engine.
    public var engine: any ServerEngine
    /// The configuration, connected to the same engine.
    public var control: ControlPlane
    /// What this node does where several use the store.
    public var role: NodeRole
    /// This process among the nodes that use the store; nil = it is alone.
    public var node: ClusterNode?
    /// The kinds of destinations that are offered.
    public var destinations: DestinationCatalog
    /// The clock.
    public var time: any TimeSource
    /// Where new ids come from.
    public var ids: any IDSource
    /// The server's keys.
    public var keys: ServerKeys
    /// Where clients reach the server.
    public var endpoint: ServerEndpoint
    /// What is counted.
    public var metrics: ServerMetrics
    /// Which web pages may send to inlets.
    public var crossOrigin: CrossOriginPolicy
    /// Whether requests come through a proxy, which says whom it speaks for.
    public var isBehindProxy: Bool
    /// Flows in a sandbox; each has a relay of its own (BEHAVIOUR 10.1).
    public var dataflowsMax: Int
    /// For how many days it is known what was delivered; 0 = not at all.
    public var ledgerDays: Int
    /// For how many days dead letters are kept; 0 = until somebody says what becomes of them.
    public var deadLetterDays: Int
    /// How much work the passwords of the console's users cost.
    public var passwordCost: PasswordCost
    /// By which identity provider people sign in to the console; nil = with passwords alone.
    public let signOn: IdentityProvider?
    /// How many requests credentials may still send.
    let budgets: RequestBudgets
    /// Which tokens programs were given.
    let tokens: TokenDesk
    /// Replaces keys.
    let keeper: KeyKeeper
    /// The sandboxes beside the default one.
    let sandboxes: SandboxDesk
    /// Sandboxes that there may be, the default one among them.
    public var sandboxesMax: Int
    /// The rules that are being tried.
    public var previews: PreviewDesk
    /// The changes that are being rehearsed.
    public var rehearsals: RehearsalDesk
    /// The paths that profiles have.
    public var paths: PathDesk
    /// The files of members on their way into audiences.
    public var uploads: UploadDesk
    /// What people have asked for: their data, or its erasure.
    public var privacy: PrivacyDesk
    /// What has been seen of the traffic since the process began.
    public var series: SeriesRecorder
    /// Enters in the history what is done beside changes.
    public let audit: AuditDesk
    /// What is the matter, and who is told.
    public var alerts: AlertDesk
    /// Tells how much room the store takes and how much there is; nil when that is not known.
    public var space: @Sendable () -> StoreSpace?
    /// The server's log.
    public var logger: Logger

    /// The instant of decisions: never before one that messages were admitted at, though the clock may be.
    var instant: Timestamp { max(time.now(), engine.instant) }

    /// Creates dependencies.
    ///
    /// Those of a sandbox beside the default one share with it, `organisation`, who may do how much and which sandboxes there are.
    public init(
        engine: any ServerEngine,
        control: ControlPlane,
        role: NodeRole = .leader,
        node: ClusterNode? = nil,
        destinations: DestinationCatalog,
        time: any TimeSource,
        ids: any IDSource = RandomIDSource(),
        keys: ServerKeys,
        endpoint: ServerEndpoint,
        metrics: ServerMetrics = ServerMetrics(),
        crossOrigin: CrossOriginPolicy = CrossOriginPolicy(),
        isBehindProxy: Bool = false,
        dataflowsMax: Int = 100,
        ledgerDays: Int = 30,
        deadLetterDays: Int = 30,
        passwordCost: PasswordCost = .standard,
        uploadsDirectory: String? = nil,
        privacyStore: (any ControlStore)? = nil,
        privacyDirectory: String? = nil,
        identityHash: IdentityHash? = nil,
        alertStore: any AlertStore = ForgetfulAlertStore(),
        alertTransport: any AlertTransport = NoAlertTransport(),
        space: @escaping @Sendable () -> StoreSpace? = { nil },
        sandboxStore: (any SandboxStore)? = nil,
        sandboxesMax: Int = 5,
        signOn: IdentityProvider? = nil,
        of organisation: ServerDependencies? = nil,
        logger: Logger
    ) {
        budgets = organisation?.budgets ?? RequestBudgets()
        tokens = organisation?.tokens ?? TokenDesk(control: control, time: time, logger: logger)
        keeper = organisation?.keeper ?? KeyKeeper(keys: keys, time: time, logger: logger)
        sandboxes = organisation?.sandboxes ?? SandboxDesk(store: sandboxStore ?? NoSandboxStore())
        self.sandboxesMax = organisation?.sandboxesMax ?? sandboxesMax
        self.signOn = organisation?.signOn ?? signOn
        self.engine = engine
        self.control = control
        self.role = role
        self.node = node
        self.destinations = destinations
        self.time = time
        self.ids = ids
        self.keys = keys
        self.endpoint = endpoint
        self.metrics = metrics
        self.crossOrigin = crossOrigin
        self.isBehindProxy = isBehindProxy
        self.dataflowsMax = dataflowsMax
        self.ledgerDays = ledgerDays
        self.deadLetterDays = deadLetterDays
        self.passwordCost = passwordCost
        previews = PreviewDesk(engine: engine, time: time, ids: ids)
        rehearsals = RehearsalDesk()
        paths = PathDesk(engine: engine, control: control, time: time)
        uploads = UploadDesk(
            folder: uploadsDirectory.map { UploadFolder(path: $0) },
            engine: engine,
            control: control,
            time: time,
            ids: ids,
            logger: logger
        )
        audit = AuditDesk(control: control, time: time, logger: logger)
        privacy = PrivacyDesk(
            store: privacyStore,
            directory: privacyDirectory,
            engine: engine,
            control: control,
            keys: keys,
            hash: identityHash,
            audit: audit,
            time: time,
            ids: ids,
            logger: logger
        )
        series = SeriesRecorder(engine: engine, control: control, ingestion: metrics.ingestion, time: time)
        alerts = AlertDesk(
            control: control,
            engine: engine,
            store: alertStore,
            transport: alertTransport,
            time: time,
            ids: ids,
            endpoint: endpoint,
            space: space,
            logger: logger
        )
        self.space = space
        self.logger = logger
    }
}
