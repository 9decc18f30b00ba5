import Foundation
import Kinesis
import KinesisLocal
import Logging
import Testing

/// The example of the library's README, compiled as it stands there and run.
@Suite struct LibraryExampleTests {
    // README begins
    /// Writes orders of customers to a stream, each customer's in order, and returns when all are settled.
    func write(_ orders: [(customer: UInt64, json: String)], to streamName: String, at url: String) async throws {
        let http = AddressedHTTPClient(configuration: .kinesis())
        let client = try KinesisClient(
            httpClient: http,
            endpoint: .resolve(connectionURL: url, baseRegion: "eu-west-1", targetRegion: nil),
            credentials: KinesisCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret")
        )
        let producer = KinesisProducer(
            client: client,
            stream: try StreamReference(name: streamName),
            logger: Logger(label: "orders")
        )
        let records = orders.enumerated().map { number, order in
            KinesisRecord(
                token: UInt64(number),
                orderingKey: OrderingKey(high: 0, low: order.customer),
                partitionKey: "customer-\(order.customer)",
                data: Array(order.json.utf8)
            )
        }
        async let serving: Void = producer.run()
        async let submitted = producer.submit(records)
        var settled = 0
        while settled < records.count, let settlements = await producer.nextSettlements() {
            for settlement in settlements {
                if case .rejected(let error) = settlement.outcome {
                    print("order \(settlement.token) is not taken: \(error)")
                }
            }
            settled += settlements.count
        }
        await producer.close(within: .seconds(10))
        _ = await (serving, submitted)
        try await http.shutdown()
    }
    // README ends

    @Test func `the example writes every order once and in order`() async throws {
        var configuration = KinesisLocalServer.Configuration()
        configuration.streams = ["orders"]
        try await withServer(configuration) { server, _ in
            let orders = (1...60).map { number in
                (customer: UInt64(number % 3), json: #"{"order":"~k=\#(number % 3);s=\#((number + 2) / 3)~"}"#)
            }

            try await write(orders, to: "orders", at: server.endpoint ?? "")

            let verification = try #require(server.verification(ofStream: "orders"))
            #expect(verification.isOrdered && verification.isComplete && verification.duplicates == 0)
            #expect(verification.marked == 60 && verification.keys == 3)
        }
    }

    @Test func `the README and the documentation show this example`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let source = try String(contentsOf: URL(filePath: #filePath), encoding: .utf8)
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex { $0 == "    // README begins" })
        let end = try #require(lines.firstIndex { $0 == "    // README ends" })
        let example = lines[start + 1..<end].map { $0.dropFirst(4) }.joined(separator: "\n")

        for name in ["README.md", "Kinesis.docc/Kinesis.md"] {
            let text = try String(contentsOf: root.appending(path: "Sources/Kinesis/\(name)"), encoding: .utf8)
            #expect(text.contains(example), "\(name) has another example")
        }
    }
}
