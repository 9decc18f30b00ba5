import ActivationCore
import ActivationEngine
import ActivationServer
import ArgumentParser
import Kinesis
import Logging
import SQLiteStorage
import ServiceLifecycle
import UnixSignals

/// `headwater serve`: the server.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Runs the server; everything it knows is in one directory, or in one and a PostgreSQL database.",
        discussion: """
            The first start makes an administrator and writes the credential to DIR/admin.json; at a terminal it also \
            prints it, once. \
            SIGTERM stops taking requests, delivers what is on its way, and exits with 0. Secrets of destinations are \
            encrypted with DIR/data.key, or with HEADWATER_DATA_KEY (64 hexadecimal digits); \
            HEADWATER_DATA_KEY_PREVIOUS is the key before, while secrets are encrypted anew.
            """
    )

    @Option(name: .customLong("data"), help: "The directory; it is made when there is none.")
    var directory: String

    @Option(help: "The port; 0 takes a free one.")
    var port: Int

    @Option(help: "The address; anything but loopback needs TLS or --behind-proxy.")
    var host = "127.0.0.1"

    @Option(help: "The certificate chain, PEM.")
    var tlsCert: String?

    @Option(help: "The certificate's private key, PEM.")
    var tlsKey: String?

    @Flag(help: "Something in front of the server does TLS.")
    var behindProxy = false

    @Option(help: "The base URL that clients use, such as https://cdp.example, when it is not the listener's own.")
    var publicUrl: String?

    @Flag(help: "Allows plain HTTP to destinations on other machines, and names of destinations that lead to this one.")
    var allowInsecureEndpoints = false

    @Option(
        help: ArgumentHelp(
            "What accounts may do with the AWS identity of this machine: nothing, assume roles that name this server's "
                + "external id, or also sign in to streams.",
            valueName: "off|roles|all"
        )
    )
    var awsIdentity = ServerIdentityUse.off

    @Option(
        help: ArgumentHelp(
            "The proxy through which requests to destinations leave, such as http://proxy.example:3128, but for the hosts "
                + "in NO_PROXY; one with a password belongs into a file or HEADWATER_HTTPS_PROXY, since everybody on this "
                + "machine sees command lines.",
            valueName: "url"
        )
    )
    var httpsProxy: String?

    @Option(help: ArgumentHelp("A file that holds the proxy's URL.", valueName: "file"))
    var httpsProxyFile: String?

    @Option(
        help: ArgumentHelp(
            "A PEM file of authorities that may vouch for destinations, STS and receivers of alerts, beside those of the "
                + "system.",
            valueName: "file"
        )
    )
    var caBundle: String?

    @Option(help: "Connections from one address at a time; as many as there may be behind a proxy, else a quarter.")
    var connectionsPerAddress: Int?

    @Option(
        name: .customLong("cors-origin"),
        help: "A web page that may send to inlets, such as https://shop.example, or * for all; may be repeated."
    )
    var corsOrigins: [String] = []

    @Option(help: "How commits become durable: by a log before the database (log), or by the database itself (sqlite).")
    var storage = StorageChoice.log

    @Option(
        help: ArgumentHelp(
            "A PostgreSQL database for everything but keys and files, such as postgres://headwater@db1,db2/headwater; one with a "
                + "password belongs into HEADWATER_DATABASE, since everybody on this machine sees command lines.",
            valueName: "url"
        )
    )
    var database: String?

    @Option(
        help: ArgumentHelp(
            "The name of this node among those that use the database; made of the machine's name and the directory's when "
                + "there is none.",
            valueName: "name"
        )
    )
    var node: String?

    @Option(
        help:
            "Batches that this process stores in the database at a time, 1 to 4; more than one pays where it has cores to spare."
    )
    var writers = 1

    @Flag(
        help:
            "Lets several nodes use a database whose standbys are not waited for: a failover loses what was acknowledged."
    )
    var acceptAsyncReplication = false

    @Option(help: "Mebibytes of database pages kept in memory.")
    var cacheMib = 32

    @Option(
        help: ArgumentHelp(
            "The time zone of its days, by its name in the tz database; it is remembered, and UTC until one is named.",
            valueName: "name"
        )
    )
    var timeZone: String?

    @Option(
        help: ArgumentHelp(
            "Whether a profile with over 50 identities lets some go, or is no longer evaluated and exported.",
            valueName: "evict|exclude"
        )
    )
    var identityCap = OverCap.evict

    @Option(
        help: ArgumentHelp(
            "Whether a profile with over 5,000 events lets the oldest go, or is no longer evaluated and exported.",
            valueName: "evict|exclude"
        )
    )
    var eventCap = OverCap.evict

    @Option(help: "Records that one backfill makes a second, at most.")
    var backfillRate = 1_000

    @Option(help: "Dataflows that there may be in a sandbox, at most; Adobe has 100.")
    var dataflowsMax = 100

    @Option(help: "Sandboxes that there may be, at most 75; each has an engine and a cache of its own. Adobe has 5.")
    var sandboxesMax = 5

    @Option(help: "Days for which it is known what was sent of whom, for receipts of deletions; 0 keeps nothing.")
    var ledgerDays = 30

    @Option(
        help:
            "Days for which records are kept that a destination refused for good; 0 keeps them until somebody decides."
    )
    var deadLetterDays = 30

    @Option(
        help: ArgumentHelp(
            "Whether an erased identity that comes again is taken anew or refused, unless the deletion says otherwise.",
            valueName: "accept|refuse"
        )
    )
    var onErasedReturn = ErasedReturn.accept

    @Flag(help: "Starts although the key by which erased identities are refused is lost, and refuses them no longer.")
    var forgetSuppressions = false

    @OptionGroup(title: "Single sign-on") var signOn: SignOnArguments

    @OptionGroup var log: LogOptions

    @Flag(help: "Prints where it listens as one JSON object.")
    var json = false

    /// How long the whole server may take after SIGTERM: requests under way, then deliveries, then the files.
    ///
    /// What is acknowledged is durable anyway.
    private static let shutdownDeadline = Duration.seconds(20)
    /// What of it deliveries may take.
    private static let drainDeadline = Duration.seconds(12)

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
        guard (tlsCert == nil) == (tlsKey == nil) else {
            throw ValidationError("--tls-cert and --tls-key come together.")
        }
        guard httpsProxy == nil || httpsProxyFile == nil else {
            throw ValidationError("--https-proxy and --https-proxy-file say the same; leave one of them out.")
        }
        guard node.map({ !$0.isEmpty && $0.utf8.count <= 200 }) ?? true else {
            throw ValidationError("--node is 1 to 200 bytes.")
        }
        guard connectionsPerAddress.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--connections-per-address is at least 1.")
        }
        do throws(ServerStartError) {
            _ = try CrossOriginPolicy(origins: corsOrigins)
        } catch {
            throw ValidationError("--cors-origin: \(error.description).")
        }
        do throws(ServerStartError) {
            _ = try publicUrl.map { text throws(ServerStartError) in try PublicURL(text) }
        } catch {
            throw ValidationError("--public-url: \(error.description).")
        }
        guard (1...100_000).contains(backfillRate) else { throw ValidationError("--backfill-rate is 1 to 100000.") }
        guard (1...10_000).contains(dataflowsMax) else { throw ValidationError("--dataflows-max is 1 to 10000.") }
        guard (1...ControlPlane.sandboxesMost).contains(sandboxesMax) else {
            throw ValidationError("--sandboxes-max is 1 to \(ControlPlane.sandboxesMost).")
        }
        guard (0...3_650).contains(ledgerDays) else { throw ValidationError("--ledger-days is 0 to 3650.") }
        guard (0...3_650).contains(deadLetterDays) else { throw ValidationError("--dead-letter-days is 0 to 3650.") }
        guard SharedDatabase.writersRange.contains(writers) else {
            throw ValidationError("--writers is 1 to \(SharedDatabase.writersRange.upperBound).")
        }
        guard (1...65_536).contains(cacheMib) else { throw ValidationError("--cache-mib is 1 to 65536.") }
    }

    func run() async throws {
        log.bootstrap()
        let logger = Logger(label: "headwater")
        let json = json
        let descriptors = try DescriptorLimit.raise()
        var settings = try settings(for: descriptors)
        descriptors.log(settings.listener.connections, to: logger)
        if httpsProxy?.contains("@") == true {
            logger.warning(
                "The proxy's password can be seen in the list of this machine's processes",
                metadata: ["instead": "--https-proxy-file, \(Self.proxyVariable)"]
            )
        }
        if database.map(DatabaseURL.holdsPassword) == true {
            logger.warning(
                "The database's password can be seen in the list of this machine's processes",
                metadata: ["instead": "\(DatabaseURL.variable), or a file that libpq knows as PGPASSFILE"]
            )
        }
        if let database = settings.database {
            // Heard from now on, also while nothing runs yet that would end by itself.
            let stop = StopRequest()
            defer { stop.cancel() }
            let node = try await ServerNode.join(database, directory, as: self.node, logger)
            settings.database?.node = node
            do {
                var role: NodeRole?
                repeat {
                    role = try await node.role(listening: settings.listener, until: stop, logger) { endpoint in
                        json
                            ? Terminal.print(["endpoint": .string(endpoint), "role": "standby"])
                            : Terminal.print("Headwater stands by: \(endpoint)")
                    }
                    guard let role, !stop.isMade else { break }
                    settings.role = role
                    try await serve(settings, logger, until: stop)
                    // A follower ends when it leads, and begins anew as what it is then.
                } while role == .follower && !stop.isMade
            } catch {
                await node.leave()
                throw error
            }
            await node.leave()
        } else {
            try await serve(settings, logger)
        }
    }

    private func serve(
        _ settings: ServerProcess.Settings,
        _ logger: Logger,
        until stop: StopRequest? = nil
    ) async throws {
        let (json, directory) = (json, directory)
        let server = try await ServerProcess(settings, logger: logger) { endpoint, firstUser in
            var shown: JSONObject = ["endpoint": .string(endpoint)]
            if settings.database != nil { shown["role"] = .string(settings.role.rawValue) }
            json
                ? Terminal.print(.object(shown))
                : Terminal.print("Headwater\(settings.role == .follower ? " follows" : ""): \(endpoint)")
            if let firstUser { ServeCommand.invite(firstUser, to: directory) }
        }
        if let start = server.firstStart { announce(start) }
        var configuration = ServiceGroupConfiguration(
            services: server.services.map {
                // Connections that are cut off while they are being accepted would end the process before the rest of it.
                ServiceGroupConfiguration.ServiceConfiguration(
                    service: $0,
                    successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup
                )
            },
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        configuration.maximumGracefulShutdownDuration = ServeCommand.shutdownDeadline
        do {
            let group = ServiceGroup(configuration: configuration)
            await stop?.whenMade { await group.triggerGracefulShutdown() }
            try await group.run()
        } catch is CancellationError {
            logger.notice(
                "What did not end in time was cut off",
                metadata: ["after": "\(ServeCommand.shutdownDeadline)"]
            )
        } catch {
            try? await server.close()
            throw CommandFailure(stopped: error, listener: settings.listener)
        }
        do {
            try await server.close()
        } catch {
            // What was acknowledged is safe in the log; without room it cannot be copied into the database.
            throw ServerProcess.failure(error)
        }
    }

    /// As long as nobody can sign in to the console, says how somebody can.
    private static func invite(_ link: String, to directory: String) {
        Terminal.error(
            Terminal.isInteractive
                ? "Nobody can sign in to the console yet. This link makes its first user, once and within a day:\n  \(link)"
                : "Nobody can sign in to the console yet: headwater console link --data \(directory) makes a link for its "
                    + "first user"
        )
    }

    /// A secret is shown where a person reads it; elsewhere it would stay in a log.
    private func announce(_ start: FirstStart) {
        guard Terminal.isInteractive else {
            Terminal.error("First start. The administrator's credential is in \(directory)/admin.json")
            return
        }
        Terminal.error(
            """
            First start. The administrator's credential, shown this once and kept in \(directory)/admin.json:
              client_id      \(start.clientID)
              client_secret  \(start.clientSecret)
              org_id         \(start.orgID)
            """
        )
    }

    /// Names the proxy, its password among it; neither is ever printed.
    static let proxyVariable = "HEADWATER_HTTPS_PROXY"

    private var proxy: OutgoingProxy? {
        get throws(CommandFailure) {
            let (url, source): (String, String)
            if let httpsProxy {
                (url, source) = (httpsProxy, "--https-proxy")
            } else if let httpsProxyFile {
                let bytes = try SmallFile.contents(of: httpsProxyFile, bytesMax: 4_096)
                let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
                (url, source) = (lines.first.map { String($0) } ?? "", httpsProxyFile)
            } else if let named = Environment[Self.proxyVariable] {
                (url, source) = (named, Self.proxyVariable)
            } else {
                return nil
            }
            do throws(KinesisError) {
                return try OutgoingProxy(url: url, exceptions: Environment["NO_PROXY"] ?? Environment["no_proxy"] ?? "")
            } catch {
                throw CommandFailure(.usage, "\(source): \(error.message)")
            }
        }
    }

    private func settings(for descriptors: DescriptorLimit) throws -> ServerProcess.Settings {
        // All clients of a proxy come from one address.
        let perAddress = connectionsPerAddress ?? (behindProxy ? .max : nil)
        var listener = ListenerOptions(
            host: host,
            port: port,
            connections: ConnectionLimits(descriptors: descriptors.current, perAddress: perAddress)
        )
        if let tlsCert, let tlsKey { listener.tls = (certificate: tlsCert, key: tlsKey) }
        listener.isBehindProxy = behindProxy
        if let publicUrl { listener.publicURL = try PublicURL(publicUrl) }
        var settings = ServerProcess.Settings(directory: directory, listener: listener)
        settings.engine.drainDeadline = ServeCommand.drainDeadline
        settings.engine.deadLetterDays = deadLetterDays
        settings.engine.backfillRecordsPerSecond = backfillRate
        settings.engine.decision.identityCap = identityCap.rule
        settings.engine.decision.eventCap = eventCap.rule
        settings.engine.decision.erasedReturn = onErasedReturn.rule
        settings.dataflowsMax = dataflowsMax
        settings.sandboxesMax = sandboxesMax
        settings.forgetsSuppressions = forgetSuppressions
        settings.allowsInsecureEndpoints = allowInsecureEndpoints
        settings.identityUse = awsIdentity
        settings.proxy = try proxy
        if let caBundle { settings.authorities = try CertificateBundle(file: caBundle) }
        settings.signOn = try signOn.options
        settings.crossOrigin = try CrossOriginPolicy(origins: corsOrigins)
        settings.storage.cacheBytes = cacheMib << 20
        settings.storage.commitLog = storage.commitLog
        settings.storage.ledgerDays = ledgerDays
        if let url = database ?? Environment[DatabaseURL.variable] {
            settings.database = SharedDatabase(
                url: url,
                writers: writers,
                acceptsAsynchronousStandbys: acceptAsyncReplication
            )
            // Rows are locked for as long as a batch is decided.
            settings.engine.batchMessagesMax = DatabaseURL.batchMessagesMax
        } else if writers > 1 {
            throw CommandFailure(.usage, "--writers is of a store in a database; give --database too")
        }
        settings.timeZone = try timeZone.map { name throws(CommandFailure) in try TimeZoneFile.rules(of: name) }
        return settings
    }
}
