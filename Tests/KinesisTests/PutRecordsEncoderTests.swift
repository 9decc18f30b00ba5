import Foundation
import NIOCore
import Testing

@testable import Kinesis

@Suite struct PutRecordsEncoderTests {
    private static func record(_ key: String, _ data: [UInt8]) -> KinesisRecord {
        KinesisRecord(token: 0, orderingKey: OrderingKey(high: 0, low: 0), partitionKey: key, data: data)
    }

    private static func body(_ records: [KinesisRecord], _ wire: KinesisWire, _ stream: StreamReference) -> [UInt8] {
        var buffer = ByteBuffer(string: "kept")
        PutRecordsEncoder(stream: stream, wire: wire).encode(records, into: &buffer)
        #expect(buffer.readString(length: 4) == "kept")
        return Array(buffer.readableBytesView)
    }

    @Test func `the JSON body is the documented one`() throws {
        let records = [Self.record("p-1", Array("hello".utf8)), Self.record("quo\"te\\\u{1}\u{1F}ä", [])]

        let body = Self.body(records, .json, try StreamReference(name: "orders"))

        #expect(
            String(decoding: body, as: UTF8.self)
                == #"{"StreamName":"orders","Records":[{"Data":"aGVsbG8=","PartitionKey":"p-1"},"#
                + #"{"Data":"","PartitionKey":"quo\"te\\\u0001\u001fä"}]}"#
        )
    }

    @Test func `a stream given by ARN is named by ARN`() throws {
        let arn = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders"

        for wire in KinesisWire.allCases {
            let body = Self.body([Self.record("p", [1])], wire, try StreamReference(arn: arn))
            let document = try wire.decode(body)
            #expect(document["StreamARN"]?.string == arn)
            #expect(document["StreamName"] == nil)
        }
    }

    @Test func `random records come back from independent readers`() throws {
        let seed = UInt64.random(in: 0..<1 << 40)
        print("encoder seed \(seed)")
        var random = SplitMix64(seed: seed)
        let alphabet: [Character] = Array("aZ0-\"\\/\n\u{0}ä€😀\u{7F}")
        for _ in 0..<200 {
            let lengths = [0, 1, 2, 3, 23, 24, 255, 256, 1024, 66_000]
            let records = (0..<Int.random(in: 1...30, using: &random)).map { _ in
                let length = (lengths.randomElement(using: &random) ?? 0) + Int.random(in: 0...2, using: &random)
                return Self.record(
                    String(
                        (0..<Int.random(in: 1...40, using: &random)).map { _ in
                            alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
                        }
                    ),
                    (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
                )
            }

            let json = try JSONSerialization.jsonObject(
                with: Data(Self.body(records, .json, try StreamReference(name: "s")))
            )
            let cbor = try KinesisWire.cbor.decode(Self.body(records, .cbor, try StreamReference(name: "s")))

            let object = try #require(json as? [String: Any])
            let items = try #require(object["Records"] as? [[String: String]])
            try #require(items.count == records.count, "seed \(seed)")
            let members = try #require(cbor["Records"]?.array)
            try #require(members.count == records.count, "seed \(seed)")
            for (index, record) in records.enumerated() {
                let (item, member) = (items[index], members[index])
                let key = Array(record.partitionKey.utf8)
                #expect(item["PartitionKey"].map { Array($0.utf8) } == key, "seed \(seed)")
                #expect(item["Data"].flatMap { Data(base64Encoded: $0) } == Data(record.data), "seed \(seed)")
                #expect(member["PartitionKey"]?.string.map { Array($0.utf8) } == key, "seed \(seed)")
                #expect(member["Data"] == .bytes(record.data), "seed \(seed)")
            }
            #expect(object["StreamName"] as? String == "s")
            #expect(cbor["StreamName"]?.string == "s")
        }
    }
}
