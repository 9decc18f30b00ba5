import Glibc

/// A file, or standard input, read forward piece by piece.
struct InputFile: ~Copyable {
    /// How messages call it.
    let name: String
    /// Its length when it was opened; nil when it is a pipe.
    let length: Int64?
    private let descriptor: Int32

    /// Opens a file.
    ///
    /// - Parameter path: The path; `-` is standard input.
    /// - Throws: When there is no file that can be read.
    init(path: String) throws(CommandFailure) {
        if path == "-" {
            name = "standard input"
            descriptor = dup(STDIN_FILENO)
            length = nil
            return
        }
        name = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw CommandFailure(.badInput, "cannot open \(path): \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw CommandFailure(.badInput, "\(path) is a directory; give a file")
        }
        length = status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
    }

    deinit {
        close(descriptor)
    }

    /// Appends the next piece to a buffer.
    ///
    /// - Returns: False at the end.
    func read(into buffer: inout [UInt8], upTo count: Int = 256 << 10) throws(CommandFailure) -> Bool {
        let old = buffer.count
        buffer.append(contentsOf: repeatElement(0, count: count))
        while true {
            let got = buffer.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress?.advanced(by: old), count)
            }
            if got < 0 && errno == EINTR { continue }
            buffer.removeLast(count - max(got, 0))
            guard got >= 0 else {
                throw CommandFailure(.badInput, "cannot read \(name): \(String(cString: strerror(errno)))")
            }
            return got > 0
        }
    }

    /// Goes on at another place.
    func seek(to offset: Int64) throws(CommandFailure) {
        guard lseek(descriptor, off_t(offset), SEEK_SET) == off_t(offset) else {
            throw CommandFailure(
                .badInput,
                "cannot go to byte \(offset) of \(name): \(String(cString: strerror(errno)))"
            )
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
                throw CommandFailure(.badInput, "\(file.name) is larger than \(bytesMax) bytes")
            }
        }
        return bytes
    }
}
