import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct StreamsTests {
    private func names(_ value: WireValue) -> [String] {
        (value["StreamNames"]?.array ?? []).compactMap(\.string)
    }

    @Test func `streams are listed by name in pages of a hundred`() throws {
        let service = ServiceUnderTest(.init(shardsMax: 1000))
        for index in (0..<250).reversed() {
            _ = try service.call(.createStream, ["StreamName": .string("s\(1000 + index)"), "ShardCount": 1])
        }

        let first = try service.call(.listStreams, .map([]))
        let second = try service.call(.listStreams, ["NextToken": first["NextToken"] ?? ""])
        let last = try service.call(.listStreams, ["ExclusiveStartStreamName": .string(names(second).last ?? "")])
        let small = try service.call(.listStreams, ["Limit": 3])

        #expect(names(first).count == 100 && first["HasMoreStreams"] == true)
        #expect(names(second).count == 100 && names(last).count == 50)
        #expect(last["HasMoreStreams"] == false && last["NextToken"] == nil)
        #expect(names(first) + names(second) + names(last) == (1000..<1250).map { "s\($0)" })
        #expect(names(small) == ["s1000", "s1001", "s1002"])
        let summaries = small["StreamSummaries"]?.array ?? []
        #expect(summaries.map { $0["StreamName"]?.string } == ["s1000", "s1001", "s1002"])
        #expect(summaries[0]["StreamARN"] == "arn:aws:kinesis:us-east-1:000000000000:stream/s1000")
    }

    @Test func `a paging token is for its own operation and for five minutes`() throws {
        let service = ServiceUnderTest()
        for name in ["a", "b"] { _ = try service.call(.createStream, ["StreamName": .string(name), "ShardCount": 2]) }
        let streams = try service.call(.listStreams, ["Limit": 1])["NextToken"] ?? .null
        let shards = try service.call(.listShards, ["StreamName": "b", "MaxResults": 1])["NextToken"] ?? .null

        #expect(service.refusal(.listStreams, ["NextToken": shards])?.code == .invalidArgument)
        #expect(service.refusal(.listShards, ["NextToken": streams])?.code == .invalidArgument)
        #expect(service.refusal(.listShards, ["NextToken": shards, "StreamName": "b"])?.code == .invalidArgument)
        let rest = try service.call(.listShards, ["NextToken": shards])["Shards"]?.array
        #expect(rest?.count == 1 && rest?[0]["ShardId"] == "shardId-000000000001")
        service.now += 300_001
        #expect(service.refusal(.listStreams, ["NextToken": streams])?.code == .expiredNextToken)
        #expect(service.refusal(.listShards, ["NextToken": shards])?.code == .expiredNextToken)
    }

    @Test func `a stream that exists is not made again`() throws {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "a", "ShardCount": 1])

        let refusal = service.refusal(.createStream, ["StreamName": "a", "ShardCount": 1])

        #expect(refusal == ServiceError(.resourceInUse, "Stream a under account 111122223333 already exists."))
    }

    @Test func `the account's shards are limited`() throws {
        let service = ServiceUnderTest(.init(shardsMax: 10))
        _ = try service.call(.createStream, ["StreamName": "a", "ShardCount": 4])

        let refusal = service.refusal(.createStream, ["StreamName": "b", "ShardCount": 7])

        #expect(refusal?.code == .limitExceeded)
        #expect(refusal?.message.contains("Current shard count for the account: 4. Limit: 10.") == true)
        _ = try service.call(.createStream, ["StreamName": "b", "ShardCount": 6])
        let limits = try service.call(.describeLimits, .map([]))
        #expect(limits["OpenShardCount"] == 10 && limits["ShardLimit"] == 10)
    }

    @Test func `an on-demand stream starts with four shards`() throws {
        let service = ServiceUnderTest()
        let mode: WireValue = ["StreamMode": "ON_DEMAND"]
        _ = try service.call(.createStream, ["StreamName": "a", "StreamModeDetails": mode])

        let summary = try service.call(.describeStreamSummary, ["StreamName": "a"])["StreamDescriptionSummary"]

        #expect(summary?["OpenShardCount"] == 4 && summary?["StreamModeDetails"]?["StreamMode"] == "ON_DEMAND")
        let both: WireValue = ["StreamName": "b", "StreamModeDetails": mode, "ShardCount": 1]
        #expect(service.refusal(.createStream, both)?.code == .invalidArgument)
    }

    @Test func `a stream comes and goes in the configured time`() throws {
        let service = ServiceUnderTest(.init(transitionTime: .milliseconds(500)))
        func status() throws -> WireValue? {
            try service.call(.describeStreamSummary, ["StreamName": "a"])["StreamDescriptionSummary"]?["StreamStatus"]
        }
        _ = try service.call(.createStream, ["StreamName": "a", "ShardCount": 1])

        #expect(try status() == "CREATING")
        let put: WireValue = ["StreamName": "a", "PartitionKey": "k", "Data": .bytes([1])]
        #expect(service.refusal(.putRecord, put)?.code == .resourceNotFound)
        service.now += 500
        #expect(try status() == "ACTIVE")
        _ = try service.call(.putRecord, put)
        _ = try service.call(.deleteStream, ["StreamName": "a"])
        #expect(try status() == "DELETING")
        service.now += 500
        #expect(service.refusal(.describeStream, ["StreamName": "a"])?.code == .resourceNotFound)
    }

    @Test func `a stream is found by name, by ARN or by both if they agree`() throws {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "a", "ShardCount": 1])
        let arn: WireValue = "arn:aws:kinesis:eu-west-1:999999999999:stream/a"

        _ = try service.call(.describeStream, ["StreamARN": arn])
        _ = try service.call(.describeStream, ["StreamARN": arn, "StreamName": "a", "StreamId": "ignored"])
        #expect(service.refusal(.describeStream, ["StreamARN": arn, "StreamName": "b"])?.code == .invalidArgument)
        #expect(service.refusal(.describeStream, .map([]))?.code == .invalidArgument)
        #expect(service.refusal(.describeStream, ["StreamARN": "arn:aws:s3:::a"])?.code == .validation)
        #expect(
            service.refusal(.describeStream, ["StreamName": "b"])
                == ServiceError(.resourceNotFound, "Stream b under account 111122223333 not found.")
        )
    }

    @Test func `a description shows at most a hundred shards at a time`() throws {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "a", "ShardCount": 150])

        let first = try service.call(.describeStream, ["StreamName": "a", "Limit": 1000])["StreamDescription"]
        let shards = first?["Shards"]?.array ?? []
        let last = shards.last?["ShardId"] ?? ""
        let rest = try service.call(.describeStream, ["StreamName": "a", "ExclusiveStartShardId": last])

        #expect(shards.count == 100 && first?["HasMoreShards"] == true)
        #expect(rest["StreamDescription"]?["Shards"]?.array?.count == 50)
        #expect(try service.call(.listShards, ["StreamName": "a"])["Shards"]?.array?.count == 150)
        let unknown: WireValue = ["StreamName": "a", "ExclusiveStartShardId": "shardId-000000000150"]
        #expect(service.refusal(.describeStream, unknown)?.code == .resourceNotFound)
    }

    @Test func `shard filters show what they say`() throws {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "a", "ShardCount": 3])
        func count(_ filter: WireValue) throws -> Int? {
            try service.call(.listShards, ["StreamName": "a", "ShardFilter": filter])["Shards"]?.array?.count
        }

        #expect(try count(["Type": "AT_LATEST"]) == 3)
        #expect(try count(["Type": "AFTER_SHARD_ID", "ShardId": "shardId-000000000000"]) == 2)
        #expect(try count(["Type": "AT_TIMESTAMP", "Timestamp": .timestamp(milliseconds: 5)]) == 0)
        #expect(try count(["Type": "FROM_TIMESTAMP", "Timestamp": .timestamp(milliseconds: 5)]) == 3)
        let unknown: WireValue = ["StreamName": "a", "ShardFilter": ["Type": "SOME"]]
        #expect(service.refusal(.listShards, unknown)?.code == .validation)
        let incomplete: WireValue = ["StreamName": "a", "ShardFilter": ["Type": "AT_TIMESTAMP"]]
        #expect(service.refusal(.listShards, incomplete)?.code == .invalidArgument)
    }

    @Test func `tags are added, listed in pages and removed`() throws {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "a", "ShardCount": 1, "Tags": ["one": "1"]])
        _ = try service.call(.addTagsToStream, ["StreamName": "a", "Tags": ["two": "2", "three": "3"]])

        let page = try service.call(.listTagsForStream, ["StreamName": "a", "Limit": 2])
        let rest = try service.call(.listTagsForStream, ["StreamName": "a", "ExclusiveStartTagKey": "three"])

        #expect(page["Tags"] == [["Key": "one", "Value": "1"], ["Key": "three", "Value": "3"]])
        #expect(page["HasMoreTags"] == true)
        #expect(rest["Tags"] == [["Key": "two", "Value": "2"]] && rest["HasMoreTags"] == false)
        _ = try service.call(.removeTagsFromStream, ["StreamName": "a", "TagKeys": ["one", "two"]])
        #expect(try service.call(.listTagsForStream, ["StreamName": "a"])["Tags"]?.array?.count == 1)
        let many = WireValue.map((0..<50).map { ("t\($0)", "v") })
        #expect(service.refusal(.addTagsToStream, ["StreamName": "a", "Tags": many])?.code == .invalidArgument)
    }

    @Test func `every broken constraint is named at once`() {
        let service = ServiceUnderTest()

        let refusal = service.refusal(.createStream, ["StreamName": "a b", "ShardCount": 0])

        #expect(
            refusal
                == ServiceError(
                    .validation,
                    "2 validation errors detected: Value 'a b' at 'streamName' failed to satisfy constraint: Member must "
                        + "satisfy regular expression pattern: [a-zA-Z0-9_.-]+; Value '0' at 'shardCount' failed to "
                        + "satisfy constraint: Member must have value greater than or equal to 1"
                )
        )
        #expect(service.refusal(.createStream, ["StreamName": 5])?.code == .serialization)
        #expect(service.refusal(.listStreams, ["Limit": 10_001])?.code == .validation)
        #expect(service.refusal(.listStreams, [])?.code == .serialization)
    }
}
