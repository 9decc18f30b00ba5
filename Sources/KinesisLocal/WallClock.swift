#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The system's clock.
public enum WallClock {
    /// Epoch milliseconds.
    @Sendable
    public static func milliseconds() -> Int64 {
        var time = timespec()
        // The call cannot fail for this clock and a valid address.
        _ = clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
