import NIOHTTP1
import Testing

@testable import KinesisLocal

@Suite struct ServerLifeTests {
    @Test func `HTTP by hand is answered in order and broken HTTP is refused`() async throws {
        try await withServer { _, port in
            let outcome = try await PythonProgram(name: "kinesis_local_http.py", arguments: ["\(port)"]).run()
            #expect(outcome.code == 0, "\(outcome.output)")
        }
    }

    @Test func `a server runs until its task is cancelled`() async throws {
        let server = KinesisLocalServer(configuration: .init(streams: ["orders"]))
        let port = try await server.start()
        #expect(port > 0 && server.endpoint == "http://127.0.0.1:\(port)")

        let run = Task { try await server.run() }
        run.cancel()
        try await run.value

        #expect(server.port == nil)
        await server.shutdown()
        await #expect(throws: KinesisLocalError.self) { try await server.start() }
    }

    @Test func `a port that is taken is named`() async throws {
        try await withServer { _, port in
            let second = KinesisLocalServer(configuration: .init(port: port))
            let error = await #expect(throws: KinesisLocalError.self) { try await second.start() }
            #expect(error?.code == .cannotListen)
            #expect(error?.message.contains("127.0.0.1:\(port)") == true)
        }
    }

    @Test func `streams are made in process and their records seen shard by shard`() throws {
        let server = KinesisLocalServer()
        try server.createStream("orders", shards: 2)

        #expect(throws: KinesisLocalError.self) { try server.createStream("orders") }
        #expect(throws: KinesisLocalError.self) { try server.createStream("a b") }
        #expect(throws: KinesisLocalError.self) { try server.createStream("large", shards: 501) }
        #expect(throws: KinesisLocalError.self) { try server.createStream("none", shards: 0) }
        #expect(server.records(ofStream: "orders") == [[], []])
        #expect(server.records(ofStream: "unknown") == [])
        #expect(server.verification(ofStream: "orders") == Verification())
        #expect(server.verification(ofStream: "unknown") == nil)
        #expect(server.statistics.streams.map(\.name) == ["orders"])
    }

    @Test func `the latency of the faults is on every answer`() {
        let router = RequestRouter(KinesisService(.init(faults: Faults(latency: .milliseconds(20)))))
        let head = HTTPRequestHead(
            version: .http1_1,
            method: .POST,
            uri: "/",
            headers: [
                "X-Amz-Target": "Kinesis_20131202.ListStreams", "Content-Type": "application/x-amz-json-1.1",
            ]
        )

        let good = Array("{}".utf8).withUnsafeBytes { router.reply(head, body: $0, now: 0) }
        let bad = Array("{".utf8).withUnsafeBytes { router.reply(head, body: $0, now: 0) }

        #expect(good.status == 200 && good.latency == .milliseconds(20))
        #expect(bad.status == 400 && bad.latency == .milliseconds(20))
    }
}
