import NIOHTTP1
import Synchronization
import Testing

@testable import Kinesis

@Suite struct KinesisClientTests {
    private static let record = KinesisRecord(
        token: 1,
        orderingKey: OrderingKey(high: 0, low: 1),
        partitionKey: "p-1",
        data: [1, 2, 3]
    )

    @Test(arguments: KinesisWire.allCases)
    func `streams are listed by page`(_ wire: KinesisWire) async throws {
        try await withClient(wire: wire) { call in
            guard call.operation == "ListStreams", call.document?["Limit"]?.integer == 2,
                call.document?["ExclusiveStartStreamName"]?.string == "a"
            else { return .error(400, "ValidationException") }
            return .answer(status: 200, ["StreamNames": ["b", "c"], "HasMoreStreams": true, "NextToken": "x"])
        } _: { client in
            let page = try await client.listStreams(limit: 2, exclusiveStart: "a")

            #expect(page == StreamPage(names: ["b", "c"], hasMore: true))
        }
    }

    @Test(arguments: KinesisWire.allCases)
    func `a stream is described`(_ wire: KinesisWire) async throws {
        try await withClient(wire: wire) { call in
            guard call.operation == "DescribeStreamSummary", call.document?["StreamName"]?.string == "orders" else {
                return .error(400, "ResourceNotFoundException")
            }
            return .answer(
                status: 200,
                [
                    "StreamDescriptionSummary": [
                        "StreamName": "orders", "StreamARN": "arn:aws:kinesis:eu-west-1:123456789012:stream/orders",
                        "StreamStatus": "ACTIVE", "OpenShardCount": 4, "MaxRecordSizeInKiB": 2048,
                        "StreamCreationTimestamp": .timestamp(milliseconds: 1_560_944_718_833),
                    ]
                ]
            )
        } _: { client in
            let summary = try await client.describeStreamSummary(StreamReference(name: "orders"))

            #expect(summary.status == "ACTIVE" && summary.openShardCount == 4)
            #expect(summary.recordBytesMax == 2 << 20)
            #expect(summary.arn == "arn:aws:kinesis:eu-west-1:123456789012:stream/orders")
            await #expect(throws: KinesisError.self) {
                try await client.describeStreamSummary(StreamReference(name: "missing"))
            }
        }
    }

    private static func shard(_ id: String, _ start: String, isClosed: Bool = false) -> WireValue {
        var sequences: [(String, WireValue)] = [("StartingSequenceNumber", "1")]
        if isClosed { sequences.append(("EndingSequenceNumber", "2")) }
        return [
            "ShardId": .string(id), "HashKeyRange": ["StartingHashKey": .string(start), "EndingHashKey": "0"],
            "SequenceNumberRange": .map(sequences),
        ]
    }

    @Test(arguments: KinesisWire.allCases)
    func `open shards are listed from all pages`(_ wire: KinesisWire) async throws {
        try await withClient(wire: wire, listsShards: true) { call in
            guard call.operation == "ListShards", let document = call.document else {
                return .error(400, "ValidationException")
            }
            if document["NextToken"]?.string == "more", document["StreamName"] == nil {
                let half = "170141183460469231731687303715884105728"
                return .answer(status: 200, ["Shards": [Self.shard("b", half)]])
            }
            guard document["StreamName"]?.string == "orders", document["ShardFilter"]?["Type"]?.string == "AT_LATEST"
            else { return .error(400, "ValidationException") }
            let first: WireValue = [Self.shard("old", "0", isClosed: true), Self.shard("a", "0")]
            return .answer(status: 200, ["Shards": first, "NextToken": "more"])
        } _: { client in
            let map = try await client.openShards(of: StreamReference(name: "orders"))

            #expect(map == ShardMap([.init(id: "a", start: 0), .init(id: "b", start: 1 << 63)]))
        }
    }

    @Test(
        arguments: [
            ["Shards": []], ["Shard": 1], ["Shards": [["ShardId": "a"]]],
            ["Shards": [shard("a", "99999999999999999999")]],
            ["Shards": [shard("a", "0"), shard("b", "-1")]],
            ["Shards": [shard("a", "0")], "NextToken": "again"], ["Shards": [], "NextToken": "again"],
        ] as [WireValue]
    )
    func `an answer that is no list of all shards is an error`(_ document: WireValue) async throws {
        try await withClient(listsShards: true) { _ in
            .answer(status: 200, document)
        } _: { client in
            let error = await #expect(throws: KinesisError.self) {
                try await client.openShards(of: StreamReference(name: "orders"))
            }
            #expect(error?.code == .invalidResponse)
        }
    }

    @Test(arguments: KinesisWire.allCases)
    func `requests carry a signature over what is sent`(_ wire: KinesisWire) async throws {
        let seen = Mutex<HTTPHeaders?>(nil)
        try await withClient(wire: wire, secondsSinceEpoch: { 1_440_938_160 }, token: "tok") { call in
            seen.withLock { $0 = call.headers }
            return .answer(status: 200, ["Records": [["SequenceNumber": "1", "ShardId": "s"]]])
        } _: { client in
            let results = try await client.putRecords([Self.record], to: StreamReference(name: "orders"))

            #expect(results.count == 1)
            let headers = try #require(seen.withLock { $0 })
            #expect(headers.first(name: "x-amz-date") == "20150830T123600Z")
            #expect(headers.first(name: "x-amz-security-token") == "tok")
            #expect(headers.first(name: "x-amz-target") == "Kinesis_20131202.PutRecords")
            #expect(headers.first(name: "content-type") == wire.contentType)
            #expect(headers["host"].count == 1)
            #expect(
                headers.first(name: "authorization")?.hasPrefix(
                    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/kinesis/aws4_request, "
                        + "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token;x-amz-target, Signature="
                ) == true
            )
        }
    }

    @Test func `a clock that is off is corrected by the service's and the request sent once more`() async throws {
        let dates = Mutex<[String]>([])
        let late: HTTPHeaders = ["date": "Sun, 30 Aug 2015 13:36:00 GMT"]
        try await withClient(secondsSinceEpoch: { 1_440_938_160 }) { call in
            let date = call.headers.first(name: "x-amz-date") ?? ""
            dates.withLock { $0.append(date) }
            guard date == "20150830T133600Z" else { return .error(400, "InvalidSignatureException", headers: late) }
            return .answer(status: 200, ["StreamNames": [], "HasMoreStreams": false])
        } _: { client in
            _ = try await client.listStreams()
            _ = try await client.listStreams()

            #expect(dates.withLock { $0 } == ["20150830T123600Z", "20150830T133600Z", "20150830T133600Z"])
        }
    }

    @Test func `a wrong key is reported after one request`() async throws {
        let calls = Mutex(0)
        try await withClient(secondsSinceEpoch: { 1_440_938_160 }) { _ in
            calls.withLock { $0 += 1 }
            return .error(400, "InvalidSignatureException", headers: ["date": "Sun, 30 Aug 2015 12:36:20 GMT"])
        } _: { client in
            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }

            #expect(error?.code == .invalidSignature && error?.needsOperator == true)
            #expect(calls.withLock { $0 } == 1)
        }
    }

    @Test func `a refused connection is known not to have written`() async throws {
        let service = try await ScriptedService.start { _ in .silence }
        let url = service.url
        try await service.stop()
        let http = AddressedHTTPClient(configuration: .kinesis())
        let client = try KinesisClient(
            httpClient: http,
            endpoint: KinesisEndpoint.resolve(connectionURL: url, baseRegion: nil, targetRegion: nil),
            credentials: KinesisCredentials(accessKeyID: "A", secretAccessKey: "S")
        )

        let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }
        try await http.shutdown()

        #expect(error?.code == .connectionFailed)
        #expect(error?.isRetriable == true && error?.isAmbiguous == false)
    }

    @Test func `a connection that ends before the answer leaves it open whether it was written`() async throws {
        try await withClient { _ in
            .dropConnection
        } _: { client in
            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }

            #expect(error?.code == .connectionLost)
            #expect(error?.isRetriable == true && error?.isAmbiguous == true)
        }
    }

    @Test func `a connection that ends with the answer does no harm`() async throws {
        try await withClient { _ in
            .answerAndClose(["Records": [["SequenceNumber": "1", "ShardId": "s"]]])
        } _: { client in
            var answered = 0
            for _ in 0..<200 {
                do throws(KinesisError) {
                    answered += try await client.putRecords([Self.record], to: StreamReference(name: "orders")).count
                } catch {
                    // The next request may meet the connection while it ends.
                    #expect(error.isRetriable, "\(error)")
                }
            }
            #expect(answered > 0)
        }
    }

    @Test func `an answer that stalls runs out of time`() async throws {
        try await withClient(requestTimeout: .seconds(3)) { _ in
            .stall
        } _: { client in
            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }

            #expect(error?.code == .requestTimeout)
            #expect(error?.isAmbiguous == true)
        }
    }

    @Test(
        arguments: [("", "s", nil), ("A B", "s", nil), ("A", "s\r\nx: y", nil), ("A", "s", "ä")]
            as [(String, String, String?)]
    )
    func `keys that no request can carry are refused at once`(
        _ id: String,
        _ secret: String,
        _ token: String?
    ) async throws {
        let http = AddressedHTTPClient(configuration: .kinesis())
        let endpoint = try KinesisEndpoint.resolve(connectionURL: nil, baseRegion: "eu-west-1", targetRegion: nil)

        let error = #expect(throws: KinesisError.self) {
            try KinesisClient(
                httpClient: http,
                endpoint: endpoint,
                credentials: KinesisCredentials(accessKeyID: id, secretAccessKey: secret, sessionToken: token)
            )
        }
        try await http.shutdown()

        #expect(error?.code == .invalidCredentials)
        #expect(error?.needsOperator == true)
    }

    @Test func `no answer in time leaves it open whether it was written`() async throws {
        try await withClient(requestTimeout: .seconds(3)) { call in
            call.number == 1 ? .answer(status: 200, ["StreamNames": [], "HasMoreStreams": false]) : .silence
        } _: { client in
            // The connection stands before the request whose time runs out.
            _ = try await client.listStreams()

            let error = await #expect(throws: KinesisError.self) { try await client.listStreams() }

            #expect(error?.code == .requestTimeout)
            #expect(error?.isAmbiguous == true)
        }
    }

    @Test func `an answer that is none of Kinesis is an error, whatever its status`() async throws {
        for (status, isRetriable) in [(200, true), (403, false), (404, false), (502, true)] {
            try await withClient { _ in
                .text(status: status, "<html>hello</html>")
            } _: { client in
                let error = await #expect(throws: KinesisError.self) {
                    try await client.putRecords([Self.record], to: StreamReference(name: "orders"))
                }
                #expect(error?.isRetriable == isRetriable, "\(status)")
                #expect(error?.isAmbiguous == isRetriable, "\(status)")
            }
        }
    }

    @Test func `an answer with another number of results is not trusted`() async throws {
        try await withClient { _ in
            .answer(status: 200, ["Records": []])
        } _: { client in
            let error = await #expect(throws: KinesisError.self) {
                try await client.putRecords([Self.record], to: StreamReference(name: "orders"))
            }
            #expect(error?.code == .invalidResponse && error?.isAmbiguous == true)
        }
    }
}
