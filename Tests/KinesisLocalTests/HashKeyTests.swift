import Crypto
import Kinesis
import Testing

@testable import KinesisLocal

@Suite struct HashKeyTests {
    @Test func `the hash is MD5 for keys of every length around the block borders`() {
        var generator = TestSeed.generator()
        for length in 0...1100 {
            let key = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let expected = Insecure.MD5.hash(data: key).reduce(UInt128(0)) { $0 << 8 | UInt128($1) }

            #expect(key.withUnsafeBytes { HashKey.hash($0) } == expected, "length \(length)")
        }
    }

    @Test func `the hash of RFC 1321's example is the one printed there`() {
        #expect(String(HashKey.hash("abc"), radix: 16) == "900150983cd24fb0d6963f7d28e17f72")
    }

    @Test(arguments: [1, 2, 3, 4, 7, 16, 255, 500])
    func `the ranges of a new stream cover every hash once`(count: Int) {
        let ranges = HashKeyRange.even(count: count)

        #expect(ranges.count == count)
        #expect(ranges.first?.first == 0)
        #expect(ranges.last?.last == .max)
        for (left, right) in zip(ranges, ranges.dropFirst()) { #expect(left.last + 1 == right.first) }
    }

    @Test func `the ranges are those that big integers give`() {
        #expect(HashKeyRange.even(count: 2)[1].first == UInt128(1) << 127)
        #expect(HashKeyRange.even(count: 3)[1].first == UInt128("113427455640312821154458202477256070485"))
        #expect(HashKeyRange.even(count: 7)[6].first == UInt128("291670600217947254397178234941515609816"))
    }

    @Test(arguments: [1, 2, 3, 5, 16])
    func `both ends of a range belong to its shard`(count: Int) {
        let stream = StreamState.sample(shards: count)

        for (index, range) in HashKeyRange.even(count: count).enumerated() {
            #expect(stream.map.index(for: range.first) == index)
            #expect(stream.map.index(for: range.last) == index)
        }
    }
}
