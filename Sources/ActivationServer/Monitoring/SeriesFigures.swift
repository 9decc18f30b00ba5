import ActivationCore
import ActivationEngine

/// What became of a dataflow's records within a stretch of time.
struct SeriesFigures: Sendable, Equatable {
    /// What was entered in its books.
    var counters = DataflowCounters()
    /// How long its records took.
    var delays = DeliveryDelays()
    /// Times that a part of its destination refused a record for its pace, by what the destination calls it.
    var throttled: [String: Int64] = [:]
    /// How long its oldest waiting record had waited, in milliseconds, the longest of all looks; nil when none waited.
    var oldestWait: Int64?

    /// Whether there is nothing to tell.
    var isEmpty: Bool {
        counters == DataflowCounters() && delays.count == 0 && throttled.isEmpty && oldestWait == nil
    }

    /// Adds those of another stretch, or of another dataflow.
    mutating func add(_ other: SeriesFigures) {
        counters += other.counters
        delays += other.delays
        throttled.merge(other.throttled, uniquingKeysWith: +)
        oldestWait = [oldestWait, other.oldestWait].compactMap { $0 }.max()
    }
}

extension DataflowCounters {
    /// Records that were not sent for a reason of ours; one that arrives all the same is taken back, even in a later hour.
    var excluded: Int64 { max(0, suppressedDisabled + suppressedDeleted) }

    /// How many of a hundred records that are settled were sent or left out on purpose; nil when none is (BEHAVIOUR 7.4).
    var activationPercent: Double? {
        let settled = delivered + excluded + parked
        guard settled > 0 else { return nil }
        return (Double(delivered + excluded) * 1_000 / Double(settled)).rounded(.down) / 10
    }
}
