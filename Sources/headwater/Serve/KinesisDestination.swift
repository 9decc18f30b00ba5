import ActivationCore
import ActivationEngine
import ActivationServer
import Kinesis
import Logging

/// Amazon Kinesis Data Streams as a kind of destination.
struct KinesisDestination: DestinationKind {
    let connections: KinesisConnections
    /// Plain HTTP to other machines, and names that lead to this one.
    var allowsInsecureEndpoints = false
    /// Nothing is sent once it fails: another server may own the directory.
    let lifeSign: any LifeSign
    let logger: Logger
    /// While it is tried, passing trouble is tried again after this, and once more after twice as long.
    var retryDelay = Duration.milliseconds(250)
    /// Who stores a destination waits for the answer, so a dead one is told within two seconds.
    var probeTimeout = Duration.milliseconds(1_700)

    /// How long a request with records may take in all.
    private static let requestTimeout = Duration.seconds(10)

    let spec = DestinationSpec(
        id: "86043421-563b-46ec-8e6c-e23184711bf6",
        name: "Amazon Kinesis",
        category: "cloudStorage",
        authenticationName: "Aws Kinesis authentication credentials",
        authenticationType: "KeyAuth",
        account: [
            "properties": [
                "accessKeyId": ["type": "string", "title": "AWS access key"],
                "secretKey": ["type": "string", "format": "password", "title": "AWS secret key"],
                "sessionToken": ["type": "string", "format": "password", "title": "AWS session token"],
                "region": ["type": "string", "title": "AWS region"],
                "connectionUrl": ["type": "string", "format": "uri", "title": "Endpoint URL"],
            ],
            "required": ["accessKeyId", "secretKey"],
            "anyOf": [["required": ["region"]], ["required": ["connectionUrl"]]],
        ],
        targetName: "Stream",
        target: [
            "properties": [
                "stream": ["type": "string", "pattern": "^[a-zA-Z0-9_.-]{1,128}$"],
                "region": ["type": "string"],
                "wire": ["type": "string", "enum": ["json", "cbor"]],
                "retries": ["type": "integer", "minimum": 0],
            ],
            "required": ["stream"],
        ],
        accountSteps: accountSteps,
        targetSteps: targetSteps
    )

    var landingTime: Duration { KinesisProducer.landingTime(requestTimeout: Self.requestTimeout) }

    func check(account: JSONObject) throws(DestinationFieldError) {
        _ = try KinesisAccount(account)
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
        return "\(endpoint.signingRegion) \(endpoint.url)/\(place.stream.name)"
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
            options.attemptsMax = target.retries.map { $0 + 1 }
            return KinesisSink(
                KinesisProducer(
                    client: client,
                    stream: target.stream,
                    options: options,
                    willSend: { try lifeSign.beat() },
                    logger: logger
                )
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
        return try KinesisClient(
            httpClient: connections[endpoint.peers],
            budget: connections.budget,
            endpoint: endpoint,
            credentials: account.credentials,
            wire: wire,
            requestTimeout: requestTimeout
        )
    }

    private func endpoint(_ account: KinesisAccount, region: String?) throws(KinesisError) -> KinesisEndpoint {
        try KinesisEndpoint.resolve(
            connectionURL: account.connectionURL,
            baseRegion: account.region,
            targetRegion: region,
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
            try await endpoint.checkAddresses(within: probeTimeout, using: connections.resolver)
        } catch {
            if error.code == .forbiddenEndpoint { throw error }
        }
    }
}
