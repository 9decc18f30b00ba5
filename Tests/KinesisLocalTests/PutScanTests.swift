import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct PutScanTests {
    /// What a put says, by its parts.
    private struct Reading: Equatable {
        var stream: KinesisLocal.StreamReference
        var records: [[UInt8]]
        var hashes: [UInt128]

        init(_ stream: KinesisLocal.StreamReference, _ batch: RecordBatch) {
            self.stream = stream
            records = batch.entries.map { entry in
                Array(batch.bytes[Int(entry.dataStart)...].prefix(Int(entry.dataCount))) + [0xFF]
                    + Array(batch.bytes[Int(entry.keyStart)...].prefix(Int(entry.keyCount)))
            }
            hashes = batch.entries.map(\.hash)
        }
    }

    private func scanned(_ body: [UInt8], _ wire: KinesisWire) -> Reading? {
        body.withUnsafeBytes { bytes in
            guard let scan = wire == .json ? PutScan(json: bytes) : PutScan(cbor: bytes),
                let batch = scan.batch(bytes, isBase64: wire == .json)
            else { return nil }
            return Reading(scan.stream, batch)
        }
    }

    private func read(_ body: [UInt8], _ wire: KinesisWire) -> Reading? {
        guard let tree = try? wire.decode(body), let reader = try? RequestReader(tree, wire: wire),
            let request = try? PutRequest(tree: reader)
        else { return nil }
        return Reading(request.stream, request.batch)
    }

    private func request(_ generator: inout SplitMix64) -> WireValue {
        let records: [WireValue] = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
            let data = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let keys = ["k", "profile-1", "ü\u{1F600}", String(repeating: "long", count: 40)]
            var members: [(String, WireValue)] = [
                ("Data", .bytes(data)), ("PartitionKey", .string(keys.randomElement(using: &generator) ?? "")),
            ]
            if Bool.random(using: &generator) {
                members.append(("ExplicitHashKey", .string(String(UInt64.random(in: 0...99, using: &generator)))))
            }
            return .map(members.shuffled(using: &generator))
        }
        var members: [(String, WireValue)] = [("Records", .array(records)), ("StreamName", "orders")]
        if Bool.random(using: &generator) {
            members.append(("StreamARN", "arn:aws:kinesis:us-east-1:000000000000:stream/orders"))
        }
        return .map(members.shuffled(using: &generator))
    }

    @Test(arguments: KinesisWire.allCases)
    func `the scanner reads what the general reader reads`(wire: KinesisWire) {
        var generator = TestSeed.generator()
        for _ in 0..<2000 {
            let body = wire.encode(request(&generator))

            let scan = scanned(body, wire)

            #expect(scan != nil)
            #expect(scan == read(body, wire))
        }
    }

    @Test(arguments: KinesisWire.allCases)
    func `the scanner takes no broken body that the general reader refuses`(wire: KinesisWire) {
        var generator = TestSeed.generator()
        for _ in 0..<30_000 {
            var body = wire.encode(request(&generator))
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<body.count, using: &generator)
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: body[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: body.remove(at: place)
                case 2: body.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                default: body.removeSubrange(place...)
                }
                if body.isEmpty { break }
            }
            guard let scan = scanned(body, wire) else { continue }

            let full = body.withUnsafeBytes { try? PutRequest(putRecords: $0, wire: wire) }
            // What the scanner takes, the general reader takes too and reads alike, or the common checks refuse it.
            if let general = read(body, wire) {
                #expect(scan == general, "\(body)")
            } else {
                #expect(full == nil, "\(body)")
            }
        }
    }

    @Test func `white space between tokens is no obstacle`() {
        let body = Array(
            """
            { "StreamName" : "orders" ,
              "Records" : [ { "Data" : "AAAA" , "PartitionKey" : "k" } , { "PartitionKey":"l","Data":"" } ] }

            """.utf8
        )

        #expect(scanned(body, .json)?.records == [[0, 0, 0, 0xFF, UInt8(ascii: "k")], [0xFF, UInt8(ascii: "l")]])
    }

    @Test func `indefinite lengths of lists and maps are no obstacle`() {
        var body: [UInt8] = [0xBF]
        for value: WireValue in ["StreamName", "orders", "Records"] { KinesisWire.cbor.encode(value, into: &body) }
        body.append(0x9F)
        body.append(0xBF)
        for value: WireValue in ["Data", .bytes([1, 2]), "PartitionKey", "k"] {
            KinesisWire.cbor.encode(value, into: &body)
        }
        body += [0xFF, 0xFF, 0xFF]

        #expect(scanned(body, .cbor)?.records == [[1, 2, 0xFF, UInt8(ascii: "k")]])
        #expect(scanned(body, .cbor) == read(body, .cbor))
    }

    @Test(arguments: [
        #"{"StreamName":"orders","Records":[{"Data":"AA==","PartitionKey":"\u006b"}]}"#,
        #"{"StreamName":"orders","StreamId":"x","Records":[{"Data":"AA==","PartitionKey":"k"}]}"#,
        #"{"StreamName":"orders","Records":[{"Data":"\/\/8=","PartitionKey":"k","Extra":[{}]}]}"#,
        #"{"StreamName":"orders","Records":[{"Data":"AA==","PartitionKey":"k","ExplicitHashKey":null}]}"#,
    ])
    func `unusual but correct requests are read the long way`(text: String) throws {
        let body = Array(text.utf8)

        #expect(scanned(body, .json) == nil)
        let request = try body.withUnsafeBytes { bytes in try PutRequest(putRecords: bytes, wire: .json) }
        #expect(request.batch.entries.count == 1)
        #expect(request.batch.entries[0].hash == HashKey.hash("k"))
    }
}
