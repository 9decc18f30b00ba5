import ActivationEngine
import AsyncHTTPClient
import Kinesis
import KinesisLocal
import Testing

@testable import headwater

@Suite struct KinesisDestinationProbeTests {
    /// Runs against an endpoint that knows one key and the stream `events`.
    private func withProbe(
        transitionTime: Duration = .zero,
        _ check: (KinesisDestinationProbe, DestinationCredentials, KinesisLocalServer) async throws -> Void
    ) async throws {
        let server = KinesisLocalServer(
            configuration: KinesisLocalServer.Configuration(
                credentials: [.init(accessKey: "AKIDEXAMPLE", secretKey: "secret")],
                transitionTime: transitionTime
            )
        )
        try await server.start()
        try server.createStream("events")
        let http = HTTPClient(eventLoopGroup: HTTPClient.defaultEventLoopGroup, configuration: .kinesis())
        let credentials = DestinationCredentials(
            accessKeyId: "AKIDEXAMPLE",
            secretKey: "secret",
            region: "eu-west-1",
            connectionUrl: server.endpoint
        )
        do {
            let probe = KinesisDestinationProbe(http: http, allowsInsecureEndpoints: false, retryDelay: .zero)
            try await check(probe, credentials, server)
        } catch {
            try await http.shutdown()
            await server.shutdown()
            throw error
        }
        try await http.shutdown()
        await server.shutdown()
    }

    private func error(_ work: () async throws -> Void) async throws -> DestinationProbeError {
        try #require(await #expect(throws: DestinationProbeError.self) { try await work() })
    }

    @Test func `a right key and an active stream pass`() async throws {
        try await withProbe { probe, credentials, _ in
            try await probe.checkConnection(credentials)
            try await probe.checkStream(credentials, stream: "events", region: nil)
        }
    }

    @Test func `a wrong secret is AWS-401 and is not in the message`() async throws {
        try await withProbe { probe, credentials, _ in
            var wrong = credentials
            wrong.secretKey = "wr0ng-s3cret"

            let error = try await error { try await probe.checkConnection(wrong) }

            #expect(error.code == "AWS-401")
            #expect(error.step == "ListStreams")
            #expect(!error.message.contains("wr0ng-s3cret"))
        }
    }

    @Test func `an unknown key is AWS-401`() async throws {
        try await withProbe { probe, credentials, _ in
            var wrong = credentials
            wrong.accessKeyId = "AKIDOTHER"

            let error = try await error { try await probe.checkConnection(wrong) }

            #expect(error.code == "AWS-401")
        }
    }

    @Test func `a missing stream is AWS-404`() async throws {
        try await withProbe { probe, credentials, _ in
            let error = try await error { try await probe.checkStream(credentials, stream: "absent", region: nil) }

            #expect(error.code == "AWS-404")
            #expect(error.step == "DescribeStreamSummary")
        }
    }

    @Test func `a stream that is being made is AWS-409`() async throws {
        try await withProbe(transitionTime: .seconds(3_600)) { probe, credentials, server in
            try server.createStream("young")

            let error = try await error { try await probe.checkStream(credentials, stream: "young", region: nil) }

            #expect(error.code == "AWS-409")
            #expect(error.message.contains("CREATING"))
        }
    }

    @Test func `an endpoint that is not there is NET-001`() async throws {
        try await withProbe { probe, credentials, server in
            await server.shutdown()

            let error = try await error { try await probe.checkConnection(credentials) }

            #expect(error.code == "NET-001")
        }
    }

    @Test func `an endpoint that never answers is NET-001 after one request`() async throws {
        try await withProbe { probe, credentials, server in
            server.faults.latency = .seconds(600)
            var impatient = probe
            impatient.requestTimeout = .milliseconds(50)

            let connection = try await error { try await impatient.checkConnection(credentials) }
            let stream = try await error {
                try await impatient.checkStream(credentials, stream: "events", region: nil)
            }

            #expect(connection.code == "NET-001")
            #expect(stream.code == "NET-001")
            #expect(stream.step == "DescribeStreamSummary")
            server.faults.latency = .zero
        }
    }

    @Test(arguments: ["http://example.com", "http://169.254.169.254", "not a url"])
    func `an endpoint that must not be used is CFG-001`(url: String) async throws {
        try await withProbe { probe, credentials, _ in
            var wrong = credentials
            wrong.connectionUrl = url

            let error = try await error { try await probe.checkConnection(wrong) }

            #expect(error.code == "CFG-001")
            #expect(error.step == "endpoint")
        }
    }
}
