import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct ReadingTests {
    private func orders(shards: Int64 = 1) throws -> ServiceUnderTest {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": .integer(shards)])
        return service
    }

    @Test func `an iterator from the horizon reads everything and then follows`() throws {
        let service = try orders()
        try service.put("a")
        try service.put("b")
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])

        let first = try service.read(iterator)
        try service.put("c")
        let second = try service.read(first.next)
        let third = try service.read(second.next)

        #expect(first.texts == ["a", "b"] && second.texts == ["c"] && third.texts == [])
        #expect(third.behind == 0)
    }

    @Test func `an iterator from the end reads only what comes later`() throws {
        let service = try orders()
        try service.put("a")
        let iterator = try service.iterator([("ShardIteratorType", "LATEST")])
        try service.put("b")

        #expect(try service.read(iterator).texts == ["b"])
    }

    @Test func `iterators at and after a number start at and after its record`() throws {
        let service = try orders()
        try service.put("a")
        let number = try service.put("b")
        try service.put("c")
        let start: (String, WireValue) = ("StartingSequenceNumber", .string(number))

        let at = try service.iterator([("ShardIteratorType", "AT_SEQUENCE_NUMBER"), start])
        let after = try service.iterator([("ShardIteratorType", "AFTER_SEQUENCE_NUMBER"), start])

        #expect(try service.read(at).texts == ["b", "c"])
        #expect(try service.read(after).texts == ["c"])
    }

    @Test func `the number of the shard itself comes before its first record`() throws {
        let service = try orders()
        try service.put("a")
        let shards = try service.call(.listShards, ["StreamName": "orders"])["Shards"]?.array
        let number = shards?[0]["SequenceNumberRange"]?["StartingSequenceNumber"]?.string ?? ""

        for type in ["AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"] {
            let members: [(String, WireValue)] = [
                ("ShardIteratorType", .string(type)), ("StartingSequenceNumber", .string(number)),
            ]
            #expect(try service.read(service.iterator(members)).texts == ["a"])
        }
    }

    @Test func `an iterator at a time starts at the first record from then on`() throws {
        let service = try orders()
        let start = service.now
        for text in ["a", "b", "c"] {
            try service.put(text)
            service.now += 1000
        }
        func texts(_ time: WireValue) throws -> [String] {
            try service.read(service.iterator([("ShardIteratorType", "AT_TIMESTAMP"), ("Timestamp", time)])).texts
        }

        #expect(try texts(.timestamp(milliseconds: start + 1000)) == ["b", "c"])
        #expect(try texts(.timestamp(milliseconds: start + 1001)) == ["c"])
        #expect(try texts(.integer(0)) == ["a", "b", "c"])
        #expect(try texts(.timestamp(milliseconds: start + 3000)) == [])
        let refusal = service.refusal(
            .getShardIterator,
            [
                "StreamName": "orders", "ShardId": "shardId-000000000000", "ShardIteratorType": "AT_TIMESTAMP",
                "Timestamp": .timestamp(milliseconds: start + 3001),
            ]
        )
        #expect(refusal?.code == .invalidArgument)
        #expect(refusal?.message.hasPrefix("The timestampInMillis parameter cannot be greater") == true)
    }

    @Test func `an iterator lives for five minutes`() throws {
        let service = try orders()
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])

        service.now += 300_000
        _ = try service.read(iterator)
        service.now += 1

        let refusal = service.refusal(.getRecords, ["ShardIterator": .string(iterator)])
        #expect(refusal?.code == .expiredIterator)
        #expect(
            refusal?.message
                == "Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while right now it is "
                + "Tue Nov 14 22:18:20 UTC 2023 which is further in the future than the tolerated delay of "
                + "300000 milliseconds."
        )
    }

    @Test func `an iterator that was touched, or is of another endpoint, is refused`() throws {
        let service = try orders()
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])
        let foreign = try orders().iterator([("ShardIteratorType", "TRIM_HORIZON")])
        let touched = (iterator.hasPrefix("A") ? "B" : "A") + iterator.dropFirst()

        for token in [foreign, touched, "AAAA", "not base64", String(iterator.dropLast(4))] {
            #expect(service.refusal(.getRecords, ["ShardIterator": .string(token)])?.code == .invalidArgument)
        }
        #expect(iterator.utf8.count <= 512)
    }

    @Test func `an iterator of a stream that is gone finds no shard, and one made anew from its beginning`() throws {
        let service = try orders(shards: 2)
        let iterators = try (0...1).map { try service.iterator([("ShardIteratorType", "LATEST")], shard: $0) }
        _ = try service.call(.deleteStream, ["StreamName": "orders"])

        #expect(
            service.refusal(.getRecords, ["ShardIterator": .string(iterators[1])])
                == ServiceError(
                    .resourceNotFound,
                    "Shard shardId-000000000001 in stream orders under account 111122223333 does not exist"
                )
        )
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 1])
        try service.put("a")
        #expect(service.refusal(.getRecords, ["ShardIterator": .string(iterators[1])])?.code == .resourceNotFound)
        let read = try service.read(iterators[0])
        try service.put("b")
        #expect(read.texts == ["a"])
        #expect(try service.read(read.next).texts == ["b"])
    }

    @Test func `two iterators of the same millisecond and place are two texts that read alike`() throws {
        let service = try orders()
        let first = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])
        let second = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])
        try service.put("a")

        #expect(first != second)
        #expect(try service.read(first).texts == ["a"])
        #expect(try service.read(second).texts == ["a"])
    }

    @Test(arguments: ["0", "x-0", "-00", "shardId-0", "shardId-000000000000", "x-0-9"])
    func `a shard may be named by its number alone, or after any prefix`(name: String) throws {
        let service = try orders()
        let answer = try service.call(
            .getShardIterator,
            ["StreamName": "orders", "ShardId": .string(name), "ShardIteratorType": "LATEST"]
        )

        #expect(answer["ShardIterator"] != nil)
    }

    @Test(
        arguments: [
            ("1", "Shard shardId-000000000001 in stream orders under account 111122223333 does not exist"),
            ("a-2147483647", "Shard shardId-002147483647 in stream orders under account 111122223333 does not exist"),
            ("2147483648", "Could not find shard 2147483648 in stream orders under account 111122223333."),
            ("a-b-0", "Could not find shard a-b-0 in stream orders under account 111122223333."),
            ("2.14E4", "Could not find shard 2.14E4 in stream orders under account 111122223333."),
        ]
    )
    func `a shard that is not there is told from a name that can be none's`(name: String, message: String) throws {
        let service = try orders()

        let refusal = service.refusal(
            .getShardIterator,
            ["StreamName": "orders", "ShardId": .string(name), "ShardIteratorType": "LATEST"]
        )

        #expect(refusal == ServiceError(.resourceNotFound, message))
    }

    @Test func `shards are listed of the stream that was created at the time that is named`() throws {
        let service = try orders()
        func list(_ seconds: Int64) -> WireValue {
            ["StreamName": "orders", "StreamCreationTimestamp": .integer(seconds)]
        }

        #expect(try service.call(.listShards, list(service.now / 1000))["Shards"]?.array?.count == 1)
        #expect(service.refusal(.listShards, list(service.now / 1000 - 1))?.code == .resourceNotFound)
    }

    @Test func `a starting number has to fit the type, the shard and the stream`() throws {
        let service = try orders(shards: 2)
        let number = try service.put("a", key: "k")
        let shard = SequenceNumber(number)?.fields?.shardIndex ?? 9
        func refusal(_ type: String, _ start: String?, shard: UInt32) -> ServiceError? {
            var members: [(String, WireValue)] = [
                ("StreamName", "orders"), ("ShardId", .string(ShardID.text(Int(shard)))),
                ("ShardIteratorType", .string(type)),
            ]
            if let start { members.append(("StartingSequenceNumber", .string(start))) }
            return service.refusal(.getShardIterator, .map(members))
        }

        #expect(
            refusal("LATEST", number, shard: shard)?.message.hasSuffix("and also a StartingSequenceNumber.") == true
        )
        #expect(
            refusal("AT_SEQUENCE_NUMBER", nil, shard: shard)?.message.hasSuffix("no StartingSequenceNumber.") == true
        )
        #expect(
            refusal("AT_SEQUENCE_NUMBER", number, shard: 1 - shard)?.message
                == "Invalid StartingSequenceNumber. It encodes \(ShardID.text(Int(shard))), "
                + "while it was used in a call to a shard with \(ShardID.text(1 - Int(shard)))"
        )
        #expect(refusal("AT_SEQUENCE_NUMBER", "5", shard: 0)?.code == .invalidArgument)
        #expect(refusal("AT_SEQUENCE_NUMBER", "05", shard: 0)?.code == .validation)
        let stranger = SequenceNumber(
            .init(shardCreatedSeconds: 5, shardIndex: shard, recordIndex: 1, arrivalSeconds: 6)
        )
        let message = refusal("AT_SEQUENCE_NUMBER", stranger.description, shard: shard)?.message
        #expect(message?.hasSuffix("is invalid because it did not come from this stream.") == true)
    }

    @Test func `a limit bounds a read and says how far behind it leaves the reader`() throws {
        let service = try orders()
        for text in ["a", "b", "c"] { try service.put(text) }
        service.now += 5000
        let read = try service.read(service.iterator([("ShardIteratorType", "TRIM_HORIZON")]), limit: 2)

        #expect(read.texts == ["a", "b"] && read.behind == 5000)
        #expect(try service.read(read.next).texts == ["c"])
    }

    @Test func `records come back on both wires with their times`() throws {
        let service = try orders()
        try service.put("ü\u{0}b")
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])

        for wire in KinesisWire.allCases {
            service.wire = wire
            let record = try service.call(.getRecords, ["ShardIterator": .string(iterator)])["Records"]?.array?.first
            #expect(record?["Data"]?.blob == Array("ü\u{0}b".utf8))
            #expect(record?["PartitionKey"] == "k")
            #expect(record?["ApproximateArrivalTimestamp"]?.timestampMilliseconds == service.now)
        }
    }
}
