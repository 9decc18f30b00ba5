import ActivationCore
import ActivationEngine

extension Statement {
    /// The columns of a dataflow's counters, in the order of ``counters(from:)``.
    static let counterColumns =
        "triggered, delivered, superseded, suppressed_disabled, suppressed_deleted, parked, replayed, discarded, erased"

    /// A dataflow's counters, which stand in this column and those behind it.
    func counters(from column: Int32) throws(StorageError) -> DataflowCounters {
        DataflowCounters(
            triggered: try count(column),
            delivered: try count(column + 1),
            superseded: try count(column + 2),
            suppressedDisabled: try count(column + 3),
            suppressedDeleted: try count(column + 4),
            parked: try count(column + 5),
            replayed: try count(column + 6),
            discarded: try count(column + 7),
            erased: try count(column + 8)
        )
    }
}
