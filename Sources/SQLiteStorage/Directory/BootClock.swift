#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A clock that nobody sets: it counts from the start of the machine, through sleep too, for every process alike.
struct BootClock: Sendable {
    /// Which start of which machine the clock counts from; nil when that cannot be told, else 36 characters.
    var boot: String?
    /// Nanoseconds since then.
    var now: @Sendable () -> UInt64

    /// The machine's clock.
    static let machine = BootClock(boot: bootID, now: nanoseconds)

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        #if canImport(Glibc)
        clock_gettime(CLOCK_BOOTTIME, &time)
        #else
        clock_gettime(CLOCK_MONOTONIC, &time)
        #endif
        return UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
    }

    private static var bootID: String? {
        var bytes = [UInt8](repeating: 0, count: 37)
        #if canImport(Glibc)
        let file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        guard read(file, &bytes, 36) == 36 else { return nil }
        #else
        var count = bytes.count
        guard sysctlbyname("kern.bootsessionuuid", &bytes, &count, nil, 0) == 0, count == 37 else { return nil }
        #endif
        return String(validating: bytes.prefix(36), as: UTF8.self)
    }
}
