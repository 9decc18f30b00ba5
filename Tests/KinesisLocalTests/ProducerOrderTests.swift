import AsyncHTTPClient
import Kinesis
import Logging
import NIOPosix
import Testing

@testable import KinesisLocal

/// The producer of this package against this endpoint, with the endpoint as the witness.
@Suite struct ProducerOrderTests {
    private static let keys = 200
    private static let recordsPerKey = 10

    @Test(arguments: KinesisWire.allCases)
    func `every record arrives in order through throttles, failures and dropped connections`(
        wire: KinesisWire
    ) async throws {
        let seed = TestSeed.value
        let faults = Faults(
            seed: seed,
            recordThrottled: 0.1,
            recordFailed: 0.02,
            requestFailed: 0.05,
            connectionDropped: 0.05
        )
        var configuration = KinesisLocalServer.Configuration(accessKey: "AKIDEXAMPLE", secretKey: "local-secret")
        configuration.streams = ["orders"]
        configuration.shardCount = 16
        configuration.enforcesShardLimits = false
        configuration.faults = faults

        try await withServer(configuration) { server, _ in
            let delivered = try await produce(to: server.endpoint ?? "", wire: wire)

            let verification = try #require(server.verification(ofStream: "orders"))
            #expect(verification.isOrdered && verification.isComplete, "\(verification), seed \(seed)")
            #expect(verification.keys == Self.keys)
            #expect(verification.marked - verification.duplicates == Self.keys * Self.recordsPerKey)
            let statistics = server.statistics
            #expect((statistics.streams.first?.counts.throttled ?? 0) > 0)
            // Each receipt names a record that the stream holds under that very number.
            let held = Dictionary(
                server.records(ofStream: "orders").joined().map { ($0.sequenceNumber, $0) },
                uniquingKeysWith: { first, _ in first }
            )
            #expect(held.count == verification.marked)
            var mark = KinesisLocalServer.ReadMark()
            #expect(
                server.records(ofStream: "orders", after: &mark) == server.records(ofStream: "orders").flatMap(\.self)
            )
            #expect(server.records(ofStream: "orders", after: &mark) == [], "all were read")
            #expect(server.records(ofStream: "unknown", after: &mark) == [])
            for (marker, receipt) in delivered {
                let record = held[receipt.sequenceNumber]
                #expect(record?.shardID == receipt.shardID)
                #expect(record.map { String(decoding: $0.data, as: UTF8.self) } == marker)
            }
        }
    }

    /// Produces every record and answers the receipts by marker.
    private func produce(to endpoint: String, wire: KinesisWire) async throws -> [(String, Receipt)] {
        // One loop: the client's pool aborts the process when it is shut down after an answer and before the end of that
        // request is noted, which takes a turn of the loop if request and connection are on different ones.
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        let http = AddressedHTTPClient(configuration: .kinesis(connectionsMax: 4), eventLoopGroup: loop)
        do {
            let client = try KinesisClient(
                httpClient: http,
                endpoint: .resolve(connectionURL: endpoint, baseRegion: "us-east-1", targetRegion: nil),
                credentials: KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "local-secret"),
                wire: wire,
                // After an ambiguous failure a key rests for so long.
                requestTimeout: .seconds(4)
            )
            let delivered = try await produce(with: client)
            try await http.shutdown()
            return delivered
        } catch {
            try await http.shutdown()
            throw error
        }
    }

    private func produce(with client: KinesisClient) async throws -> [(String, Receipt)] {
        var options = ProducerOptions()
        options.recordsPerRequest = 40
        options.retryDelayBase = .milliseconds(1)
        options.retryDelayMax = .milliseconds(5)
        options.ambiguityGuard = .milliseconds(1)
        let producer = KinesisProducer(
            client: client,
            stream: try Kinesis.StreamReference(name: "orders"),
            options: options,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
        let markers = (0..<Self.keys * Self.recordsPerKey).map { index in
            "~k=\(index % Self.keys);s=\(index / Self.keys + 1)~"
        }
        let records = markers.enumerated().map { index, marker in
            KinesisRecord(
                token: UInt64(index),
                orderingKey: OrderingKey(high: 0, low: UInt64(index % Self.keys)),
                partitionKey: "profile-\(index % Self.keys)",
                data: Array(marker.utf8)
            )
        }
        async let serving: Void = producer.run()
        await producer.submit(records)
        var delivered: [(String, Receipt)] = []
        while delivered.count < records.count, let settlements = await producer.nextSettlements() {
            for settlement in settlements {
                guard case .delivered(let receipt) = settlement.outcome else {
                    Issue.record("\(settlement)")
                    await producer.close(within: .zero)
                    return delivered
                }
                delivered.append((markers[Int(settlement.token)], receipt))
            }
        }
        await producer.close(within: .seconds(10))
        await serving
        #expect(delivered.count == records.count)
        return delivered
    }
}
