import Glibc

/// What the processes of a database server on this machine have used so far.
public struct ServerUsage: Sendable {
    /// The process that all others of the server came from.
    private let parent: Int32

    /// Finds the server of one of its processes; nil when there is no such process here.
    ///
    /// - Parameter process: The process that serves a connection.
    public init?(of process: Int32?) {
        guard let process, ServerUsage.name(of: process) == "postgres", let fields = ServerUsage.fields(of: process),
            fields.count > 1, let parent = Int32(fields[1])
        else { return nil }
        self.parent = parent
    }

    /// Seconds of CPU of the server and of all that it has started, also of those that have ended.
    var cpuSeconds: Double {
        var ticks = ServerUsage.ticks(of: parent, endedToo: true)
        guard let processes = opendir("/proc") else { return 0 }
        defer { closedir(processes) }
        while let entry = readdir(processes) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let process = Int32(name), let fields = ServerUsage.fields(of: process), fields.count > 1,
                Int32(fields[1]) == parent
            else { continue }
            ticks += ServerUsage.ticks(of: process, endedToo: false)
        }
        return ticks / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    }

    private static func ticks(of process: Int32, endedToo: Bool) -> Double {
        guard let fields = fields(of: process), fields.count > 14 else { return 0 }
        // utime, stime, and what children used that were waited for (proc(5)).
        return (endedToo ? 11...14 : 11...12).reduce(0) { $0 + (Double(fields[$1]) ?? 0) }
    }

    private static func name(of process: Int32) -> String {
        contents("/proc/\(process)/comm").split(separator: "\n").first.map { String($0) } ?? ""
    }

    /// The fields of a process' state behind its name: state, parent and so on.
    private static func fields(of process: Int32) -> [Substring]? {
        let text = contents("/proc/\(process)/stat")
        guard let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    private static func contents(_ path: String) -> String {
        guard let file = fopen(path, "r") else { return "" }
        defer { fclose(file) }
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = fread(&buffer, 1, buffer.count, file)
        return String(decoding: buffer.prefix(count), as: UTF8.self)
    }
}
