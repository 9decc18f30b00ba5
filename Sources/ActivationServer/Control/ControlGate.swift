import Synchronization

/// Lets one writer in at a time, in order of arrival; unlike an actor it stays closed while the writer waits.
final class ControlGate: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Returns when the caller is the only writer; ``leave()`` must follow.
    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.isTaken {
                    state.waiting.append(continuation)
                    return false
                }
                state.isTaken = true
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    /// Lets the next writer in.
    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            precondition(state.isTaken, "left a gate that nobody had entered")
            if state.waiting.isEmpty {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
