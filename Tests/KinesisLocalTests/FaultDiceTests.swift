import Testing

@testable import KinesisLocal

@Suite struct FaultDiceTests {
    @Test func `no faults touch nothing`() {
        let dice = FaultDice(Faults())

        #expect(dice.decide(.putRecords, now: 0) == RequestFaults())
        #expect(dice.decide(records: 500).isEmpty)
        #expect(!dice.hangsConnection())
    }

    @Test func `the same seed gives the same faults`() {
        var faults = Faults(
            seed: 7,
            recordThrottled: 0.1,
            recordFailed: 0.1,
            requestFailed: 0.3,
            connectionDropped: 0.3
        )
        faults.slowAnswer = 0.3
        let (first, second) = (FaultDice(faults), FaultDice(faults))
        func throwAll(_ dice: FaultDice) -> [(RequestFaults, [RecordFault?])] {
            (0..<50).map { _ in (dice.decide(.putRecords, now: 0), dice.decide(records: 100)) }
        }

        let decisions = throwAll(first)

        #expect(zip(decisions, throwAll(second)).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 })
        let throttled = decisions.flatMap(\.1).filter { $0 == .throttled }.count
        #expect((350..<650).contains(throttled))
        for hit in [
            decisions.map { $0.0.before != nil }, decisions.map { $0.0.after != nil },
            decisions.map { $0.0.latency > .zero },
        ] {
            #expect(hit.contains(true) && hit.contains(false))
        }
    }

    @Test func `every third record is throttled across requests`() {
        let dice = FaultDice(Faults(everyNthRecordThrottled: 3))

        let records = dice.decide(records: 4) + dice.decide(records: 5)

        #expect(records.map { $0 == .throttled } == [false, false, true, false, false, true, false, false, true])
    }

    @Test func `new faults take effect at once`() {
        let dice = FaultDice(Faults())
        dice.faults = Faults(recordFailed: 1)

        #expect(dice.decide(records: 2) == [.internalFailure, .internalFailure])
    }

    @Test func `a fault hits the operations that it is about, or those that are named`() {
        var faults = Faults(requestFailed: 1)
        #expect(FaultDice(faults).decide(.listShards, now: 0).before == nil)
        faults.operations = ["ListShards"]
        #expect(FaultDice(faults).decide(.putRecords, now: 0).before == nil)
        #expect(FaultDice(faults).decide(.listShards, now: 0).before == .refused(.internalFailure))
        faults = Faults()
        faults.kmsFailed = 1
        for (operation, isHit) in [(Operation.putRecord, true), (.getRecords, true), (.listStreams, false)] {
            #expect((FaultDice(faults).decide(operation, now: 0).before != nil) == isHit)
        }
    }

    @Test func `shards are changed when the interval is over, and once for one that was missed`() {
        var faults = Faults()
        faults.reshardInterval = .seconds(1)
        let dice = FaultDice(faults)

        let draws = [0, 999, 1000, 1001, 1999, 2000, 9000, 9001].map {
            dice.decide(.getRecords, now: $0).resharding != nil
        }

        #expect(draws == [false, false, true, false, false, true, true, false])
    }
}
