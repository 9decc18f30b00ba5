#if PostgreSQL
import Synchronization

/// When the server last kept a connection waiting for longer than it may: what the connections of one storage tell each other.
///
/// A server that is gone without a word is so for all of them. Each would find that out by itself, one wait after the other.
final class ServerSilence: Sendable {
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// Tells that an answer did not come that was waited for from an instant on: whoever has connected since is none of its concern.
    func note(since begin: ContinuousClock.Instant) { last.withLock { $0 = max($0 ?? begin, begin) } }

    /// Whether it has been silent since a connection was made.
    func isLater(than connected: ContinuousClock.Instant) -> Bool {
        last.withLock { $0.map { $0 > connected } ?? false }
    }
}
#endif
