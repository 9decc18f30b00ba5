import Synchronization

/// Remembers that somebody told the process to stop, by SIGTERM or SIGINT.
struct StopRequest {
    private final class Flag: Sendable {
        let isSet = Mutex(false)
    }

    private let flag = Flag()
    private let signals: StopSignals

    /// Begins to listen.
    init() {
        signals = StopSignals { [flag] _ in flag.isSet.withLock { $0 = true } }
    }

    /// Whether it was told.
    var isMade: Bool { flag.isSet.withLock { $0 } }

    /// Listens no more.
    func cancel() { signals.cancel() }
}
