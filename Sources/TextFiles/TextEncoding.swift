/// How a file's bytes stand for characters.
public enum TextEncoding: Equatable, Sendable {
    /// UTF-8.
    case utf8
    /// UTF-16, the low byte first.
    case utf16LittleEndian
    /// UTF-16, the high byte first.
    case utf16BigEndian
    /// The Windows code page of Western Europe and America.
    case windows1252
    /// Latin 1 without control characters from 80 to 9F.
    case iso8859_1

    /// What can be asked for.
    public enum Name: String, CaseIterable, Sendable {
        /// UTF-8.
        case utf8 = "utf-8"
        /// UTF-16 of either byte order.
        case utf16 = "utf-16"
        /// The Windows code page of Western Europe and America.
        case windows1252 = "windows-1252"
        /// Latin 1.
        case iso8859_1 = "iso-8859-1"
    }

    /// The name in options and messages.
    public var name: Name {
        switch self {
        case .utf8: .utf8
        case .utf16LittleEndian, .utf16BigEndian: .utf16
        case .windows1252: .windows1252
        case .iso8859_1: .iso8859_1
        }
    }

    /// How many bytes a code unit has.
    var unitBytes: Int {
        switch self {
        case .utf8, .windows1252, .iso8859_1: 1
        case .utf16LittleEndian, .utf16BigEndian: 2
        }
    }

    /// Whether every character is one byte, so that hardly any bytes are wrong.
    var isSingleByte: Bool { self == .windows1252 || self == .iso8859_1 }
}

extension TextEncoding {
    /// Bytes at the beginning of a file that are enough to tell the encoding.
    static let headBytes = 4_096

    /// Finds out how a file is written: what its byte order mark says, else what was asked for, else UTF-8.
    ///
    /// - Parameters:
    ///   - head: The first bytes of the file.
    ///   - asked: What whoever asks says.
    ///   - file: How messages call the file.
    ///   - words: How messages call options.
    /// - Returns: The encoding, and how many bytes the mark takes.
    /// - Throws: When the mark says something else than what was asked for, or nobody can tell.
    static func detect(
        _ head: ArraySlice<UInt8>,
        asked: Name?,
        file: String,
        words: InputWords
    ) throws(InputFailure) -> (encoding: TextEncoding, markBytes: Int) {
        guard let (mark, marked) = marks.first(where: { head.starts(with: $0.0) }) else {
            switch asked {
            case nil, .utf8: return (.utf8, 0)
            case .windows1252: return (.windows1252, 0)
            case .iso8859_1: return (.iso8859_1, 0)
            case .utf16: return (try byteOrder(of: head, file: file, words: words), 0)
            }
        }
        guard let marked else {
            throw InputFailure(.encoding, "\(file) is UTF-32 by its byte order mark; save it as UTF-8")
        }
        guard asked == nil || asked == marked.name else {
            throw InputFailure(
                .encoding,
                "\(file) is \(marked.name.rawValue) by its byte order mark, and \(words.encoding) says "
                    + "\(asked?.rawValue ?? ""); leave \(words.encoding) away"
            )
        }
        return (marked, mark.count)
    }

    /// Byte order marks, the longer ones first; UTF-32 is known and not read.
    private static let marks: [([UInt8], TextEncoding?)] = [
        ([0xFF, 0xFE, 0x00, 0x00], nil),
        ([0x00, 0x00, 0xFE, 0xFF], nil),
        ([0xEF, 0xBB, 0xBF], .utf8),
        ([0xFF, 0xFE], .utf16LittleEndian),
        ([0xFE, 0xFF], .utf16BigEndian),
    ]

    /// The order of UTF-16 without a mark: the high bytes of what separates cells and lines are zero.
    private static func byteOrder(
        of head: ArraySlice<UInt8>,
        file: String,
        words: InputWords
    ) throws(InputFailure) -> TextEncoding {
        var zeros = [0, 0]
        for (position, byte) in head.enumerated() where byte == 0 { zeros[position % 2] += 1 }
        guard zeros[0] != zeros[1] else {
            throw InputFailure(
                .encoding,
                "\(file) has no byte order mark and does not look like UTF-16; leave \(words.encoding) away, "
                    + "or save it with a byte order mark"
            )
        }
        return zeros[0] > zeros[1] ? .utf16BigEndian : .utf16LittleEndian
    }
}
