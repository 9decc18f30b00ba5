import Testing

@testable import Kinesis

/// Aggregates as AWS's own packer (`aws_kinesis_agg` 1.2.3) writes and reads them.
@Suite struct KPLAggregateTests {
    private static func record(_ data: [UInt8], key: String = "person-1") -> KinesisRecord {
        KinesisRecord(token: 0, orderingKey: OrderingKey(high: 0, low: 0), partitionKey: key, data: data)
    }

    private static func pack(_ contents: [[UInt8]], key: String = "person-1") -> [UInt8] {
        AggregateWriter.bytes(
            record(contents[0], key: key),
            contents.dropFirst().map { PendingRecord(record($0, key: key), hash: 0) }
        )
    }

    private static func bytes(hex: String) -> [UInt8] {
        stride(from: 0, to: hex.utf8.count, by: 2).compactMap { UInt8(hex.dropFirst($0).prefix(2), radix: 16) }
    }

    /// What AWS's packer makes of `one`, nothing, and 200 times `x` under `person-1`.
    private static let golden =
        bytes(hex: "f3899ac20a08706572736f6e2d311a0708001a036f6e651a0408001a001acd0108001ac801")
        + [UInt8](repeating: 0x78, count: 200) + bytes(hex: "80396144f6f428b48dad78481c7d28e8")

    /// Of two keys, two of three records with explicit hash keys.
    private static let mixed = bytes(
        hex:
            "f3899ac20a01610a0262631201351201361a07080010001a01311a0608011a0232321a09080010011a033333339f62e365ce844386d1dac7bab6be16b9"
    )

    @Test func `an aggregate is what AWS packs, byte for byte`() {
        #expect(Self.pack([Array("one".utf8), [], [UInt8](repeating: 0x78, count: 200)]) == Self.golden)
    }

    @Test func `an aggregate of several keys and hash keys is read`() throws {
        let aggregate = try #require(KPLAggregate(Self.mixed))

        #expect(aggregate.members.map(\.partitionKey) == ["a", "bc", "a"])
        #expect(aggregate.members.map { String(decoding: $0.data, as: UTF8.self) } == ["1", "22", "333"])
    }

    @Test func `the size is known before the bytes are, whatever is in them`() {
        var random = SplitMix64(seed: 11)
        for _ in 0..<300 {
            let key = String(repeating: "k", count: .random(in: 1...256, using: &random))
            let contents = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                [UInt8](repeating: 7, count: .random(in: 0...20_000, using: &random))
            }
            let size = contents.reduce(AggregateSize(partitionKey: key)) { $0.adding(dataBytes: $1.count) }

            let packed = Self.pack(contents, key: key)

            #expect(size.countedBytes == packed.count + key.utf8.count)
            #expect(KPLAggregate(packed)?.members == contents.map { .init(partitionKey: key, data: $0) })
        }
    }

    @Test func `anything that is not an aggregate from end to end is a plain record`() {
        #expect(KPLAggregate([]) == nil && KPLAggregate(AggregateFrame.magic) == nil)
        #expect(KPLAggregate(Array(#"{"a":1}"#.utf8)) == nil)
        for index in Self.golden.indices {
            var changed = Self.golden
            changed[index] ^= 0x41
            #expect(KPLAggregate(changed) == nil, "byte \(index) is another")
            #expect(KPLAggregate(Array(Self.golden[..<index])) == nil, "it ends at \(index)")
        }
    }

    @Test func `a message that is no aggregate is a plain record although its checksum is right`() {
        var random = SplitMix64(seed: .random(in: 0...(.max)))
        let message = Array(Self.mixed[4..<Self.mixed.count - 16])
        for _ in 0..<5_000 {
            var changed = message
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            changed = Array(changed.prefix(Int.random(in: 0...changed.count, using: &random)))
            let digest = changed.withUnsafeBytes { HashKey.hash($0) }
            let sealed = AggregateFrame.magic + changed + withUnsafeBytes(of: digest.bigEndian) { Array($0) }

            // Whatever it is, it is read within its bounds.
            let layout = AggregateLayout(sealed.span)
            for member in layout?.members ?? [] {
                #expect(4 <= member.data.lowerBound && member.data.upperBound <= sealed.count - 16)
                #expect(4 <= member.partitionKey.lowerBound && member.partitionKey.upperBound <= sealed.count - 16)
            }
        }
        for message in [
            [], [0x0A], [0x0A, 0x05, 0x61], [0x1A, 0x03, 0x08, 0x00, 0x1A], [0x1B], [UInt8](repeating: 0xFF, count: 12),
        ] as [[UInt8]] {
            let digest = message.withUnsafeBytes { HashKey.hash($0) }
            let sealed = AggregateFrame.magic + message + withUnsafeBytes(of: digest.bigEndian) { Array($0) }
            #expect(KPLAggregate(sealed) == nil)
        }
    }
}
