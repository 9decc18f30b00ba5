import ActivationCore
import ActivationEngine
import ActivationServer
import Kinesis
import Logging

/// Amazon Kinesis Data Streams as a kind of destination.
struct KinesisDestination: DestinationKind {
    let spec: DestinationSpec
    let connections: KinesisConnections
    /// As whom accounts may sign in beside their own keys; nil = as nobody.
    let server: ServerIdentity?
    /// Plain HTTP to other machines, and names that lead to this one.
    var allowsInsecureEndpoints: Bool
    /// Nothing is sent once it fails: another server may own the directory.
    let lifeSign: any LifeSign
    /// Of which traces records are part.
    let traces: RecordTraces
    /// What must not be sent any more.
    let recalls: RecalledRows
    let logger: Logger
    /// While it is tried, passing trouble is tried again after this, and once more after twice as long.
    var retryDelay: Duration
    /// Who stores a destination waits for the answer, so a dead one is told within two seconds.
    var probeTimeout: Duration

    /// What the producers of all dataflows hold together.
    private let memory = ProducerMemory(bytesMax: 256 << 20)

    /// How long a request with records may take in all.
    private static let requestTimeout = Duration.seconds(10)

    init(
        connections: KinesisConnections,
        server: ServerIdentity? = nil,
        allowsInsecureEndpoints: Bool = false,
        lifeSign: any LifeSign,
        traces: RecordTraces = RecordTraces(),
        recalls: RecalledRows = RecalledRows(),
        logger: Logger,
        retryDelay: Duration = .milliseconds(250),
        probeTimeout: Duration = .milliseconds(1_700)
    ) {
        spec = DestinationSpec(
            id: "86043421-563b-46ec-8e6c-e23184711bf6",
            name: "Amazon Kinesis",
            category: "cloudStorage",
            signIn: Self.keys,
            otherSignIns: [Self.role(server), Self.own(server)],
            targetName: "Stream",
            target: [
                "properties": [
                    "stream": ["type": "string", "pattern": .string(KinesisTarget.streamPattern)],
                    "region": ["type": "string"],
                    "wire": ["type": "string", "enum": ["json", "cbor"]],
                    "aggregate": ["type": "boolean", "default": false],
                    "retries": ["type": "integer", "minimum": 0],
                ],
                "required": ["stream"],
            ],
            accountSteps: Self.accountSteps,
            targetSteps: Self.targetSteps
        )
        self.connections = connections
        self.server = server
        self.allowsInsecureEndpoints = allowsInsecureEndpoints
        self.lifeSign = lifeSign
        self.traces = traces
        self.recalls = recalls
        self.logger = logger
        self.retryDelay = retryDelay
        self.probeTimeout = probeTimeout
    }

    var landingTime: Duration { KinesisProducer.landingTime(requestTimeout: Self.requestTimeout) }

    func check(account: JSONObject) throws(DestinationFieldError) {
        let account = try KinesisAccount(account)
        if case .server = account.signIn, server?.use != .all {
            throw DestinationFieldError("accessKeyId", "is required")
        }
        do throws(KinesisError) {
            _ = try endpoint(account, region: nil)
        } catch  where error.code == .invalidRegion {
            throw DestinationFieldError("endpointVariant", "cannot be used: \(error.message)")
        } catch {
            // Told by the probe, as the step that it is.
        }
    }

    func check(target: JSONObject) throws(DestinationFieldError) {
        _ = try KinesisTarget(target)
    }

    /// The stream's name at its endpoint.
    func address(target: JSONObject, account: JSONObject) -> String {
        // What was stored passed these checks; a version that reads it otherwise has no address for it but its text.
        guard
            let place = try? KinesisTarget(target),
            let account = try? KinesisAccount(account),
            let endpoint = try? endpoint(account, region: place.region)
        else { return JSONValue.object(target).text }
        return "\(endpoint.signingRegion) \(endpoint.url)/\(place.stream.arn ?? place.stream.name)"
    }

    func open(
        target: JSONObject,
        account: JSONObject,
        for dataflow: Dataflow.ID
    ) async throws(SinkFactoryError) -> any RecordSink {
        let (account, target) = try configured(account, target)
        var logger = logger
        logger[metadataKey: "dataflow.id"] = "\(dataflow.uuid)"
        do throws(KinesisError) {
            let client = try client(
                account,
                region: target.region,
                wire: target.wire,
                requestTimeout: Self.requestTimeout
            )
            try await refuseForbidden(client.endpoint)
            let lifeSign = lifeSign
            var options = ProducerOptions()
            options.memory = memory
            options.attemptsMax = target.retries.map { $0 + 1 }
            if target.aggregates { options.aggregateBytesMax = ProducerOptions.aggregateBytesDefault }
            return KinesisSink(
                KinesisProducer(
                    client: client,
                    stream: target.stream,
                    options: options,
                    willSend: { try lifeSign.beat() },
                    tracing: KinesisTracing(records: traces),
                    recalls: KinesisRecalls(rows: recalls, dataflow: dataflow),
                    logger: logger
                ),
                client: client
            )
        } catch {
            throw SinkFactoryError(code: error.code.rawValue, message: error.message)
        }
    }

    /// A client for an account, in the target's region or else its own.
    func client(
        _ account: KinesisAccount,
        region: String?,
        wire: KinesisWire = .json,
        requestTimeout: Duration
    ) throws(KinesisError) -> KinesisClient {
        let endpoint = try endpoint(account, region: region)
        return KinesisClient(
            httpClient: connections[endpoint],
            budget: connections.budget,
            endpoint: endpoint,
            provider: try provider(account, at: endpoint),
            wire: wire,
            requestTimeout: requestTimeout
        )
    }

    private func provider(
        _ account: KinesisAccount,
        at endpoint: KinesisEndpoint
    ) throws(KinesisError) -> any CredentialsProvider {
        switch account.signIn {
        case .keys(let keys): return try StaticCredentials(keys)
        case .role(let role):
            guard let server else { throw .identityRefused(.roles) }
            return try server.role(
                role,
                region: endpoint.signingRegion,
                isFIPS: account.variant.isFIPS || endpoint.isFIPS
            )
        case .server:
            guard let server else { throw .identityRefused(.all) }
            return try server.own()
        }
    }

    private func endpoint(_ account: KinesisAccount, region: String?) throws(KinesisError) -> KinesisEndpoint {
        try KinesisEndpoint.resolve(
            connectionURL: account.connectionURL,
            baseRegion: account.region,
            targetRegion: region,
            variant: account.variant,
            allowsInsecure: allowsInsecureEndpoints
        )
    }

    private func configured(
        _ account: JSONObject,
        _ target: JSONObject
    ) throws(SinkFactoryError) -> (KinesisAccount, KinesisTarget) {
        do throws(DestinationFieldError) {
            return (try KinesisAccount(account), try KinesisTarget(target))
        } catch {
            throw SinkFactoryError(code: "CFG-001", message: "\(error.key) \(error.message)")
        }
    }

    /// A name that leads where it must not is for a person; one that has no address now may have one later, and until then
    /// the sink says so.
    private func refuseForbidden(_ endpoint: KinesisEndpoint) async throws(KinesisError) {
        do throws(KinesisError) {
            try await endpoint.checkAddresses(
                within: probeTimeout,
                using: connections.resolver,
                through: connections.proxy
            )
        } catch {
            if error.code == .forbiddenEndpoint { throw error }
        }
    }
}
