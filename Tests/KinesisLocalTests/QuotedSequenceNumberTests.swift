import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct QuotedSequenceNumberTests {
    private func refusal(_ number: String, shard: Int = 0) throws -> ServiceError? {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 3])
        return service.refusal(
            .getShardIterator,
            [
                "StreamName": "orders", "ShardId": .string(ShardID.text(shard)),
                "ShardIteratorType": "AT_SEQUENCE_NUMBER", "StartingSequenceNumber": .string(number),
            ]
        )
    }

    @Test(
        arguments: [
            (0, "0", "21267647932558653966460912964485513216"),
            (2, "425352958651173072921826052383309826", "21693000891209827039382739016868823042"),
            (0, "323974270430642978495705530411780079616", "26227199374821822965252748908982894592"),
        ]
    )
    func `a number of the first layout is repeated in full, as one of another stream`(
        shard: Int,
        number: String,
        shown: String
    ) throws {
        #expect(
            try refusal(number, shard: shard)
                == ServiceError(
                    .invalidArgument,
                    "StartingSequenceNumber \(shown) used in GetShardIterator on shard \(ShardID.text(shard)) in stream "
                        + "orders under account 111122223333 is invalid because it did not come from this stream."
                )
        )
    }

    @Test func `a number of another shard names that shard, in every layout`() throws {
        #expect(
            try refusal("5")?.message
                == "Invalid StartingSequenceNumber. It encodes shardId-000000000005, "
                + "while it was used in a call to a shard with shardId-000000000000"
        )
    }

    @Test(arguments: [
        "26227199374822427428162556223570313216",
        "49039857307719593840066370180380661734935976090628259842",
        String(repeating: "9", count: 129),
    ])
    func `a number of no layout is invalid, and repeated as it came`(number: String) throws {
        #expect(
            try refusal(number)
                == ServiceError(
                    .invalidArgument,
                    "StartingSequenceNumber \(number) used in GetShardIterator on shard shardId-000000000000 in stream "
                        + "orders under account 111122223333 is invalid."
                )
        )
    }

    @Test func `every number of today's layout is read as it was written`() throws {
        var generator = TestSeed.generator()
        for _ in 0..<500 {
            let fields = SequenceNumber.Fields(
                shardCreatedSeconds: .random(in: 0..<1 << 36, using: &generator),
                shardIndex: .random(in: 0...UInt32(Int32.max), using: &generator),
                recordIndex: .random(in: 0...UInt64(Int64.max), using: &generator),
                arrivalSeconds: .random(in: 0..<1 << 36, using: &generator)
            )
            let quoted = try QuotedSequenceNumber(SequenceNumber(fields).description)

            #expect(quoted.current == SequenceNumber(fields))
            #expect(quoted.shardIndex == Int(fields.shardIndex))
            #expect(quoted.arrivalSeconds == fields.arrivalSeconds)
        }
    }

    @Test(arguments: ["", "x", "\"5\"", "-1", " 5", "5 "])
    func `a text that is no number is refused before it is read`(number: String) throws {
        #expect(throws: QuotedSequenceNumber.Unreadable.malformed) { try QuotedSequenceNumber(number) }
        #expect(try refusal(number)?.code == .validation)
    }
}
