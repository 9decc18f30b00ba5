import ActivationCore
import ActivationEngine
import ActivationServer
import AsyncHTTPClient
import Kinesis
import Logging

/// Opens the Kinesis stream that a dataflow is configured to write to.
struct KinesisSinkFactory: SinkFactory {
    let http: HTTPClient
    let control: ControlPlane
    let allowsInsecureEndpoints: Bool
    let lifeSign: any LifeSign
    let logger: Logger

    /// How long a request may take in all.
    private static let requestTimeout = Duration.seconds(10)

    var landingTime: Duration { KinesisProducer.landingTime(requestTimeout: Self.requestTimeout) }

    func sink(for dataflow: Dataflow.ID) async throws(SinkFactoryError) -> any RecordSink {
        let parameters = try control.sinkParameters(for: dataflow)
        var logger = logger
        logger[metadataKey: "dataflow.id"] = "\(dataflow.uuid)"
        do throws(KinesisError) {
            let client = try KinesisClient(
                http,
                parameters.credentials,
                region: parameters.region,
                allowsInsecure: allowsInsecureEndpoints,
                wire: parameters.wire.flatMap { KinesisWire(rawValue: $0) } ?? .json,
                requestTimeout: Self.requestTimeout
            )
            let lifeSign = lifeSign
            var options = ProducerOptions()
            options.attemptsMax = parameters.retries.map { min(max($0, 0), 1_000_000) + 1 }
            return KinesisSink(
                KinesisProducer(
                    client: client,
                    stream: try StreamReference(name: parameters.stream),
                    options: options,
                    willSend: { try lifeSign.beat() },
                    logger: logger
                )
            )
        } catch {
            throw SinkFactoryError(code: error.code.rawValue, message: error.message)
        }
    }
}

extension KinesisClient {
    /// A client for a configured destination.
    convenience init(
        _ http: HTTPClient,
        _ credentials: DestinationCredentials,
        region: String?,
        allowsInsecure: Bool,
        wire: KinesisWire = .json,
        requestTimeout: Duration = .seconds(10)
    ) throws(KinesisError) {
        try self.init(
            httpClient: http,
            endpoint: try KinesisEndpoint.resolve(
                connectionURL: credentials.connectionUrl,
                baseRegion: credentials.region,
                targetRegion: region,
                allowsInsecure: allowsInsecure
            ),
            credentials: KinesisCredentials(
                accessKeyID: credentials.accessKeyId,
                secretAccessKey: credentials.secretKey,
                sessionToken: credentials.sessionToken
            ),
            wire: wire,
            requestTimeout: requestTimeout
        )
    }
}
