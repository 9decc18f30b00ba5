import Dispatch
import Synchronization

/// Runs lookups, which block: a thread for each, few threads for names that are known to block them for long, and few
/// lookups waiting, so that name servers that say nothing cost neither threads nor memory without end and names whose
/// servers answer need not wait for them.
///
/// Calls may overlap.
final class LookupQueue: Sendable {
    typealias Lookup = @Sendable () -> Void

    private struct Entry {
        var lookup: Lookup
        var isSlow: Bool
    }

    private enum Admission {
        case runs
        case waits
        case refused
    }

    private struct State {
        var running = 0
        var slow = 0
        var waiting: [Entry] = []

        mutating func admit(_ entry: Entry) -> Admission {
            if hasThread(isSlow: entry.isSlow) {
                begin(entry)
                return .runs
            }
            guard waiting.count < LookupQueue.waitingMax else { return .refused }
            waiting.append(entry)
            return .waits
        }

        /// The first of those that wait that finds a thread, now that one has ended.
        mutating func next(after ended: Entry) -> Entry? {
            running -= 1
            if ended.isSlow { slow -= 1 }
            guard let index = waiting.firstIndex(where: { hasThread(isSlow: $0.isSlow) }) else { return nil }
            let next = waiting.remove(at: index)
            begin(next)
            return next
        }

        private mutating func begin(_ entry: Entry) {
            running += 1
            if entry.isSlow { slow += 1 }
        }

        private func hasThread(isSlow: Bool) -> Bool {
            running < LookupQueue.runningMax && (!isSlow || slow < LookupQueue.slowMax)
        }
    }

    /// Lookups that run at a time.
    static let runningMax = 64
    /// Of these, lookups of names that took long the last time.
    static let slowMax = 16
    /// Lookups that wait at most.
    static let waitingMax = 256

    private let state = Mutex(State())

    /// Runs a lookup, at once or when its turn comes.
    ///
    /// - Parameters:
    ///   - isSlow: The last lookup of this name took long.
    ///   - lookup: What may block.
    /// - Returns: False when too many wait already; then it never runs.
    func add(isSlow: Bool, _ lookup: @escaping Lookup) -> Bool {
        let entry = Entry(lookup: lookup, isSlow: isSlow)
        let admission = state.withLock { $0.admit(entry) }
        if admission == .runs { run(entry) }
        return admission != .refused
    }

    private func run(_ entry: Entry) {
        // A queue of its own has a thread of its own; a concurrent one has as few as there are processors.
        DispatchQueue(label: "headwater.lookup").async {
            entry.lookup()
            if let next = self.state.withLock({ $0.next(after: entry) }) { self.run(next) }
        }
    }
}
