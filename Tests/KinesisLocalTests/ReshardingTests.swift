import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct ReshardingTests {
    private func orders(
        shards: Int64 = 1,
        _ configuration: KinesisLocalServer.Configuration = .init(accountID: "111122223333")
    ) throws -> ServiceUnderTest {
        let service = ServiceUnderTest(configuration)
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": .integer(shards)])
        service.now += configuration.transitionTime.wholeMilliseconds
        return service
    }

    private func split(_ shard: WireValue = "0", at hash: UInt128 = 1 << 127) -> WireValue {
        ["StreamName": "orders", "ShardToSplit": shard, "NewStartingHashKey": .string(String(hash))]
    }

    private func merge(_ shard: WireValue, _ next: WireValue) -> WireValue {
        ["StreamName": "orders", "ShardToMerge": shard, "AdjacentShardToMerge": next]
    }

    private func scale(_ count: Int64) -> WireValue {
        ["StreamName": "orders", "TargetShardCount": .integer(count), "ScalingType": "UNIFORM_SCALING"]
    }

    private func put(_ service: ServiceUnderTest, _ text: String, hash: UInt128) throws -> String? {
        try service.call(
            .putRecord,
            [
                "StreamName": "orders", "PartitionKey": "k", "Data": .bytes(Array(text.utf8)),
                "ExplicitHashKey": .string(String(hash)),
            ]
        )["ShardId"]?.string
    }

    private func status(_ service: ServiceUnderTest) throws -> WireValue? {
        try service.call(.describeStreamSummary, ["StreamName": "orders"])["StreamDescriptionSummary"]?["StreamStatus"]
    }

    private func shards(_ service: ServiceUnderTest, _ filter: WireValue? = nil) throws -> [WireValue] {
        var input: [(String, WireValue)] = [("StreamName", "orders")]
        if let filter { input.append(("ShardFilter", filter)) }
        return try service.call(.listShards, .map(input))["Shards"]?.array ?? []
    }

    @Test func `a reader of a shard that was split comes to its end and learns of the children`() throws {
        let service = try orders()
        _ = try put(service, "before", hash: 0)
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])
        _ = try service.call(.splitShard, split())
        #expect(try put(service, "low", hash: (1 << 127) - 1) == "shardId-000000000001")
        #expect(try put(service, "high", hash: 1 << 127) == "shardId-000000000002")

        let answer = try service.call(.getRecords, ["ShardIterator": .string(iterator)])

        #expect(answer["NextShardIterator"] == nil && answer["Records"]?.array?.count == 1)
        #expect(answer["MillisBehindLatest"] == 0)
        let children = answer["ChildShards"]?.array ?? []
        #expect(children.map { $0["ShardId"] } == ["shardId-000000000001", "shardId-000000000002"])
        #expect(children.allSatisfy { $0["ParentShards"] == ["shardId-000000000000"] })
        #expect(children.first?["HashKeyRange"]?["EndingHashKey"]?.string == String((UInt128(1) << 127) - 1))
        let low = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")], shard: 1)
        #expect(try service.read(low).texts == ["low"])
        #expect(try service.read(low).next != "")
    }

    @Test func `a page that ends before the end of a closed shard goes on`() throws {
        let service = try orders()
        for text in ["a", "b"] { _ = try put(service, text, hash: 0) }
        _ = try service.call(.splitShard, split())

        let first = try service.read(service.iterator([("ShardIteratorType", "TRIM_HORIZON")]), limit: 1)
        let second = try service.read(first.next, limit: 1)

        #expect(first.texts == ["a"] && second.texts == ["b"] && second.next == "")
    }

    @Test func `shards tell their parents and where their numbers begin and end`() throws {
        let service = try orders(shards: 2)
        _ = try service.call(.mergeShards, merge("0", "1"))

        let listed = try shards(service)

        #expect(listed.count == 3)
        let (left, right, merged) = (listed[0], listed[1], listed[2])
        #expect(merged["ParentShardId"] == left["ShardId"] && merged["AdjacentParentShardId"] == right["ShardId"])
        #expect(left["ParentShardId"] == nil)
        #expect(left["SequenceNumberRange"]?["EndingSequenceNumber"] != nil)
        #expect(merged["SequenceNumberRange"]?["EndingSequenceNumber"] == nil)
        #expect(merged["HashKeyRange"]?["EndingHashKey"]?.string == String(UInt128.max))
    }

    @Test func `a stream that is updating takes records into its old shards until it is done`() throws {
        let service = try orders(.init(transitionTime: .milliseconds(500)))
        _ = try service.call(.splitShard, split())

        #expect(try status(service) == "UPDATING")
        #expect(try put(service, "a", hash: .max) == "shardId-000000000000")
        #expect(try shards(service).count == 1)
        #expect(service.refusal(.splitShard, split())?.code == .resourceInUse)
        #expect(
            service.refusal(.updateShardCount, scale(2))?.message
                == "Stream orders under account 000000000000 not ACTIVE, instead in state UPDATING"
        )
        service.now += 500
        #expect(try status(service) == "ACTIVE")
        #expect(try put(service, "b", hash: .max) == "shardId-000000000002")
    }

    @Test func `what cannot be split or merged is refused in the service's words`() throws {
        let service = try orders(shards: 3)
        let hash = "113427455640312821154458202477256070484"

        #expect(
            service.refusal(.splitShard, split(at: 1))
                == ServiceError(
                    .invalidArgument,
                    "NewStartingHashKey 1 used in SplitShard() on shard shardId-000000000000 in stream orders under account "
                        + "111122223333 is not both greater than one plus the shard's StartingHashKey 0 and less than the "
                        + "shard's EndingHashKey \(hash)."
                )
        )
        #expect(
            service.refusal(.splitShard, split("shard-5", at: 2))?.message.hasPrefix(
                "Could not find shard shardId-000000000005 "
            ) == true
        )
        #expect(
            service.refusal(.mergeShards, merge("0", "2"))
                == ServiceError(
                    .invalidArgument,
                    "Shards shardId-000000000000 and shardId-000000000002 in stream orders under account 111122223333 are "
                        + "not an adjacent pair of shards eligible for merging"
                )
        )
        #expect(service.refusal(.mergeShards, merge("1", "0"))?.code == .invalidArgument)
        #expect(service.refusal(.mergeShards, merge("0", "9"))?.code == .resourceNotFound)
        #expect(
            service.refusal(.splitShard, ["StreamName": "none", "ShardToSplit": "0", "NewStartingHashKey": "2"])?.code
                == .resourceNotFound
        )
        #expect(service.refusal(.splitShard, .map([]))?.message.hasPrefix("2 validation errors") == true)
        _ = try service.call(.splitShard, split(at: 2))
        #expect(service.refusal(.splitShard, split(at: 2))?.message.contains("already been merged or split") == true)
    }

    @Test func `a count is at most doubled or halved, within the account's shards`() throws {
        let service = try orders(shards: 4, .init(shardsMax: 10))

        #expect(
            service.refusal(.updateShardCount, scale(9))
                == ServiceError(
                    .limitExceeded,
                    "UpdateShardCount cannot scale up over double your current open shard count. "
                        + "Current open shard count: 4, Target shard count: 9"
                )
        )
        #expect(service.refusal(.updateShardCount, scale(1))?.message.contains("below half") == true)
        #expect(service.refusal(.updateShardCount, scale(11))?.message.contains("cannot be greater than 10") == true)
        let answer = try service.call(.updateShardCount, scale(6))
        #expect(answer["CurrentShardCount"] == 4 && answer["TargetShardCount"] == 6)
        _ = try service.call(.createStream, ["StreamName": "more", "ShardCount": 4])
        #expect(service.refusal(.updateShardCount, scale(7))?.message.contains("exceed the shard limit") == true)
        #expect(try service.call(.describeLimits, .map([]))["OpenShardCount"] == 10)
    }

    @Test func `shards are listed by the time at which they were open`() throws {
        let service = try orders()
        let created = service.now
        service.now += 10_000
        let splitAt = service.now
        _ = try service.call(.splitShard, split())
        service.now += 10_000
        func count(_ type: String, _ time: Int64? = nil) throws -> Int {
            var filter: [(String, WireValue)] = [("Type", .string(type))]
            if let time { filter.append(("Timestamp", .timestamp(milliseconds: time))) }
            return try shards(service, .map(filter)).count
        }

        #expect(try count("AT_LATEST") == 2)
        #expect(try count("AT_TRIM_HORIZON") == 1)
        #expect(try count("FROM_TRIM_HORIZON") == 3)
        #expect(try count("AT_TIMESTAMP", created) == 1)
        #expect(try count("AT_TIMESTAMP", splitAt) == 3)
        #expect(try count("AT_TIMESTAMP", splitAt + 1) == 2)
        #expect(try count("FROM_TIMESTAMP", splitAt) == 3)
        #expect(try count("FROM_TIMESTAMP", splitAt + 1) == 2)
        service.now = splitAt + 86_400_000
        #expect(try shards(service).count == 2)
        #expect(try count("AT_TRIM_HORIZON") == 2)
        let gone: WireValue = ["StreamName": "orders", "ShardId": "0", "ShardIteratorType": "TRIM_HORIZON"]
        #expect(service.refusal(.getShardIterator, gone)?.code == .resourceNotFound)
    }

    @Test func `a page token keeps its filter`() throws {
        let service = try orders(shards: 2)
        _ = try service.call(.updateShardCount, scale(4))
        let first = try service.call(
            .listShards,
            ["StreamName": "orders", "MaxResults": 3, "ShardFilter": ["Type": "AT_LATEST"]]
        )
        let rest = try service.call(.listShards, ["NextToken": first["NextToken"] ?? .null])

        let listed = (first["Shards"]?.array ?? []) + (rest["Shards"]?.array ?? [])
        #expect(listed.map { $0["ShardId"]?.string?.last } == ["2", "3", "4", "5"])
        #expect(rest["NextToken"] == nil)
    }

    @Test func `the number of a record of a young child can be followed`() throws {
        let service = try orders()
        _ = try service.call(.splitShard, split())
        func put(_ ordering: String?) throws -> String? {
            var input: [(String, WireValue)] = [
                ("StreamName", "orders"), ("PartitionKey", "k"), ("Data", .bytes([1])),
            ]
            if let ordering { input.append(("SequenceNumberForOrdering", .string(ordering))) }
            return try service.call(.putRecord, .map(input))["SequenceNumber"]?.string
        }

        let first = try put(nil)
        let second = try put(first)

        #expect(first ?? "" < second ?? "")
    }

    @Test func `an on-demand stream is resharded by nobody but the service`() throws {
        let service = try orders()
        let arn: WireValue = "arn:aws:kinesis:us-east-1:111122223333:stream/orders"
        _ = try service.call(.updateStreamMode, ["StreamARN": arn, "StreamModeDetails": ["StreamMode": "ON_DEMAND"]])

        for (operation, input) in [(KinesisLocal.Operation.splitShard, split()), (.updateShardCount, scale(2))] {
            #expect(
                service.refusal(operation, input)
                    == ServiceError(
                        .validation,
                        "Request is invalid. Stream orders under account 111122223333 is in On-Demand mode."
                    )
            )
        }
    }
}
