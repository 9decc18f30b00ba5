import Dispatch
import Synchronization

/// Runs lookups, which block: few at a time and few waiting, so that name servers that say nothing cost neither threads nor
/// memory without end.
///
/// Calls may overlap.
final class LookupQueue: Sendable {
    typealias Lookup = @Sendable () -> Void

    private struct State {
        var running = 0
        var waiting: [(lookup: Lookup, end: ContinuousClock.Instant)] = []

        /// Nobody waits any more for those whose time is over.
        mutating func forgetLate() {
            let now = ContinuousClock.now
            waiting.removeAll { $0.end <= now }
        }
    }

    private enum Admission {
        case runs
        case waits
        case refused
    }

    /// Lookups that run at a time.
    static let runningMax = 4
    /// Lookups that wait at most.
    static let waitingMax = 64

    private let state = Mutex(State())
    private let threads = DispatchQueue(label: "headwater.lookups", attributes: .concurrent)

    /// Runs a lookup, at once or when its turn comes.
    ///
    /// - Parameters:
    ///   - end: From when on it need not begin any more.
    ///   - lookup: What may block.
    /// - Returns: False when too many wait already; then it never runs.
    func add(until end: ContinuousClock.Instant, _ lookup: @escaping Lookup) -> Bool {
        let admission = state.withLock { state -> Admission in
            guard state.running == LookupQueue.runningMax else {
                state.running += 1
                return .runs
            }
            state.forgetLate()
            guard state.waiting.count < LookupQueue.waitingMax else { return .refused }
            state.waiting.append((lookup, end))
            return .waits
        }
        if admission == .runs { run(lookup) }
        return admission != .refused
    }

    private func run(_ first: @escaping Lookup) {
        threads.async {
            var lookup: Lookup? = first
            while let current = lookup {
                current()
                lookup = self.next()
            }
        }
    }

    private func next() -> Lookup? {
        state.withLock { state in
            state.forgetLate()
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst().lookup
        }
    }
}
