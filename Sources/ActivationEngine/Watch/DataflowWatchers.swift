import ActivationCore
import Synchronization

/// Who watches the records of which dataflow leave; costs nothing while nobody does, and never holds a relay up.
final class DataflowWatchers: Sendable {
    private struct Watcher {
        let dataflow: Dataflow.ID
        let continuation: AsyncStream<WatchedRecord>.Continuation
        var missed = 0
    }

    private struct State {
        var watchers: [Int: Watcher] = [:]
        var lastNumber = 0
    }

    private let state = Mutex(State())
    private let count = Atomic(0)

    /// Records that wait for a watcher at most; what comes then it misses.
    private static let queueMax = 256

    /// The records of a dataflow that are settled from now on; ends when its reader stops reading.
    func watch(_ dataflow: Dataflow.ID) -> AsyncStream<WatchedRecord> {
        let (records, continuation) = AsyncStream.makeStream(
            of: WatchedRecord.self,
            bufferingPolicy: .bufferingOldest(Self.queueMax)
        )
        let number = state.withLock { state in
            state.lastNumber += 1
            state.watchers[state.lastNumber] = Watcher(dataflow: dataflow, continuation: continuation)
            count.store(state.watchers.count, ordering: .relaxed)
            return state.lastNumber
        }
        continuation.onTermination = { [weak self] _ in self?.leave(number) }
        return records
    }

    /// Whether anybody watches a dataflow.
    func watch(over dataflow: Dataflow.ID) -> Bool {
        guard count.load(ordering: .relaxed) > 0 else { return false }
        return state.withLock { $0.watchers.values.contains { $0.dataflow == dataflow } }
    }

    /// Shows records to those who watch their dataflow.
    func show(_ records: [WatchedRecord], of dataflow: Dataflow.ID) {
        state.withLock { state in
            for number in state.watchers.keys where state.watchers[number]?.dataflow == dataflow {
                for var record in records {
                    record.missed = state.watchers[number]?.missed ?? 0
                    if case .enqueued = state.watchers[number]?.continuation.yield(record) {
                        state.watchers[number]?.missed = 0
                    } else {
                        state.watchers[number]?.missed += 1
                    }
                }
            }
        }
    }

    /// Ends everybody's watch, as the engine stops.
    func end() {
        let watchers = state.withLock { state in
            defer { state.watchers = [:] }
            count.store(0, ordering: .relaxed)
            return state.watchers.values.map(\.continuation)
        }
        for watcher in watchers { watcher.finish() }
    }

    private func leave(_ number: Int) {
        state.withLock { state in
            state.watchers[number] = nil
            count.store(state.watchers.count, ordering: .relaxed)
        }
    }
}
