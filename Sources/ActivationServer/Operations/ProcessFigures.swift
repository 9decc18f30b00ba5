#if canImport(Glibc)
import Glibc
#endif

/// What the process takes of its machine, under the names that Prometheus' own clients use.
struct ProcessFigures {
    /// Processor time since the start, in seconds.
    var cpuSeconds: Double
    /// Bytes of memory in use; nil where the system does not tell.
    var residentBytes: Int64?
    /// Open files and connections; nil where the system does not tell.
    var openFiles: Int?

    /// Those of now.
    static var current: ProcessFigures {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return ProcessFigures(
            cpuSeconds: seconds(usage.ru_utime) + seconds(usage.ru_stime),
            residentBytes: residentBytes,
            openFiles: openFiles
        )
    }

    /// The second figure of `/proc/self/statm`, in pages.
    private static var residentBytes: Int64? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let figures = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.split(separator: UInt8(ascii: " "))
        guard figures.count > 1 else { return nil }
        return Int64(String(decoding: figures[1], as: UTF8.self)).map { $0 * Int64(sysconf(Int32(_SC_PAGESIZE))) }
    }

    private static var openFiles: Int? {
        guard let directory = opendir("/proc/self/fd") else { return nil }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // Itself, its parent, and the one that is read by.
        return max(0, count - 3)
    }
}
