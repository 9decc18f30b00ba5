import Glibc

/// A file, or standard input, read forward piece by piece.
public struct InputFile: ~Copyable, Sendable {
    /// How messages call it.
    public let name: String
    /// Its length when it was opened; nil when it is a pipe.
    public let length: Int64?
    /// The bytes of a file of which a piece is in memory; nothing is read then.
    let head: [UInt8]?
    /// Whether nothing follows on what is in memory.
    let isWhole: Bool
    private let descriptor: Int32
    private let opened: stat
    private let pieceBytes: Int

    /// Bytes that are read at once.
    static let pieceBytes = 256 << 10

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: The path; `-` is standard input.
    ///   - name: How messages call it; by default by its path.
    /// - Throws: When there is no file that can be read.
    public init(path: String, name: String? = nil) throws(InputFailure) {
        try self.init(path: path, name: name, pieceBytes: InputFile.pieceBytes)
    }

    /// Opens a file of which so many bytes at most are read at once.
    init(path: String, name: String? = nil, pieceBytes: Int) throws(InputFailure) {
        self.name = name ?? (path == "-" ? "standard input" : path)
        descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw InputFailure(.unreadable, "cannot open \(self.name): \(String(cString: strerror(errno)))")
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw InputFailure(.unreadable, "cannot look at \(self.name): \(reason)")
        }
        guard status.st_mode & S_IFMT != S_IFDIR else {
            close(descriptor)
            throw InputFailure(.unreadable, "\(self.name) is a directory; give a file")
        }
        opened = status
        length = path != "-" && status.st_mode & S_IFMT == S_IFREG ? Int64(status.st_size) : nil
        head = nil
        isWhole = true
        self.pieceBytes = pieceBytes
    }

    /// A file whose first bytes are in memory.
    ///
    /// - Parameters:
    ///   - head: The bytes.
    ///   - isWhole: Whether nothing follows on them.
    ///   - name: How messages call it.
    public init(head: [UInt8], isWhole: Bool, name: String) {
        self.name = name
        self.head = head
        self.isWhole = isWhole
        length = isWhole ? Int64(head.count) : nil
        descriptor = -1
        opened = stat()
        pieceBytes = 0
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// Whether the file was written to since it was opened; never said of a pipe.
    public var hasChanged: Bool {
        guard descriptor >= 0, length != nil else { return false }
        var now = stat()
        return fstat(descriptor, &now) != 0 || now.st_size != opened.st_size
            || now.st_mtim.tv_sec != opened.st_mtim.tv_sec || now.st_mtim.tv_nsec != opened.st_mtim.tv_nsec
    }

    /// Appends the next piece to a buffer.
    ///
    /// - Parameter buffer: What it is appended to.
    /// - Returns: False at the end.
    /// - Throws: When the file cannot be read.
    public func read(into buffer: inout [UInt8]) throws(InputFailure) -> Bool {
        guard descriptor >= 0 else { return false }
        while true {
            var got = 0
            var reason: Int32 = 0
            let piece = [UInt8](unsafeUninitializedCapacity: pieceBytes) { bytes, filled in
                got = Glibc.read(descriptor, bytes.baseAddress, pieceBytes)
                reason = errno
                filled = max(got, 0)
            }
            if got < 0 && reason == EINTR { continue }
            guard got >= 0 else {
                throw InputFailure(.unreadable, "cannot read \(name): \(String(cString: strerror(reason)))")
            }
            buffer += piece
            return got > 0
        }
    }
}
