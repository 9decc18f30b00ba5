import Testing

@testable import KinesisLocal

@Suite struct OrderLedgerTests {
    private func ledger(_ numbers: [(Int64, Int64)]) -> Verification {
        var ledger = OrderLedger()
        for (key, number) in numbers { ledger.note(OrderMarker(key: key, number: number)) }
        return ledger.verification
    }

    @Test func `numbers that rise by one are ordered and complete`() {
        let verification = ledger([(1, 1), (2, 1), (1, 2), (1, 3), (2, 2)])

        #expect(verification.isOrdered && verification.isComplete)
        #expect(verification.keys == 2 && verification.marked == 5 && verification.duplicates == 0)
    }

    @Test func `a number that is skipped is missing until it comes late`() {
        let gap = ledger([(1, 1), (1, 4)])
        let filled = ledger([(1, 1), (1, 4), (1, 3), (1, 2)])

        #expect(gap.missing == 2 && gap.leaps == 1 && !gap.isOrdered && !gap.isComplete)
        #expect(filled.missing == 0 && filled.late == 2 && filled.duplicates == 0)
        #expect(filled.isComplete && !filled.isOrdered)
    }

    @Test func `a first number above one leaps`() {
        #expect(ledger([(1, 3)]).missing == 2)
    }

    @Test func `a repeat is a duplicate and not a disorder`() {
        let verification = ledger([(1, 1), (1, 2), (1, 2), (1, 1), (1, 3)])

        #expect(verification.duplicates == 2)
        #expect(verification.isOrdered && verification.isComplete)
    }

    @Test func `the counts equal those of a plain model`() {
        var generator = TestSeed.generator()
        for _ in 0..<200 {
            let numbers = (0..<60).map { _ in
                (Int64.random(in: 1...3, using: &generator), Int64.random(in: 1...12, using: &generator))
            }
            var seen: [Int64: Set<Int64>] = [:]
            var late = 0
            var duplicates = 0
            for (key, number) in numbers {
                if seen[key, default: []].contains(number) {
                    duplicates += 1
                } else if number < seen[key]?.max() ?? 0 {
                    late += 1
                }
                seen[key, default: []].insert(number)
            }
            let missing = seen.values.reduce(0) { $0 + Int($1.max() ?? 0) - $1.count }

            let verification = ledger(numbers)

            #expect(verification.late == late)
            #expect(verification.duplicates == duplicates)
            #expect(verification.missing == missing)
        }
    }

    @Test(
        arguments: [
            ("~k=12;s=345~ rest", OrderMarker(key: 12, number: 345)),
            (#"{"a":"~","m":"~k=0;s=1~"}"#, OrderMarker(key: 0, number: 1)),
            ("~k=1;s=~", nil), ("~k=;s=1~", nil), ("~k=1;s=1", nil), ("", nil), ("~~~~~~~~~", nil),
            (String(repeating: " ", count: 95) + "~k=1;s=1~", nil),
            ("~k=99999999999999999999;s=1~", nil),
        ] as [(String, OrderMarker?)]
    )
    func `a marker is read from the first hundred bytes`(text: String, marker: OrderMarker?) {
        #expect(Array(text.utf8).withUnsafeBytes { OrderMarker($0) } == marker)
    }

    @Test func `of an aggregate every record counts`() {
        // Packed by aws_kinesis_agg 1.2.3: of `p` the numbers 1 to 3 of key 5, and of `q` one without a marker.
        let hex =
            "f3899ac20a01700a01711a0d08001a097e6b3d353b733d317e1a0d08001a097e6b3d353b733d327e1a0d08001a097e6b3d353b733d337e1a0908011a05706c61696ef47ace9cef645c8376e8f73dbebc691c"
        let packed = stride(from: 0, to: hex.utf8.count, by: 2).compactMap {
            UInt8(hex.dropFirst($0).prefix(2), radix: 16)
        }
        var ledger = OrderLedger()
        ledger.note(
            RecordBatch.Entry(dataStart: 2, dataCount: UInt32(packed.count), keyStart: 0, keyCount: 1, hash: 0),
            of: Array("a ".utf8) + packed
        )

        #expect(ledger.verification.marked == 3 && ledger.verification.keys == 1)
        #expect(ledger.verification.isOrdered && ledger.verification.isComplete)
        #expect(ledger.verification.unmarked == 1 && ledger.verification.unmarkedKeys == 1)
    }

    @Test func `records without a marker are counted by key`() {
        var stream = StreamState.sample()
        _ = stream.put(.sample([("a", "x"), ("b", "x"), ("a", "y"), ("c", "~k=1;s=1~")]), now: 1_000_000)

        #expect(stream.ledger.verification.unmarked == 3)
        #expect(stream.ledger.verification.unmarkedKeys == 2)
        #expect(stream.ledger.verification.marked == 1)
    }
}
