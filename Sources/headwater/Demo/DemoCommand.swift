import ActivationCore
import ActivationServer
import ArgumentParser
import AsyncHTTPClient
import Kinesis
import KinesisLocal
import Logging
import ServiceLifecycle
import UnixSignals

/// `headwater demo`: the whole product on real data, in one process.
struct DemoCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "demo",
        abstract: "Runs everything on real data: purchases become profiles, audiences, and records in a stream.",
        discussion: """
            Starts a Kinesis endpoint and a server on a temporary directory, makes three audiences and a dataflow through \
            the HTTP API, sends the bundled CDNOW purchases, and shows the exported records and a balance.
            """
    )

    @Option(name: .customLong("data"), help: "The CDNOW file; by default the bundled one.")
    var file: String?

    @Flag(help: "Leaves server and endpoint running at the end, until Ctrl-C.")
    var keep = false

    @Flag(help: "Prints the balance as one JSON object and nothing else.")
    var json = false

    private static let stream = "cdnow"

    func run() async throws {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        let data = try CDNOW(path: file ?? CDNOW.bundledPath())
        let directory = try TemporaryDirectory(prefix: "headwater-demo")
        do {
            try await run(data, directory)
        } catch {
            directory.remove()
            throw error
        }
        // Without --keep the lines that say how to go on need the directory.
        if keep || json { directory.remove() }
    }

    private func run(_ data: CDNOW, _ directory: TemporaryDirectory) async throws {
        let kinesis = KinesisLocalServer(
            configuration: KinesisLocalServer.Configuration(streams: [DemoCommand.stream])
        )
        try await kinesis.start()
        let (endpoints, found) = AsyncStream.makeStream(
            of: (endpoint: String, firstUser: String?).self,
            bufferingPolicy: .bufferingNewest(1)
        )
        let settings = ServerProcess.Settings(directory: directory.path, listener: ListenerOptions(port: 0))
        let server = try await ServerProcess(settings, logger: Logger(label: "headwater")) { endpoint, firstUser in
            found.yield((endpoint, firstUser))
        }
        let group = ServiceGroup(
            services: [kinesis] + server.services,
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: Logger(label: "headwater")
        )
        do {
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask {
                    try await group.run()
                    // Nobody has to wait for an endpoint any more.
                    found.finish()
                }
                tasks.addTask {
                    for await (endpoint, firstUser) in endpoints {
                        try await show(
                            data,
                            directory,
                            server: endpoint,
                            firstUser: firstUser,
                            kinesis: kinesis.endpoint ?? ""
                        )
                        break
                    }
                    if !keep { await group.triggerGracefulShutdown() }
                }
                // Whichever fails first ends the other.
                while try await tasks.next() != nil {}
            }
        } catch {
            try? await server.close()
            throw error
        }
        try await server.close()
    }

    private func show(
        _ data: CDNOW,
        _ directory: TemporaryDirectory,
        server: String,
        firstUser: String?,
        kinesis: String
    ) async throws {
        let credentials = try ServerCredentials(directory: directory.path, endpoint: server)
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup)
        let kinesisHTTP = AddressedHTTPClient(configuration: .kinesis())
        do {
            let run = DemoRun(
                client: ServerClient(http: http, credentials: credentials),
                reader: try reader(kinesisHTTP, kinesis),
                stream: DemoCommand.stream,
                data: data,
                isShown: !json
            )
            let result = try await run.perform()
            try await http.shutdown()
            try await kinesisHTTP.shutdown()
            if json {
                Terminal.print(result.summary.json)
            } else {
                let guide = DemoGuide(
                    server: server,
                    firstUser: firstUser,
                    kinesis: kinesis,
                    stream: DemoCommand.stream,
                    directory: directory.path,
                    dataflow: result.dataflow,
                    isRunning: keep
                )
                Terminal.print("\(result.summary.text)\n\n\(guide.text)")
            }
            guard result.summary.isBalanced else {
                throw CommandFailure(.software, "the figures do not add up: \(result.summary.json.text)")
            }
        } catch {
            // The reason for the failure is worth more than one on the way out.
            try? await http.shutdown()
            try? await kinesisHTTP.shutdown()
            throw error
        }
    }

    private func reader(_ http: AddressedHTTPClient, _ url: String) throws(CommandFailure) -> KinesisClient {
        do throws(KinesisError) {
            return try KinesisClient(
                httpClient: http,
                endpoint: try KinesisEndpoint.resolve(connectionURL: url, baseRegion: "us-east-1", targetRegion: nil),
                credentials: KinesisCredentials(accessKeyID: "demo", secretAccessKey: "demo")
            )
        } catch {
            throw CommandFailure(error)
        }
    }
}
