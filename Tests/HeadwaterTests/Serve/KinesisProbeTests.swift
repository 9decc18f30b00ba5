import ActivationCore
import ActivationServer
import Dispatch
import Kinesis
import KinesisLocal
import NIOCore
import Testing

@testable import headwater

@Suite struct KinesisProbeTests {
    /// Runs against an endpoint that knows one key and the stream `events`.
    private func withProbe(
        transitionTime: Duration = .zero,
        _ check: (KinesisDestination, JSONObject, KinesisLocalServer) async throws -> Void
    ) async throws {
        let server = KinesisLocalServer(
            configuration: KinesisLocalServer.Configuration(
                credentials: [.init(accessKey: "AKIDEXAMPLE", secretKey: "secret")],
                transitionTime: transitionTime
            )
        )
        try await server.start()
        try server.createStream("events")
        do {
            try await KinesisDestination.forTesting { destination in
                try await check(destination, KinesisDestination.account(server.endpoint), server)
            }
        } catch {
            await server.shutdown()
            throw error
        }
        await server.shutdown()
    }

    @Test func `a right key and an active stream pass`() async throws {
        try await withProbe { destination, account, _ in
            try await destination.probe(account: account)
            try await destination.probe(target: ["stream": "events"], account: account)
        }
    }

    @Test func `names whose server says nothing keep no other destination from being tried`() async throws {
        let deadCount = 12
        let silence = DispatchSemaphore(value: 0)
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let resolver = HostResolver { host in
            guard host.hasPrefix("dead") else { return [try SocketAddress(ipAddress: "127.0.0.1", port: 0)] }
            ask.yield()
            silence.wait()
            return []
        }
        let server = KinesisLocalServer(configuration: .init())
        try await server.start()
        let port = try #require(server.endpoint?.split(separator: ":").last)
        do {
            try await KinesisDestination.forTesting(resolver: resolver) { destination in
                var destination = destination
                destination.allowsInsecureEndpoints = true
                let kind = destination
                let dead = (0..<deadCount).map { index in
                    Task {
                        try await probeError {
                            try await kind.probe(account: KinesisDestination.account("http://dead\(index).example"))
                        }
                    }
                }
                var iterator = asked.makeAsyncIterator()
                for _ in 0..<deadCount { await iterator.next() }

                try await kind.probe(account: KinesisDestination.account("http://good.example:\(port)"))

                for task in dead {
                    let error = try await task.value
                    #expect(error.code == "NET-001" && error.step == "resolve", "\(error)")
                    #expect(error.message.contains("no answer within"))
                }
                for _ in 0..<deadCount { silence.signal() }
            }
        } catch {
            await server.shutdown()
            throw error
        }
        await server.shutdown()
    }

    @Test func `a wrong secret is AWS-401 and is not in the message`() async throws {
        try await withProbe { destination, account, _ in
            var wrong = account
            wrong["secretKey"] = "wr0ng-s3cret"

            let error = try await probeError { try await destination.probe(account: wrong) }

            #expect(error.code == "AWS-401")
            #expect(error.step == "ListStreams")
            #expect(!error.message.contains("wr0ng-s3cret"))
        }
    }

    @Test func `an unknown key is AWS-401`() async throws {
        try await withProbe { destination, account, _ in
            var wrong = account
            wrong["accessKeyId"] = "AKIDOTHER"

            let error = try await probeError { try await destination.probe(account: wrong) }

            #expect(error.code == "AWS-401")
        }
    }

    @Test func `a missing stream is AWS-404`() async throws {
        try await withProbe { destination, account, _ in
            let error = try await probeError {
                try await destination.probe(target: ["stream": "absent"], account: account)
            }

            #expect(error.code == "AWS-404")
            #expect(error.step == "DescribeStreamSummary")
        }
    }

    @Test func `a stream that is being made is AWS-409`() async throws {
        try await withProbe(transitionTime: .seconds(3_600)) { destination, account, server in
            try server.createStream("young")

            let error = try await probeError {
                try await destination.probe(target: ["stream": "young"], account: account)
            }

            #expect(error.code == "AWS-409")
            #expect(error.message.contains("CREATING"))
        }
    }

    @Test func `an endpoint that is not there is NET-001`() async throws {
        try await withProbe { destination, account, server in
            await server.shutdown()

            let error = try await probeError { try await destination.probe(account: account) }

            #expect(error.code == "NET-001")
            #expect(error.step == "connect")
        }
    }

    @Test func `an endpoint that never answers is NET-001 after one request`() async throws {
        try await withProbe { destination, account, server in
            server.faults.latency = .seconds(600)
            var impatient = destination
            impatient.probeTimeout = .milliseconds(50)

            let connection = try await probeError { try await impatient.probe(account: account) }
            let stream = try await probeError {
                try await impatient.probe(target: ["stream": "events"], account: account)
            }

            #expect(connection.code == "NET-001")
            #expect(stream.code == "NET-001")
            #expect(stream.step == "DescribeStreamSummary")
            server.faults.latency = .zero
        }
    }

    @Test(arguments: ["http://example.com", "http://169.254.169.254", "https://[64:ff9b::169.254.169.254]"])
    func `an endpoint that must not be used is CFG-001`(url: String) async throws {
        try await withProbe { destination, account, _ in
            var wrong = account
            wrong["connectionUrl"] = .string(url)

            let error = try await probeError { try await destination.probe(account: wrong) }

            #expect(error.code == "CFG-001")
            #expect(error.step == "endpoint")
        }
    }
}
