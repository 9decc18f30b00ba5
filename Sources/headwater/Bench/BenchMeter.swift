import Synchronization

/// What the tasks of a measurement share: the progress shown, the latencies found, the next item to do.
final class BenchMeter: Sendable {
    private struct State {
        var bar: ProgressBar
        var latencies = LatencyHistogram()
        var done: Int
        var next: Int
    }

    private let state: Mutex<State>
    private let total: Int
    private let first: Int

    /// Creates a meter.
    ///
    /// - Parameters:
    ///   - total: How many items there are to do.
    ///   - done: How many were done before.
    ///   - unit: What the items are called.
    init(total: Int, done: Int = 0, unit: String) {
        self.total = total
        first = done
        let bar = ProgressBar(total: Int64(total), done: Int64(done), unit: unit)
        state = Mutex(State(bar: bar, done: done, next: done))
    }

    /// The latencies so far.
    var latencies: LatencyHistogram { state.withLock { $0.latencies } }

    /// The next items that nobody has taken; nil when all are taken.
    func take(_ count: Int) -> Range<Int>? {
        state.withLock { state in
            guard state.next < total else { return nil }
            let range = state.next..<min(state.next + count, total)
            state.next = range.upperBound
            return range
        }
    }

    /// Notes finished items and how long each of them took.
    func finished(_ count: Int, in elapsed: Duration? = nil) {
        state.withLock { state in
            state.done += count
            if let elapsed { state.latencies.record(elapsed, count: count) }
            state.bar.update(done: Int64(state.done), items: Int64(state.done - first))
        }
    }

    /// Leaves the progress line.
    func end() {
        state.withLock { $0.bar.finish(done: Int64($0.done), items: Int64($0.done - first)) }
    }
}
