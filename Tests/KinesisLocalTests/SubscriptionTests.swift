import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct SubscriptionTests {
    /// A service with a stream of one shard and a consumer.
    private func orders() throws -> (service: ServiceUnderTest, consumer: String) {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 1])
        let arn: WireValue = "arn:aws:kinesis:us-east-1:111122223333:stream/orders"
        let answer = try service.call(.registerStreamConsumer, ["StreamARN": arn, "ConsumerName": "reader"])
        return (service, answer["Consumer"]?["ConsumerARN"]?.string ?? "")
    }

    private func input(_ consumer: String, _ start: WireValue = ["Type": "TRIM_HORIZON"]) -> WireValue {
        ["ConsumerARN": .string(consumer), "ShardId": "shardId-000000000000", "StartingPosition": start]
    }

    private func subscribe(
        _ service: ServiceUnderTest,
        _ consumer: String,
        _ start: WireValue = ["Type": "TRIM_HORIZON"]
    ) throws -> Subscription {
        let answer = try service.raw(.subscribeToShard, service.wire.encode(input(consumer, start)))
        return try #require(answer.subscription)
    }

    /// One message, taken apart; its checksums are others' business, who read it in the clients' tests.
    private func message(_ part: Subscription.Part) throws -> (head: String, document: WireValue) {
        func number(_ offset: Int) -> Int { part.messages[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) } }
        try #require(part.messages.count >= 16 && number(0) == part.messages.count)
        let payload = 12 + number(4)
        let head = String(decoding: part.messages[12..<payload], as: UTF8.self)
        return (head, try KinesisWire.json.decode(Array(part.messages[payload..<part.messages.count - 4])))
    }

    @Test func `records are sent once, and their last number is where to go on`() throws {
        let (service, consumer) = try orders()
        let number = try service.put("a")
        var subscription = try subscribe(service, consumer)

        let first = try message(subscription.next(now: service.now))
        let second = subscription.next(now: service.now)
        try service.put("b")
        let third = try message(subscription.next(now: service.now))

        #expect(first.head.contains("SubscribeToShardEvent"))
        #expect(first.document["Records"]?.array?.count == 1)
        #expect(first.document["ContinuationSequenceNumber"]?.string == number)
        #expect(second == Subscription.Part())
        #expect(third.document["Records"]?.array?.map { $0["Data"]?.blob } == [Array("b".utf8)])
        let after: WireValue = ["Type": "AFTER_SEQUENCE_NUMBER", "SequenceNumber": .string(number)]
        service.now += 5000
        var later = try subscribe(service, consumer, after)
        #expect(try message(later.next(now: service.now)).document["Records"]?.array?.count == 1)
    }

    @Test func `without records an empty event is sent at first and every five seconds`() throws {
        let (service, consumer) = try orders()
        var subscription = try subscribe(service, consumer, ["Type": "LATEST"])

        let sent = (0...12).map { second in
            !subscription.next(now: service.now + Int64(second) * 1000).messages.isEmpty
        }

        #expect(sent.enumerated().filter(\.element).map(\.offset) == [0, 5, 10])
    }

    @Test func `a subscription ends quietly after five minutes`() throws {
        let (service, consumer) = try orders()
        var subscription = try subscribe(service, consumer)

        #expect(!subscription.next(now: service.now + 299_999).isLast)
        #expect(subscription.next(now: service.now + 300_000) == Subscription.Part(isLast: true))
    }

    @Test func `another subscription is refused for five seconds and then takes over`() throws {
        let (service, consumer) = try orders()
        var first = try subscribe(service, consumer)

        service.now += 4999
        #expect(
            service.refusal(.subscribeToShard, input(consumer))
                == ServiceError(
                    .resourceInUse,
                    "Another active subscription exists for this consumer: 111122223333:orders:shardId-000000000000:reader"
                )
        )
        #expect(!first.next(now: service.now).isLast)
        service.now += 1
        var second = try subscribe(service, consumer)
        let last = first.next(now: service.now)
        #expect(last.isLast)
        #expect(try message(last).head.contains("ResourceInUseException"))
        #expect(!second.next(now: service.now).isLast)
    }

    @Test func `at the end of a shard its children are told and nothing follows`() throws {
        let (service, consumer) = try orders()
        try service.put("a")
        var subscription = try subscribe(service, consumer)
        _ = try service.call(
            .splitShard,
            ["StreamName": "orders", "ShardToSplit": "0", "NewStartingHashKey": .string(String(UInt128(1) << 127))]
        )

        let part = subscription.next(now: service.now)

        #expect(part.isLast)
        let document = try message(part).document
        #expect(document["Records"]?.array?.count == 1 && document["ChildShards"]?.array?.count == 2)
        #expect(document["ContinuationSequenceNumber"] == nil)
    }

    @Test(arguments: [true, false])
    func `when the stream or the consumer goes, so does the subscription`(isStream: Bool) throws {
        let (service, consumer) = try orders()
        var subscription = try subscribe(service, consumer)
        if isStream {
            _ = try service.call(.deleteStream, ["StreamName": "orders", "EnforceConsumerDeletion": true])
            _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 1])
        } else {
            _ = try service.call(.deregisterStreamConsumer, ["ConsumerARN": .string(consumer)])
        }

        let part = subscription.next(now: service.now)

        #expect(part.isLast)
        #expect(try message(part).head.contains("ResourceNotFoundException"))
    }

    @Test func `what cannot be subscribed to is refused before anything is sent`() throws {
        let (service, consumer) = try orders()
        func code(_ members: [(String, WireValue)]) -> String? {
            let base: [(String, WireValue)] = [
                ("ConsumerARN", .string(consumer)), ("ShardId", "0"), ("StartingPosition", ["Type": "LATEST"]),
            ]
            let rest = base.filter { member in !members.contains { $0.0 == member.0 } }
            return service.refusal(.subscribeToShard, .map(rest + members))?.code.name
        }

        #expect(code([("ConsumerARN", .null)]) == "ValidationException")
        #expect(
            code([("ConsumerARN", "arn:aws:kinesis:us-east-1:111122223333:stream/orders")]) == "ValidationException"
        )
        #expect(code([("StartingPosition", .map([]))]) == "ValidationException")
        #expect(code([("StartingPosition", ["Type": "EARLIEST"])]) == "ValidationException")
        #expect(code([("StartingPosition", ["Type": "AT_TIMESTAMP"])]) == "InvalidArgumentException")
        #expect(code([("ShardId", "1")]) == "ResourceNotFoundException")
        #expect(code([("DryRun", true)]) == "DryRunOperationException")
        #expect(code([("ConsumerARN", .string(consumer + "1"))]) == "ResourceNotFoundException")
        _ = try subscribe(service, consumer)
    }

    @Test func `the checksum is that of the standard's own example`() {
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
    }
}
