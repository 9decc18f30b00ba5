import ActivationCore
import ActivationEngine

extension Statement {
    /// The columns of a dataflow's counters, in the order of ``counters(from:)``.
    static let counterColumns =
        "triggered, delivered, superseded, suppressed_disabled, suppressed_deleted, parked, replayed, discarded, erased"

    /// The same columns, 0 each where there is no row.
    static let counterColumnsOrNothing = counterColumns.split(separator: ", ").map { "ifnull(\($0), 0)" }
        .joined(separator: ", ")

    /// What an upsert does to counters that are there: it adds the new ones.
    static let addedCounters = counterColumns.split(separator: ", ").map { "\($0) = \($0) + excluded.\($0)" }
        .joined(separator: ", ")

    /// Sets nine parameters, from this one on, to a dataflow's counters.
    func bind(_ index: Int32, _ counters: DataflowCounters) {
        bind(index, counters.triggered)
        bind(index + 1, counters.delivered)
        bind(index + 2, counters.superseded)
        bind(index + 3, counters.suppressedDisabled)
        bind(index + 4, counters.suppressedDeleted)
        bind(index + 5, counters.parked)
        bind(index + 6, counters.replayed)
        bind(index + 7, counters.discarded)
        bind(index + 8, counters.erased)
    }

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
