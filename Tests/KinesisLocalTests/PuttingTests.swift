import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct PuttingTests {
    private func orders(_ configuration: KinesisLocalServer.Configuration = .init()) throws -> ServiceUnderTest {
        let service = ServiceUnderTest(configuration)
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 2])
        return service
    }

    private func records(_ records: [WireValue]) -> WireValue {
        ["StreamName": "orders", "Records": .array(records)]
    }

    private func record(_ key: String = "k", bytes: Int = 1, hash: String? = nil) -> WireValue {
        var members: [(String, WireValue)] = [
            ("Data", .bytes([UInt8](repeating: 7, count: bytes))), ("PartitionKey", .string(key)),
        ]
        if let hash { members.append(("ExplicitHashKey", .string(hash))) }
        return .map(members)
    }

    @Test(arguments: KinesisWire.allCases)
    func `results come in request order with shard and number`(wire: KinesisWire) throws {
        let service = try orders()
        service.wire = wire
        let half = String(UInt128(1) << 127)
        let below = String((UInt128(1) << 127) - 1)

        let answer = try service.call(
            .putRecords,
            records([record(hash: half), record(hash: below), record(hash: "0"), record(hash: String(UInt128.max))])
        )

        let results = answer["Records"]?.array ?? []
        let shards = results.map { $0["ShardId"]?.string?.last }
        #expect(shards == ["1", "0", "0", "1"])
        #expect(answer["FailedRecordCount"] == 0)
        #expect(results.allSatisfy { SequenceNumber($0["SequenceNumber"]?.string ?? "") != nil })
    }

    @Test(arguments: KinesisWire.allCases)
    func `a throttled record is refused alone, with the service's words`(wire: KinesisWire) throws {
        let service = try orders(.init(accountID: "111122223333", faults: Faults(everyNthRecordThrottled: 2)))
        service.wire = wire

        let answer = try service.call(.putRecords, records([record(hash: "0"), record(hash: "0"), record(hash: "0")]))

        let results = answer["Records"]?.array ?? []
        #expect(answer["FailedRecordCount"] == 1)
        #expect(results[0]["SequenceNumber"] != nil && results[2]["SequenceNumber"] != nil)
        #expect(
            results[1]
                == [
                    "ErrorCode": "ProvisionedThroughputExceededException",
                    "ErrorMessage":
                        "Rate exceeded for shard shardId-000000000000 in stream orders under account 111122223333.",
                ]
        )
    }

    @Test func `a single throttled record is a refused request`() throws {
        let service = try orders(.init(faults: Faults(recordThrottled: 1)))

        let put: WireValue = ["StreamName": "orders", "PartitionKey": "k", "Data": .bytes([1])]

        #expect(service.refusal(.putRecord, put)?.code == .throughputExceeded)
        service.service.dice.faults = Faults(recordFailed: 1)
        #expect(service.refusal(.putRecord, put) == .internalFailure)
    }

    @Test func `a request that fails before the commit stores nothing`() throws {
        let service = try orders(.init(faults: Faults(requestFailed: 1)))

        #expect(service.refusal(.putRecords, records([record()]))?.status == 500)
        #expect(service.service.registry.cell("orders", now: service.now)?.withState(\.counts.stored) == 0)
    }

    @Test func `a request whose connection drops is stored`() throws {
        let service = try orders(.init(faults: Faults(connectionDropped: 1)))

        let answer = try service.raw(.putRecords, KinesisWire.json.encode(records([record()])))

        #expect(answer.delivery == .dropped)
        #expect(service.service.registry.cell("orders", now: service.now)?.withState(\.counts.stored) == 1)
    }

    @Test func `a request has one to five hundred records`() throws {
        let service = try orders()

        _ = try service.call(.putRecords, records((0..<500).map { record("k\($0)") }))
        #expect(
            service.refusal(.putRecords, records((0..<501).map { record("k\($0)") }))
                == ServiceError(
                    .validation,
                    "1 validation error detected: Value at 'records' failed to satisfy constraint: "
                        + "Member must have length less than or equal to 500"
                )
        )
        #expect(service.refusal(.putRecords, records([]))?.code == .validation)
        #expect(service.refusal(.putRecords, ["StreamName": "orders"])?.message.contains("'records'") == true)
    }

    @Test(arguments: KinesisWire.allCases)
    func `a record with its key holds at most a mebibyte`(wire: KinesisWire) throws {
        let service = try orders(.init(enforcesShardLimits: false))
        service.wire = wire

        _ = try service.call(.putRecords, records([record("k", bytes: 1_048_575)]))
        let refusal = service.refusal(.putRecords, records([record(), record("k", bytes: 1_048_576)]))

        #expect(
            refusal?.message
                == "1 validation error detected: Value at 'records.2.member.data' failed to satisfy constraint: "
                + "Member must have length less than or equal to 1048576"
        )
        let single: WireValue = [
            "StreamName": "orders", "PartitionKey": "k", "Data": .bytes([UInt8](repeating: 0, count: 1_048_576)),
        ]
        #expect(service.refusal(.putRecord, single)?.message.contains("Value at 'data'") == true)
    }

    @Test func `a request with its keys holds at most ten mebibytes`() throws {
        let service = try orders(.init(enforcesShardLimits: false))
        let size = 1_048_575

        _ = try service.call(.putRecords, records((0..<10).map { record("\($0)", bytes: size) }))
        let refusal = service.refusal(
            .putRecords,
            records((0..<10).map { record("\($0)", bytes: size) } + [record("", bytes: 0)])
        )
        let larger = service.refusal(
            .putRecords,
            records((0..<10).map { record("\($0)", bytes: size) } + [record("k", bytes: 0)])
        )

        #expect(refusal?.code == .validation)
        #expect(larger == ServiceError(.invalidArgument, "Records size exceeds 10 MB limit"))
    }

    @Test func `a stream can take larger records`() throws {
        let service = ServiceUnderTest(.init(enforcesShardLimits: false))
        _ = try service.call(
            .createStream,
            ["StreamName": "orders", "ShardCount": 1, "MaxRecordSizeInKiB": 2048]
        )

        _ = try service.call(.putRecords, records([record("k", bytes: 2 * 1_048_576 - 1)]))
        #expect(service.refusal(.putRecords, records([record("k", bytes: 2 * 1_048_576)]))?.code == .validation)
    }

    @Test func `a key has one to 256 characters, whatever their bytes`() throws {
        let service = try orders()

        _ = try service.call(.putRecords, records([record(String(repeating: "ü", count: 256))]))
        _ = try service.call(.putRecords, records([record(String(repeating: "\u{1F600}", count: 256))]))
        #expect(
            service.refusal(.putRecords, records([record(String(repeating: "ü", count: 257))]))?.code == .validation
        )
        #expect(service.refusal(.putRecords, records([record("")]))?.code == .validation)
        let secret = String(repeating: "secret", count: 50)
        #expect(service.refusal(.putRecords, records([record(secret)]))?.message.contains("secret") == false)
    }

    @Test func `an explicit hash key is a number of 128 bits`() throws {
        let service = try orders()

        #expect(
            service.refusal(.putRecords, records([record(hash: "340282366920938463463374607431768211456")]))
                == ServiceError(
                    .invalidArgument,
                    "Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. "
                        + "Specified value was 340282366920938463463374607431768211456"
                )
        )
        for text in ["", "-1", "01", "1x", "+1", String(repeating: "1", count: 40)] {
            #expect(service.refusal(.putRecords, records([record(hash: text)]))?.code == .validation, "\(text)")
        }
    }

    @Test func `data is base64 in JSON and bytes in CBOR and nothing else`() throws {
        let service = try orders()
        func body(_ data: String) -> [UInt8] {
            Array(#"{"StreamName":"orders","Records":[{"PartitionKey":"k","Data":\#(data)}]}"#.utf8)
        }
        func code(_ data: String) -> ServiceError.Code? {
            do throws(ServiceError) {
                _ = try service.raw(.putRecords, body(data))
                return nil
            } catch {
                return error.code
            }
        }

        #expect(code(#""AAAA""#) == nil && code(#""""#) == nil && code(#""A\u0041A=""#) == nil)
        for data in [#""AAA""#, #""A===""#, #""AA=A""#, #""AAB=""#, #""A-_A""#, "5", "[1]", #"{"a":1}"#, "true"] {
            #expect(code(data) == .serialization, "\(data)")
        }
        #expect(code("null") == .validation)
        service.wire = .cbor
        let text: WireValue = ["StreamName": "orders", "Records": [["PartitionKey": "k", "Data": "AAAA"]]]
        #expect(service.refusal(.putRecords, text)?.code == .serialization)
    }

    @Test func `a number to follow must be one that was given out`() throws {
        let service = try orders()
        let number = try service.put("a")
        func put(_ ordering: String) -> WireValue {
            [
                "StreamName": "orders", "PartitionKey": "k", "Data": .bytes([1]),
                "SequenceNumberForOrdering": .string(ordering),
            ]
        }

        let next = try service.call(.putRecord, put(number))["SequenceNumber"]?.string ?? ""
        #expect(next > number)
        // Numbers of the service's layouts before today's, and the least and the greatest of today's.
        for old in ["0", "12", "49039857307708445242177945188331055971184139436275269633", "all zeros", "all ones"] {
            let text = Self.edges[old] ?? old
            _ = try service.call(.putRecord, put(text))
        }
        let soon = SequenceNumber(
            .init(shardCreatedSeconds: 5, shardIndex: 0, recordIndex: 1, arrivalSeconds: UInt64(service.now) / 1000 + 2)
        )
        #expect(
            service.refusal(.putRecord, put(soon.description))
                == ServiceError(
                    .invalidArgument,
                    "ExclusiveMinimumSequenceNumber \(soon) used in PutRecord on stream orders under account "
                        + "000000000000 is invalid."
                )
        )
        #expect(service.refusal(.putRecord, put(Self.edges["layout 3"] ?? "")) == .internalFailure)
        for name in ["layout 4", "first digit 3", "index too high", "shard too high"] {
            #expect(service.refusal(.putRecord, put(Self.edges[name] ?? ""))?.code == .invalidArgument, "\(name)")
        }
        #expect(service.refusal(.putRecord, put("x"))?.code == .validation)
    }

    /// Numbers at the edges of the layout, computed with big integers.
    private static let edges = [
        "all zeros": "49039857307708443467467104868809893875799651909875269634",
        "all ones": "73559785961551514828601391991642864028743539089244946418",
        "layout 3": "49039857307708443467467104868809893875799651909875269635",
        "layout 4": "49039857307708443467467104868809893875799651909875269636",
        "first digit 3": "73559785961562665201200657303214840813699477864812904449",
        "index too high": "49039857307719593840066370180380661734935976090628259842",
        "shard too high": "49039857307708443467467104868809893875799651944235008002",
    ]
}
