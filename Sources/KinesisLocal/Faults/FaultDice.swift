import Kinesis
import Synchronization

/// Throws the dice of the current faults, for every connection alike.
final class FaultDice: Sendable {
    fileprivate struct State {
        var faults: Faults
        var dice: SplitMix64
        var recordsSeen = 0
    }

    private let state: Mutex<State>

    init(_ faults: Faults) {
        state = Mutex(State(faults: faults, dice: SplitMix64(seed: faults.seed)))
    }

    /// The faults in force; setting them starts the dice and the running number of records anew.
    var faults: Faults {
        get { state.withLock(\.faults) }
        set { state.withLock { $0 = State(faults: newValue, dice: SplitMix64(seed: newValue.seed)) } }
    }

    /// Decides what goes wrong with a put of so many records.
    func decide(records count: Int) -> PutFaults {
        state.withLock { state in
            var decision = PutFaults()
            if state.faults.touchesRequests {
                decision.failsBeforeCommit = state.dice.hits(state.faults.requestFailed)
                decision.dropsAfterCommit = state.dice.hits(state.faults.connectionDropped)
            }
            if state.faults.touchesRecords {
                decision.records = (0..<count).map { _ in state.decideRecord() }
            }
            return decision
        }
    }
}

extension FaultDice.State {
    fileprivate mutating func decideRecord() -> RecordFault? {
        recordsSeen += 1
        if let every = faults.everyNthRecordThrottled, every > 0, recordsSeen.isMultiple(of: every) {
            return .throttled
        }
        if dice.hits(faults.recordThrottled) { return .throttled }
        return dice.hits(faults.recordFailed) ? .internalFailure : nil
    }
}

extension SplitMix64 {
    /// Whether an event of that probability happens; draws nothing for an impossible one.
    fileprivate mutating func hits(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }
}
