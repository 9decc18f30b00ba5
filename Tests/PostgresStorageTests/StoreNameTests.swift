#if PostgreSQL
import ActivationCore
import StorageCommon
import TestSupport
import Testing

/// Names of stores from restoration to restoration.
@Suite struct StoreNameTests {
    @Test func `each name is after the one before, of its family alone`() throws {
        var random = TestSeed.generator()
        for _ in 0..<200 {
            // As the database makes them.
            let high = UInt64.random(in: .min ... .max, using: &random) & ~(0xF << 12) | 4 << 12
            let first = UUIDBytes(high: high, low: UInt64.random(in: .min ... .max, using: &random))
            var names = [first]
            var number = Int64.random(in: 1..<1 << 50, using: &random)
            for _ in 0..<5 {
                names.append(StoreName.successor(of: names.last ?? first, number: number))
                number += Int64.random(in: 1..<1 << 40, using: &random)
            }
            #expect(Set(names).count == names.count)
            for (place, name) in names.enumerated() {
                for (otherPlace, other) in names.enumerated() {
                    #expect(StoreName.isBefore(name, other) == (place < otherPlace))
                }
                #expect(UUIDBytes(name.description) == name)
                let stranger = UUIDBytes(high: name.high, low: ~name.low)
                #expect(names.allSatisfy { !StoreName.isBefore($0, stranger) && !StoreName.isBefore(stranger, $0) })
            }
        }
    }
}
#endif
