#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The system's time of day, which signatures need.
enum WallClock {
    /// Seconds since 1970-01-01T00:00:00Z.
    @Sendable static func secondsSinceEpoch() -> Int64 { Int64(time(nil)) }
}
