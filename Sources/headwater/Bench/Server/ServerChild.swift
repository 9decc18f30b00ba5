import Glibc

/// A server in a process of its own, which can be killed and started again over the same directory.
final class ServerChild {
    /// The directory of the store.
    let data: String
    let port: Int
    private let binary: String
    private let log: String
    private(set) var processID: pid_t?

    /// Creates a server that does not run yet.
    ///
    /// - Parameters:
    ///   - binary: The program.
    ///   - directory: Where its store and its log come to be.
    ///   - port: Where it listens on loopback.
    init(binary: String, directory: String, port: Int) {
        self.binary = binary
        data = "\(directory)/data"
        log = "\(directory)/serve.log"
        self.port = port
    }

    deinit { kill() }

    /// Starts the process; it is not ready yet.
    func start() throws(CommandFailure) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        let arguments = [binary, "serve", "--data", data, "--port", "\(port)"]
        var pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        var child = pid_t()
        let result = posix_spawn(&child, binary, &actions, nil, &pointers, environ)
        guard result == 0 else {
            throw CommandFailure(.unavailable, "cannot start \(binary): \(String(cString: strerror(result)))")
        }
        processID = child
    }

    /// Ends the process at once, as a power failure would; waits until it is gone.
    func kill() {
        end(SIGKILL)
    }

    /// Ends the process in good order.
    ///
    /// - Returns: Whether it ended with status 0.
    @discardableResult
    func stop() -> Bool { end(SIGTERM) == 0 }

    /// Bytes of memory that the process has; 0 when it does not run.
    var residentBytes: Int64 {
        guard let processID, let file = fopen("/proc/\(processID)/statm", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        let figures = line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }.split(separator: UInt8(ascii: " "))
        guard figures.count > 1, let pages = Int64(String(decoding: figures[1], as: UTF8.self)) else { return 0 }
        return pages * Int64(sysconf(Int32(_SC_PAGESIZE)))
    }

    @discardableResult
    private func end(_ signal: Int32) -> Int32 {
        guard let processID else { return -1 }
        self.processID = nil
        Glibc.kill(processID, signal)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        return status
    }
}
