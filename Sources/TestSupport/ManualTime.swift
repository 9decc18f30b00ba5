public import ActivationCore
public import ActivationEngine
import Synchronization

/// A clock that stands still until it is told otherwise.
public final class ManualTime: TimeSource, Sendable {
    private let instant: Mutex<Timestamp>

    /// Creates a clock at an instant.
    public init(_ instant: Timestamp = Timestamp(milliseconds: 1_772_000_000_000)) {
        self.instant = Mutex(instant)
    }

    /// The instant.
    public func now() -> Timestamp {
        instant.withLock { $0 }
    }

    /// Moves the clock.
    public func advance(milliseconds: Int64) {
        instant.withLock { $0.milliseconds += milliseconds }
    }
}
