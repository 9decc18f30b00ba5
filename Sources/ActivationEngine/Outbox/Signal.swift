import Synchronization

/// A bell between tasks: many ring it, one waits; rings while nobody waits count as one.
final class Signal: Sendable {
    private struct State {
        var isRung = false
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let state = Mutex(State())

    /// Whether the bell was closed; a closed bell never makes anyone wait.
    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Wakes the waiter, now or when it comes.
    func ring() {
        let waiter = state.withLock { state in
            state.isRung = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Wakes the waiter for good.
    func close() {
        state.withLock { $0.isClosed = true }
        ring()
    }

    /// Returns at the next ring, at once when it was rung since the last wait or closed.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.isRung || state.isClosed {
                    state.isRung = false
                    return true
                }
                state.waiter = continuation
                return false
            }
            if isReady { continuation.resume() }
        }
        state.withLock { $0.isRung = false }
    }

    /// Returns at the next ring or after a time, whichever comes first.
    func wait(atMost duration: Duration, by clock: RelayClock = .system) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cancelled when the ring came first.
                await clock.sleep(duration)
                self.ring()
            }
            await self.wait()
            group.cancelAll()
        }
        state.withLock { $0.isRung = $0.isClosed }
    }
}
