import ActivationCore
import Synchronization

/// Of which traces the records on their way are part (decision 47).
///
/// In memory alone, and only the last of them: a record whose trace is forgotten leaves like one that has none. Nothing that is
/// decided depends on it. As long as nobody sends a trace it is asked nothing but whether it is empty.
///
/// Before its commit a record has no row yet, so it is known by its profile, revision and admission, which one input made. The relay
/// that claims it knows the row. Changes of people who became one meanwhile may be alike in all of that; such a trace is forgotten.
public final class RecordTraces: Sendable {
    /// So many changes are remembered until their records are claimed, and as many claimed records until they are settled: far
    /// more than a relay has on its way, and some 20 MB at most.
    public static let entriesMax = 50_000

    /// What the records of one change have in common.
    struct Change: Hashable, Sendable {
        var profile: Profile.ID
        var revision: Int64
        var admittedAt: Timestamp

        init(_ row: OutboxRow) {
            (profile, revision, admittedAt) = (row.profile, row.revision, row.admittedAt)
        }
    }

    private struct Expected: Sendable {
        var trace: TraceContext
        /// Records that are not claimed yet.
        var records: Int
    }

    private struct Claimed: Sendable {
        var trace: TraceContext
        var dataflow: Dataflow.ID
    }

    private struct State {
        var expected: RecentEntries<Change, Expected>
        /// By row.
        var claimed: RecentEntries<Int64, Claimed>

        var count: Int { expected.count + claimed.count }
    }

    private let state: Mutex<State>
    /// What the state holds, to be read without its lock.
    private let count = Atomic<Int>(0)

    /// Creates a memory of nothing.
    ///
    /// - Parameter entriesMax: How many changes it remembers, and how many claimed records.
    public init(entriesMax: Int = RecordTraces.entriesMax) {
        state = Mutex(State(expected: RecentEntries(most: entriesMax), claimed: RecentEntries(most: entriesMax)))
    }

    /// Whether no record is known to be part of a trace.
    public var isEmpty: Bool { count.load(ordering: .relaxed) == 0 }

    /// The traces of records that were claimed.
    ///
    /// - Parameter rows: The records' rows.
    /// - Returns: Each step once, in the order of the records.
    public func traces(of rows: some Sequence<Int64>) -> [TraceContext] {
        guard !isEmpty else { return [] }
        return state.withLock { state in
            var seen = Set<TraceContext>()
            return rows.compactMap { state.claimed[$0]?.trace }.filter { seen.insert($0).inserted }
        }
    }

    /// The traces of what a dataflow has claimed and not settled, in the order of their names.
    func traceIDs(of dataflow: Dataflow.ID) -> [TraceContext.TraceID] {
        guard !isEmpty else { return [] }
        let ids = state.withLock { state in
            Set(state.claimed.values.filter { $0.dataflow == dataflow }.map(\.trace.traceID))
        }
        return ids.sorted { ($0.high, $0.low) < ($1.high, $1.low) }
    }

    /// Notes records that are about to be committed.
    ///
    /// - Parameters:
    ///   - records: The records of a plan, which name their inputs.
    ///   - inputs: The traces of those.
    /// - Returns: What was noted, to be forgotten when the commit fails.
    func expect(_ records: [OutboxRow], of inputs: TracedInputs) -> Set<Change> {
        update { state in
            var noted = Set<Change>()
            for record in records {
                guard let trace = record.input.flatMap({ inputs[$0] }) else { continue }
                let change = Change(record)
                if noted.insert(change).inserted { state.expected[change] = Expected(trace: trace, records: 0) }
                if state.expected[change]?.trace == trace {
                    state.expected[change]?.records += 1
                } else {
                    state.expected[change] = nil
                }
            }
            return noted
        }
    }

    /// Forgets records whose commit failed: their revisions come again.
    func forget(_ changes: Set<Change>) {
        update { state in
            for change in changes { state.expected[change] = nil }
        }
    }

    /// Notes which rows the records have, among those that were claimed.
    func claimed(_ rows: [OutboxRow]) {
        guard !isEmpty else { return }
        update { state in
            for row in rows where state.claimed[row.row] == nil {
                let change = Change(row)
                guard let expected = state.expected[change] else { continue }
                state.expected[change] =
                    expected.records > 1 ? Expected(trace: expected.trace, records: expected.records - 1) : nil
                state.claimed[row.row] = Claimed(trace: expected.trace, dataflow: row.dataflow)
            }
        }
    }

    /// Forgets records that were settled.
    ///
    /// - Returns: The traces of those that have one, by row.
    func settled(_ rows: [Int64]) -> [Int64: TraceContext] {
        guard !isEmpty else { return [:] }
        return update { state in
            var traces: [Int64: TraceContext] = [:]
            for row in rows {
                guard let claimed = state.claimed[row] else { continue }
                traces[row] = claimed.trace
                state.claimed[row] = nil
            }
            return traces
        }
    }

    private func update<Result>(_ change: (inout State) -> Result) -> Result {
        state.withLock { state in
            defer { count.store(state.count, ordering: .relaxed) }
            return change(&state)
        }
    }
}
