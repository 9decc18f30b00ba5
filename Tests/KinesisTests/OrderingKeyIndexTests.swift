import Testing

@testable import Kinesis

/// The index against a dictionary.
@Suite struct OrderingKeyIndexTests {
    /// Few keys, so that they come, go and come again; the same words in both halves, so that many are alike.
    private static func key(_ random: inout SplitMix64, of count: UInt64) -> OrderingKey {
        OrderingKey(high: random.next() % count, low: random.next() % count &* 0x0001_0000_0000_0000)
    }

    @Test(arguments: [1, 2, 6, 40] as [UInt64])
    func `it knows what a dictionary knows`(_ count: UInt64) {
        for seed in 0..<20 as Range<UInt64> {
            var random = SplitMix64(seed: seed)
            var index = OrderingKeyIndex(seed: random.next())
            var expected: [OrderingKey: UInt32] = [:]
            var given: UInt32 = 0
            for step in 0..<2_000 {
                let key = Self.key(&random, of: count)
                if random.next() % 2 == 0, expected[key] != nil {
                    index.remove(key)
                    expected[key] = nil
                } else {
                    let found = index.insert(key) {
                        given += 1
                        return given
                    }
                    #expect(found.isNew == (expected[key] == nil), "seed \(seed), step \(step)")
                    if found.isNew { expected[key] = given }
                    #expect(found.index == expected[key], "seed \(seed), step \(step)")
                }
                #expect(index.count == expected.count, "seed \(seed), step \(step)")
            }
            for (key, number) in expected {
                let found = index.insert(key) { .max - 1 }
                #expect(found.index == number && !found.isNew, "seed \(seed)")
            }
        }
    }
}
