public import ActivationCore
import Synchronization

/// Rows that were taken out of the outbox while their records were in the hands of a sink, which must not send them any more
/// (BEHAVIOUR 3.11, 9.5).
///
/// In memory alone: what another process has in hand it does not have any more when this one begins. As long as nothing is
/// called back it is asked nothing but whether it is empty.
public final class RecalledRows: Sendable {
    private struct State {
        var called: [Dataflow.ID: Set<Int64>] = [:]
        /// Those that a change takes out of the outbox which is on its way to the disk.
        var announced: [Dataflow.ID: Set<Int64>] = [:]

        var count: Int { [called, announced].joined().reduce(0) { $0 + $1.value.count } }
    }

    private let state = Mutex(State())
    /// How many rows there are, to be read without the lock.
    private let count = Atomic<Int>(0)

    /// Creates a list without rows.
    public init() {}

    /// Whether no row is called back or about to be.
    public var isEmpty: Bool { count.load(ordering: .acquiring) == 0 }

    /// Whether a dataflow's row is called back.
    public func contains(_ row: Int64, of dataflow: Dataflow.ID) -> Bool {
        guard !isEmpty else { return false }
        return state.withLock { $0.called[dataflow]?.contains(row) ?? false }
    }

    /// Notes rows that are to be called back when the change that takes them out of the outbox is durable, unless no sink has them
    /// in hand by then.
    func announce(_ rows: [Dataflow.ID: [Int64]]) {
        guard !rows.isEmpty else { return }
        change { state in
            for (dataflow, rows) in rows { state.announced[dataflow, default: []].formUnion(rows) }
        }
    }

    /// Calls back rows that were announced.
    func recall(_ rows: [Dataflow.ID: [Int64]]) {
        guard !rows.isEmpty else { return }
        change { state in
            for (dataflow, rows) in rows {
                let inHand = state.announced.take(rows, of: dataflow)
                if !inHand.isEmpty { state.called[dataflow, default: []].formUnion(inHand) }
            }
        }
    }

    /// Forgets rows that no sink has in hand any more.
    func remove(_ gone: some Sequence<Int64>, of dataflow: Dataflow.ID) {
        guard !isEmpty else { return }
        change { state in
            _ = state.called.take(gone, of: dataflow)
            _ = state.announced.take(gone, of: dataflow)
        }
    }

    /// Forgets all rows of a dataflow: nothing of it is in the hands of a sink.
    ///
    /// - Returns: Whether any were called back.
    @discardableResult
    func removeAll(of dataflow: Dataflow.ID) -> Bool {
        guard !isEmpty else { return false }
        return change { state in
            state.announced[dataflow] = nil
            return state.called.removeValue(forKey: dataflow) != nil
        }
    }

    private func change<Result: Sendable>(_ body: (inout State) -> Result) -> Result {
        state.withLock { state in
            defer { count.store(state.count, ordering: .releasing) }
            return body(&state)
        }
    }
}

extension [Dataflow.ID: Set<Int64>] {
    /// Takes rows of a dataflow out.
    ///
    /// - Returns: Those that were there.
    fileprivate mutating func take(_ rows: some Sequence<Int64>, of dataflow: Dataflow.ID) -> Set<Int64> {
        let taken = self[dataflow]?.intersection(rows) ?? []
        self[dataflow]?.subtract(taken)
        if self[dataflow]?.isEmpty ?? false { self[dataflow] = nil }
        return taken
    }
}
