import Glibc

/// A file, or standard input, read forward piece by piece.
struct InputFile: ~Copyable {
    /// How messages call it.
    let name: String
    /// Its length when it was opened; nil when it is a pipe.
    let length: Int64?
    private let descriptor: Int32
    private let opened: stat

    /// Opens a file.
    ///
    /// - Parameter path: The path; `-` is standard input.
    /// - Throws: When there is no file that can be read.
    init(path: String) throws(CommandFailure) {
        name = path == "-" ? "standard input" : path
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.noInput, "cannot open \(name): \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw CommandFailure(.noInput, "cannot look at \(name): \(reason)")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw CommandFailure(.noInput, "\(name) is a directory; give a file")
        }
        opened = status
        length = path != "-" && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
    }

    deinit {
        close(descriptor)
    }

    /// Whether the file was written to since it was opened; never said of a pipe.
    var hasChanged: Bool {
        guard length != nil else { return false }
        var now = stat()
        return fstat(descriptor, &now) != 0 || now.st_size != opened.st_size
            || now.st_mtim.tv_sec != opened.st_mtim.tv_sec || now.st_mtim.tv_nsec != opened.st_mtim.tv_nsec
    }

    /// Appends the next piece to a buffer.
    ///
    /// - Returns: False at the end.
    func read(into buffer: inout [UInt8], upTo count: Int = 256 << 10) throws(CommandFailure) -> Bool {
        while true {
            var got = 0
            var reason: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: count) { bytes, filled in
                got = Glibc.read(descriptor, bytes.baseAddress, count)
                reason = errno
                filled = max(got, 0)
            }
            if got < 0 && reason == EINTR { continue }
            guard got >= 0 else {
                throw CommandFailure(.noInput, "cannot read \(name): \(String(cString: strerror(reason)))")
            }
            buffer += piece
            return got > 0
        }
    }

    /// All bytes of a small file.
    ///
    /// - Throws: When it cannot be read or is larger than `bytesMax`.
    static func contents(of path: String, bytesMax: Int) throws(CommandFailure) -> [UInt8] {
        let file = try InputFile(path: path)
        var bytes: [UInt8] = []
        while try file.read(into: &bytes) {
            guard bytes.count <= bytesMax else {
                throw CommandFailure(.noInput, "\(file.name) is larger than \(bytesMax) bytes")
            }
        }
        return bytes
    }
}
