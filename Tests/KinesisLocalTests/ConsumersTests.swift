import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct ConsumersTests {
    private let arn: WireValue = "arn:aws:kinesis:us-east-1:111122223333:stream/orders"

    private func orders(
        _ configuration: KinesisLocalServer.Configuration = .init(accountID: "111122223333")
    ) throws -> ServiceUnderTest {
        let service = ServiceUnderTest(configuration)
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 1])
        service.now += configuration.transitionTime.wholeMilliseconds
        return service
    }

    private func register(_ service: ServiceUnderTest, _ name: String) throws -> WireValue {
        try service.call(.registerStreamConsumer, ["StreamARN": arn, "ConsumerName": .string(name)])["Consumer"]
            ?? .null
    }

    @Test func `a consumer is registered, described by name and by ARN, listed and deregistered`() throws {
        let service = try orders()
        let consumer = try register(service, "reader")

        #expect(
            consumer["ConsumerARN"] == "arn:aws:kinesis:us-east-1:111122223333:stream/orders/consumer/reader:1700000000"
        )
        #expect(consumer["ConsumerStatus"] == "CREATING")
        let byName: WireValue = ["StreamARN": arn, "ConsumerName": "reader"]
        let byARN: WireValue = ["ConsumerARN": consumer["ConsumerARN"] ?? .null]
        for reference in [byName, byARN] {
            let described = try service.call(.describeStreamConsumer, reference)["ConsumerDescription"]
            #expect(described?["ConsumerStatus"] == "ACTIVE" && described?["StreamARN"] == arn)
        }
        #expect(
            service.refusal(.registerStreamConsumer, ["StreamARN": arn, "ConsumerName": "reader"])
                == ServiceError(
                    .resourceInUse,
                    "Consumer reader under stream orders already exists for account 111122223333."
                )
        )
        let summary = try service.call(.describeStreamSummary, ["StreamName": "orders"])["StreamDescriptionSummary"]
        #expect(summary?["ConsumerCount"] == 1)
        #expect(service.refusal(.deleteStream, ["StreamName": "orders"])?.code == .resourceInUse)
        _ = try service.call(.deregisterStreamConsumer, byARN)
        #expect(service.refusal(.describeStreamConsumer, byARN)?.code == .resourceNotFound)
        _ = try register(service, "reader")
        _ = try service.call(.deleteStream, ["StreamName": "orders", "EnforceConsumerDeletion": true])
    }

    @Test func `a consumer takes its time, and only five at once`() throws {
        let service = try orders(.init(accountID: "111122223333", transitionTime: .seconds(1)))
        for index in 0..<5 { _ = try register(service, "c\(index)") }
        let reference: WireValue = ["StreamARN": arn, "ConsumerName": "c0"]
        func status() throws -> WireValue? {
            try service.call(.describeStreamConsumer, reference)["ConsumerDescription"]?["ConsumerStatus"]
        }

        #expect(try status() == "CREATING")
        #expect(
            service.refusal(.registerStreamConsumer, ["StreamARN": arn, "ConsumerName": "c5"])?.code == .limitExceeded
        )
        service.now += 1000
        #expect(try status() == "ACTIVE")
        _ = try register(service, "c5")
        _ = try service.call(.deregisterStreamConsumer, reference)
        #expect(try status() == "DELETING")
        service.now += 1000
        #expect(service.refusal(.describeStreamConsumer, reference)?.code == .resourceNotFound)
    }

    @Test func `consumers are listed by name in pages, and at most twenty`() throws {
        let service = try orders()
        for index in (10..<30).reversed() { _ = try register(service, "c\(index)") }

        let first = try service.call(.listStreamConsumers, ["StreamARN": arn, "MaxResults": 15])
        let rest = try service.call(.listStreamConsumers, ["StreamARN": arn, "NextToken": first["NextToken"] ?? .null])

        let listed = (first["Consumers"]?.array ?? []) + (rest["Consumers"]?.array ?? [])
        #expect(listed.map { $0["ConsumerName"]?.string } == (10..<30).map { "c\($0)" })
        #expect(rest["NextToken"] == nil)
        #expect(
            service.refusal(.registerStreamConsumer, ["StreamARN": arn, "ConsumerName": "c30"])?.code == .limitExceeded
        )
        let earlier: WireValue = ["StreamARN": arn, "StreamCreationTimestamp": 5]
        #expect(service.refusal(.listStreamConsumers, earlier)?.code == .resourceNotFound)
    }

    @Test func `a reference that names nobody, or two, is refused`() throws {
        let service = try orders()
        let consumer = try register(service, "reader")
        let consumerARN = consumer["ConsumerARN"] ?? .null

        for input: WireValue in [.map([]), ["ConsumerName": "reader"], ["StreamARN": arn]] {
            #expect(service.refusal(.describeStreamConsumer, input)?.code == .invalidArgument)
        }
        #expect(
            service.refusal(.describeStreamConsumer, ["ConsumerARN": consumerARN, "ConsumerName": "other"])?.code
                == .invalidArgument
        )
        #expect(service.refusal(.describeStreamConsumer, ["ConsumerARN": arn])?.code == .validation)
        let old: WireValue = "arn:aws:kinesis:us-east-1:111122223333:stream/orders/consumer/reader:5"
        #expect(service.refusal(.describeStreamConsumer, ["ConsumerARN": old])?.code == .resourceNotFound)
    }

    @Test func `streams and consumers are tagged by ARN, a stream's tags being those of the older calls`() throws {
        let service = try orders()
        let consumer = try register(service, "reader")["ConsumerARN"] ?? .null
        func tags(_ resource: WireValue) throws -> WireValue? {
            try service.call(.listTagsForResource, ["ResourceARN": resource])["Tags"]
        }
        _ = try service.call(.tagResource, ["ResourceARN": arn, "Tags": ["team": "orders", "stage": "test"]])
        _ = try service.call(.tagResource, ["ResourceARN": consumer, "Tags": ["owner": "me"]])

        #expect(try tags(arn) == [["Key": "stage", "Value": "test"], ["Key": "team", "Value": "orders"]])
        #expect(try tags(consumer) == [["Key": "owner", "Value": "me"]])
        _ = try service.call(.untagResource, ["ResourceARN": arn, "TagKeys": ["stage"]])
        _ = try service.call(.untagResource, ["ResourceARN": consumer, "TagKeys": ["owner"]])
        #expect(try service.call(.listTagsForStream, ["StreamName": "orders"])["Tags"]?.array?.count == 1)
        #expect(try tags(consumer) == [])
        let many = WireValue.map((0..<50).map { ("t\($0)", "v") })
        #expect(service.refusal(.tagResource, ["ResourceARN": arn, "Tags": many])?.code == .invalidArgument)
        #expect(
            service.refusal(.tagResource, ["ResourceARN": "arn:aws:s3:::x", "Tags": ["a": "b"]])?.code == .validation
        )
        #expect(
            service.refusal(.listTagsForResource, ["ResourceARN": .string((arn.string ?? "") + "x")])?.code
                == .resourceNotFound
        )
    }
}
