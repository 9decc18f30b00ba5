import Synchronization

/// What the tasks of a measurement share: the progress shown, the latencies found, the next item to do.
final class BenchMeter: Sendable {
    private struct State {
        var display: any ProgressDisplay
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
    ///   - show: Opens the display.
    init(total: Int, done: Int = 0, unit: String, show: OpenDisplay) {
        self.total = total
        first = done
        let display = show(Int64(total), Int64(done), unit)
        state = Mutex(State(display: display, done: done, next: done))
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
            state.display.update(done: Int64(state.done), items: Int64(state.done - first))
        }
    }

    /// Shows the final state.
    func end() {
        state.withLock { $0.display.finish(done: Int64($0.done), items: Int64($0.done - first)) }
    }
}
