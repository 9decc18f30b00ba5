import Glibc

/// What this process has used so far.
struct ProcessUsage {
    /// Seconds of CPU, user and system.
    var cpuSeconds: Double
    /// The most memory it ever had in use, in megabytes of 10^6 bytes.
    var residentMegabytes: Double
    private let at = ContinuousClock.now

    /// Asks the system.
    init() {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        cpuSeconds = seconds(usage.ru_utime) + seconds(usage.ru_stime)
        residentMegabytes = Double(usage.ru_maxrss) * 1_024 / 1e6
    }

    /// CPU microseconds per item since an earlier moment, and items per second.
    func per(_ items: Int, since start: ProcessUsage) -> (cpuMicroseconds: Double, rate: Double) {
        let count = Double(max(items, 1))
        let elapsed = (at - start.at) / .seconds(1)
        return ((cpuSeconds - start.cpuSeconds) / count * 1e6, elapsed > 0 ? count / elapsed : 0)
    }
}
