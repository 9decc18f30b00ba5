package import Crypto

/// A window that moves over a file, and the digest of everything behind it.
struct InputWindow: ~Copyable, Sendable {
    /// Bytes read and not yet consumed.
    private(set) var bytes: [UInt8]
    /// Where in ``bytes`` the window begins.
    private(set) var start = 0
    /// How many bytes of the file are behind the window.
    private(set) var offset: Int64 = 0
    /// Whether ``bytes`` holds the end of the file.
    private(set) var isAtEnd = false
    /// The file.
    let file: InputFile
    private var behind = SHA256()

    init(_ file: consuming InputFile) {
        bytes = file.head ?? []
        self.file = file
    }

    /// How many bytes are in the window.
    var count: Int { bytes.count - start }

    /// Reads on.
    ///
    /// - Returns: False when there was nothing more.
    mutating func fill() throws(InputFailure) -> Bool {
        guard !isAtEnd else { return false }
        guard file.head == nil else {
            isAtEnd = file.isWhole
            return false
        }
        if start > 0 {
            bytes.removeFirst(start)
            start = 0
        }
        let hasMore = try file.read(into: &bytes)
        if !hasMore { isAtEnd = true }
        return hasMore
    }

    /// Moves the window forward.
    mutating func consume(_ count: Int) {
        precondition(count <= self.count, "consumed more than the window holds")
        bytes.withUnsafeBytes { buffer in
            behind.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[start..<(start + count)]))
        }
        start += count
        offset += Int64(count)
    }

    /// Reads and forgets everything before an offset.
    ///
    /// - Parameter end: The offset.
    /// - Returns: The last two bytes before it, as far as they were passed now.
    /// - Throws: When the file ends before it or cannot be read.
    mutating func skip(to end: Int64) throws(InputFailure) -> [UInt8] {
        var last: [UInt8] = []
        while offset < end {
            if count == 0 {
                guard try fill() else {
                    throw InputFailure(.unreadable, "\(file.name) ends at byte \(offset), before byte \(end)")
                }
            }
            let piece = Int(min(Int64(count), end - offset))
            last = (last + bytes[start..<(start + piece)].suffix(2)).suffix(2)
            consume(piece)
        }
        return last
    }

    /// SHA-256 of all bytes behind the window, in hexadecimal.
    var digest: String { digest(through: 0) }

    /// SHA-256 of all bytes behind the window and of the first ones in it.
    ///
    /// - Parameter count: How many of those in the window.
    /// - Returns: The digest in hexadecimal.
    func digest(through count: Int) -> String {
        precondition(count <= self.count, "asked for the digest of more than the window holds")
        var digest = behind
        bytes.withUnsafeBytes { buffer in
            digest.update(bufferPointer: UnsafeRawBufferPointer(rebasing: buffer[start..<(start + count)]))
        }
        return digest.finalize().hexadecimal
    }
}

extension SHA256Digest {
    /// The digest in lower-case hexadecimal digits.
    package var hexadecimal: String {
        let digits: [Character] = Array("0123456789abcdef")
        var text = ""
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}
