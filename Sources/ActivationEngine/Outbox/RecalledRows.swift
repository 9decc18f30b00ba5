public import ActivationCore
import Synchronization

/// Rows that were taken out of the outbox while their records were in the hands of a sink, which must not send them any more
/// (BEHAVIOUR 3.11, 9.5).
///
/// In memory alone: what another process has in hand it does not have any more when this one begins. As long as nothing is
/// called back it is asked nothing but whether it is empty.
public final class RecalledRows: Sendable {
    private let rows = Mutex<[Dataflow.ID: Set<Int64>]>([:])
    /// How many there are, to be read without the lock.
    private let count = Atomic<Int>(0)

    /// Creates a list without rows.
    public init() {}

    /// Whether no row is called back.
    public var isEmpty: Bool { count.load(ordering: .acquiring) == 0 }

    /// Whether a dataflow's row is called back.
    public func contains(_ row: Int64, of dataflow: Dataflow.ID) -> Bool {
        guard !isEmpty else { return false }
        return rows.withLock { $0[dataflow]?.contains(row) ?? false }
    }

    /// Calls rows back.
    func add(_ recalled: [Dataflow.ID: [Int64]]) {
        guard !recalled.isEmpty else { return }
        change { rows in
            for (dataflow, recalled) in recalled { rows[dataflow, default: []].formUnion(recalled) }
        }
    }

    /// Forgets rows that no sink has in hand any more.
    func remove(_ gone: some Sequence<Int64>, of dataflow: Dataflow.ID) {
        guard !isEmpty else { return }
        change { rows in
            rows[dataflow]?.subtract(gone)
            if rows[dataflow]?.isEmpty ?? false { rows[dataflow] = nil }
        }
    }

    /// Forgets all rows of a dataflow: nothing of it is in the hands of a sink.
    ///
    /// - Returns: Whether there were any.
    @discardableResult
    func removeAll(of dataflow: Dataflow.ID) -> Bool {
        guard !isEmpty else { return false }
        return change { $0.removeValue(forKey: dataflow) != nil }
    }

    private func change<Result: Sendable>(_ body: (inout [Dataflow.ID: Set<Int64>]) -> Result) -> Result {
        rows.withLock { rows in
            defer { count.store(rows.values.reduce(0) { $0 + $1.count }, ordering: .releasing) }
            return body(&rows)
        }
    }
}
