import ActivationCore
import ActivationEngine
import Synchronization

/// A clock that the measurement sets, so that months pass in seconds.
final class BenchClock: TimeSource {
    private let instant: Mutex<Timestamp>

    init(at instant: Timestamp) {
        self.instant = Mutex(instant)
    }

    func now() -> Timestamp { instant.withLock { $0 } }

    func set(_ instant: Timestamp) {
        self.instant.withLock { $0 = instant }
    }
}
