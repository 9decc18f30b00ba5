import ActivationCore
import ArgumentParser
import KinesisLocal
import Logging
import ServiceLifecycle
import UnixSignals

/// `headwater kinesis-local`: a Kinesis endpoint on this machine.
struct KinesisLocalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kinesis-local",
        abstract: "Answers like Amazon Kinesis Data Streams, with its limits and with faults on demand.",
        discussion:
            "Streams live in memory. GET /_stats, /_traces and /_verify tell what happened, PUT /_faults and /_scenario change the faults."
    )

    @Option(help: "The port; 0 takes a free one.")
    var port: Int

    @Option(help: "The address; anything but loopback needs --access-key.")
    var host = "127.0.0.1"

    @OptionGroup(title: "TLS") var tls: EndpointTLSOptions

    @Option(help: "The access key that requests must be signed with; without one every request is taken.")
    var accessKey: String?

    @Option(help: "Its secret key.")
    var secretKey: String?

    @Option(help: "Shards of a stream that is made without a number of them.")
    var shards = 4

    @Option(name: .customLong("stream"), help: "A stream that exists from the start; may be repeated.")
    var streams: [String] = []

    @Option(help: "The region in ARNs.")
    var region = "us-east-1"

    @Option(help: "Mebibytes of records that a stream keeps.")
    var retentionMib = 256

    @Option(help: "Milliseconds for which a stream is CREATING, UPDATING and DELETING.")
    var transitionMs = 0

    @Flag(help: "Lifts the shards' limits of 1,000 records and 1 MiB a second.")
    var noLimits = false

    @OptionGroup(title: "Faults") var faults: FaultOptions

    @Option(
        help: ArgumentHelp(
            "A JSON file with what goes wrong when: [{\"after\": SECONDS, \"faults\": {...}}, ...].",
            valueName: "file"
        )
    )
    var scenario: String?

    @OptionGroup var log: LogOptions

    @Flag(help: "Prints where it listens as one JSON object.")
    var json = false

    func validate() throws {
        guard (0...65_535).contains(port) else { throw ValidationError("--port is 0 to 65535.") }
        guard (accessKey == nil) == (secretKey == nil) else {
            throw ValidationError("--access-key and --secret-key come together.")
        }
        guard (1...500).contains(shards) else { throw ValidationError("--shards is 1 to 500.") }
        guard (1...65_536).contains(retentionMib) else { throw ValidationError("--retention-mib is 1 to 65536.") }
        guard (0...600_000).contains(transitionMs) else { throw ValidationError("--transition-ms is 0 to 600000.") }
        guard host.hasPrefix("127.") || ["localhost", "::1"].contains(host) || accessKey != nil else {
            throw ValidationError("\(host) is not a loopback address: give --access-key and --secret-key.")
        }
    }

    func run() async throws {
        log.bootstrap()
        let certificate = try tls.certificate(host: host)
        let server = KinesisLocalServer(configuration: try endpoint(with: certificate))
        let service = AnnouncedEndpoint(server: server, json: json)
        let group = ServiceGroup(
            services: [service],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "headwater")
        )
        do {
            try await group.run()
        } catch let error as KinesisLocalError {
            throw CommandFailure(.unavailable, error.message)
        }
    }

    private func endpoint(
        with certificate: ServerCertificate?
    ) throws(CommandFailure) -> KinesisLocalServer.Configuration {
        var configuration = configuration
        configuration.certificate = certificate
        if let scenario { configuration.scenario = try Self.read(scenario) }
        return configuration
    }

    private static func read(_ path: String) throws(CommandFailure) -> Scenario {
        let bytes = try SmallFile.contents(of: path, bytesMax: 1 << 20)
        do {
            return try Scenario(json: bytes)
        } catch {
            throw CommandFailure(.badInput, "\(path): \(error.message)")
        }
    }

    private var configuration: KinesisLocalServer.Configuration {
        var credentials: [KinesisLocalServer.Configuration.Credential] = []
        if let accessKey, let secretKey { credentials.append(.init(accessKey: accessKey, secretKey: secretKey)) }
        return KinesisLocalServer.Configuration(
            host: host,
            port: port,
            credentials: credentials,
            region: region,
            shardCount: shards,
            streams: streams,
            enforcesShardLimits: !noLimits,
            retentionBytes: retentionMib << 20,
            transitionTime: .milliseconds(transitionMs),
            faults: faults.faults
        )
    }
}

/// Says where the endpoint listens, once signals are heard: whoever reads the line may end it.
private struct AnnouncedEndpoint: Service {
    let server: KinesisLocalServer
    let json: Bool

    func run() async throws {
        try await server.start()
        let url = server.endpoint ?? ""
        json ? Terminal.print(["endpoint": .string(url)]) : Terminal.print("Kinesis endpoint: \(url)")
        try await server.run()
    }
}
