import Synchronization

/// Remembers that somebody told the process to stop, by SIGTERM or SIGINT.
struct StopRequest {
    private struct State {
        var isMade = false
        var stop: (@Sendable () async -> Void)?
    }

    private final class Request: Sendable {
        let state = Mutex(State())

        func make() {
            let stop = state.withLock { state in
                state.isMade = true
                return state.stop
            }
            if let stop { Task { await stop() } }
        }
    }

    private let request = Request()
    private let signals: StopSignals

    /// Begins to listen.
    init() {
        signals = StopSignals { [request] _ in request.make() }
    }

    /// Whether it was told.
    var isMade: Bool { request.state.withLock { $0.isMade } }

    /// Has something stopped when the process is told to stop, or at once if it was; in the place of what was to be stopped before.
    func whenMade(_ stop: @escaping @Sendable () async -> Void) async {
        let isMade = request.state.withLock { state in
            state.stop = stop
            return state.isMade
        }
        if isMade { await stop() }
    }

    /// Listens no more.
    func cancel() { signals.cancel() }
}
