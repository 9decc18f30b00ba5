import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct StreamSettingsTests {
    private let arn: WireValue = "arn:aws:kinesis:us-east-1:111122223333:stream/orders"

    private func orders() throws -> ServiceUnderTest {
        let service = ServiceUnderTest()
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 1])
        return service
    }

    private func summary(_ service: ServiceUnderTest) throws -> WireValue? {
        try service.call(.describeStreamSummary, ["StreamName": "orders"])["StreamDescriptionSummary"]
    }

    @Test func `records are kept for the hours that were set, and those of before the change are not lost`() throws {
        let service = try orders()
        func hours(_ hours: Int64) -> WireValue { ["StreamName": "orders", "RetentionPeriodHours": .integer(hours)] }
        try service.put("a")
        _ = try service.call(.increaseStreamRetentionPeriod, hours(48))
        let iterator = { try service.iterator([("ShardIteratorType", "TRIM_HORIZON")]) }

        #expect(try summary(service)?["RetentionPeriodHours"] == 48)
        service.now += 47 * 3_600_000
        #expect(try service.read(iterator()).texts == ["a"])
        _ = try service.call(.decreaseStreamRetentionPeriod, hours(24))
        #expect(try service.read(iterator()).texts == [])
        #expect(service.refusal(.increaseStreamRetentionPeriod, hours(23))?.message.contains("is too short") == true)
        #expect(service.refusal(.increaseStreamRetentionPeriod, hours(8761))?.message.contains("is too long") == true)
        _ = try service.call(.increaseStreamRetentionPeriod, hours(8760))
        #expect(
            service.refusal(.increaseStreamRetentionPeriod, hours(25))
                == ServiceError(
                    .invalidArgument,
                    "Requested retention period (25 hours) for stream orders can not be shorter than existing retention "
                        + "period (8760 hours). Use DecreaseRetentionPeriod API."
                )
        )
        _ = try service.call(.decreaseStreamRetentionPeriod, hours(24))
        #expect(
            service.refusal(.decreaseStreamRetentionPeriod, hours(25))?.message.contains("IncreaseRetention") == true
        )
    }

    @Test func `records are said to be encrypted from the start of encryption to its end`() throws {
        let service = try orders()
        let key: WireValue = ["StreamName": "orders", "EncryptionType": "KMS", "KeyId": "alias/aws/kinesis"]
        func put() throws -> WireValue? {
            try service.call(.putRecord, ["StreamName": "orders", "PartitionKey": "k", "Data": .bytes([1])])[
                "EncryptionType"
            ]
        }

        #expect(try put() == "NONE")
        _ = try service.call(.startStreamEncryption, key)
        #expect(try put() == "KMS")
        for wire in KinesisWire.allCases {
            service.wire = wire
            let records: WireValue = [["PartitionKey": "k", "Data": .bytes([1])]]
            let answer = try service.call(.putRecords, ["StreamName": "orders", "Records": records])
            #expect(answer["EncryptionType"] == "KMS")
        }
        let encrypted = try summary(service)
        #expect(encrypted?["EncryptionType"] == "KMS" && encrypted?["KeyId"] == "alias/aws/kinesis")
        _ = try service.call(.stopStreamEncryption, key)
        #expect(try put() == "NONE")
        #expect(try summary(service)?["KeyId"] == nil)
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])
        let records = try service.call(.getRecords, ["ShardIterator": .string(iterator)])["Records"]?.array ?? []
        #expect(records.map { $0["EncryptionType"] } == ["NONE", "KMS", "KMS", "KMS", "NONE"])
        #expect(
            service.refusal(.startStreamEncryption, ["StreamName": "orders", "EncryptionType": "KMS"])?.code
                == .validation
        )
    }

    @Test func `metrics are enabled and disabled by name`() throws {
        let service = try orders()
        func metrics(_ names: WireValue) -> WireValue { ["StreamName": "orders", "ShardLevelMetrics": names] }

        let first = try service.call(.enableEnhancedMonitoring, metrics(["OutgoingBytes", "IncomingBytes"]))
        #expect(
            first["CurrentShardLevelMetrics"] == []
                && first["DesiredShardLevelMetrics"] == ["IncomingBytes", "OutgoingBytes"]
        )
        let all = try service.call(.enableEnhancedMonitoring, metrics(["ALL"]))
        #expect(all["DesiredShardLevelMetrics"]?.array?.count == 7)
        let fewer = try service.call(.disableEnhancedMonitoring, metrics(["IncomingBytes"]))
        #expect(fewer["DesiredShardLevelMetrics"]?.array?.count == 6)
        #expect(try summary(service)?["EnhancedMonitoring"]?.array?[0]["ShardLevelMetrics"]?.array?.count == 6)
        #expect(service.refusal(.enableEnhancedMonitoring, metrics(["Some"]))?.code == .validation)
        #expect(service.refusal(.enableEnhancedMonitoring, metrics([]))?.code == .validation)
    }

    @Test func `a larger record is taken once the stream is set to take it`() throws {
        let service = try orders()
        let put: WireValue = [
            "StreamName": "orders", "PartitionKey": "k", "Data": .bytes([UInt8](repeating: 7, count: 10_485_759)),
        ]

        #expect(service.refusal(.putRecord, put)?.code == .validation)
        _ = try service.call(.updateMaxRecordSize, ["StreamARN": arn, "MaxRecordSizeInKiB": 10240])
        _ = try service.call(.putRecord, put)
        #expect(try summary(service)?["MaxRecordSizeInKiB"] == 10240)
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])
        let records = try service.call(.getRecords, ["ShardIterator": .string(iterator)])["Records"]?.array
        #expect(records?[0]["Data"]?.blob?.count == 10_485_759)
        #expect(
            service.refusal(.updateMaxRecordSize, ["StreamARN": arn, "MaxRecordSizeInKiB": 10241])?.code == .validation
        )
    }

    @Test func `a mode is changed by ARN, and warm throughput is an on-demand stream's`() throws {
        let service = try orders()
        func mode(_ mode: WireValue) -> WireValue { ["StreamARN": arn, "StreamModeDetails": ["StreamMode": mode]] }
        let throughput: WireValue = ["StreamARN": arn, "WarmThroughputMiBps": 100]

        #expect(service.refusal(.updateStreamWarmThroughput, throughput)?.code == .validation)
        _ = try service.call(.updateStreamMode, mode("ON_DEMAND"))
        #expect(try summary(service)?["StreamModeDetails"]?["StreamMode"] == "ON_DEMAND")
        _ = try service.call(.updateStreamWarmThroughput, throughput)
        #expect(try summary(service)?["WarmThroughput"]?["TargetMiBps"] == 100)
        _ = try service.call(.updateStreamMode, mode("PROVISIONED"))
        #expect(try service.call(.describeLimits, .map([]))["OnDemandStreamCount"] == 0)
        #expect(service.refusal(.updateStreamMode, ["StreamName": "orders"])?.code == .validation)
    }

    @Test func `a setting takes as long as the endpoint is told`() throws {
        let service = ServiceUnderTest(.init(transitionTime: .seconds(1)))
        _ = try service.call(.createStream, ["StreamName": "orders", "ShardCount": 1])
        service.now += 1000
        let hours: WireValue = ["StreamName": "orders", "RetentionPeriodHours": 48]
        _ = try service.call(.increaseStreamRetentionPeriod, hours)

        #expect(try summary(service)?["StreamStatus"] == "UPDATING")
        #expect(service.refusal(.increaseStreamRetentionPeriod, hours)?.code == .resourceInUse)
        service.now += 1000
        #expect(try summary(service)?["StreamStatus"] == "ACTIVE")
    }

    @Test func `a dry run is checked like any other and does nothing`() throws {
        let service = try orders()
        let iterator = try service.iterator([("ShardIteratorType", "TRIM_HORIZON")])
        func members(_ more: [(String, WireValue)]) -> WireValue {
            .map([("StreamName", "orders"), ("DryRun", true)] + more)
        }
        let record: [(String, WireValue)] = [("PartitionKey", "k"), ("Data", .bytes([1]))]

        #expect(service.refusal(.putRecord, members(record)) == .dryRun)
        #expect(service.refusal(.putRecords, members([("Records", [.map(record)])])) == .dryRun)
        #expect(service.refusal(.getRecords, ["ShardIterator": .string(iterator), "DryRun": true]) == .dryRun)
        let start: [(String, WireValue)] = [("ShardId", "0"), ("ShardIteratorType", "LATEST")]
        #expect(service.refusal(.getShardIterator, members(start)) == .dryRun)
        #expect(service.refusal(.putRecord, members([("Data", .bytes([1]))]))?.code == .validation)
        #expect(try service.read(iterator).texts == [])
    }
}
