import Testing

@testable import KinesisLocal

@Suite struct FaultDiceTests {
    @Test func `no faults touch nothing`() {
        #expect(FaultDice(Faults()).decide(records: 500) == PutFaults())
    }

    @Test func `the same seed gives the same faults`() {
        let faults = Faults(
            seed: 7,
            recordThrottled: 0.1,
            recordFailed: 0.1,
            requestFailed: 0.3,
            connectionDropped: 0.3
        )
        let (first, second) = (FaultDice(faults), FaultDice(faults))

        let decisions = (0..<50).map { _ in first.decide(records: 100) }

        #expect(decisions == (0..<50).map { _ in second.decide(records: 100) })
        let throttled = decisions.flatMap(\.records).filter { $0 == .throttled }.count
        #expect((350..<650).contains(throttled))
        #expect(decisions.contains { $0.failsBeforeCommit } && decisions.contains { !$0.failsBeforeCommit })
        #expect(decisions.contains { $0.dropsAfterCommit } && decisions.contains { !$0.dropsAfterCommit })
    }

    @Test func `every third record is throttled across requests`() {
        let dice = FaultDice(Faults(everyNthRecordThrottled: 3))

        let records = dice.decide(records: 4).records + dice.decide(records: 5).records

        #expect(records.map { $0 == .throttled } == [false, false, true, false, false, true, false, false, true])
    }

    @Test func `new faults take effect at once`() {
        let dice = FaultDice(Faults())
        dice.faults = Faults(recordFailed: 1)

        #expect(dice.decide(records: 2).records == [.internalFailure, .internalFailure])
    }
}
