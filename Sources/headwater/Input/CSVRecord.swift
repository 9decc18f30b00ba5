/// One record of a CSV text (RFC 4180): commas or another separator, quoted fields with `""` for a quote, LF or CRLF.
struct CSVRecord: Equatable {
    /// The fields, unquoted.
    var fields: [String]
    /// The bytes it takes, its line end included.
    var length: Int
    /// The line ends inside it and after it.
    var lineEnds: Int

    /// Why a text is not CSV.
    struct Malformed: Error, Equatable {
        /// What was found and what would be accepted.
        var message: String
    }

    /// Reads the record at the beginning of some bytes.
    ///
    /// - Parameters:
    ///   - bytes: The text from the record's first byte on.
    ///   - separator: What stands between fields.
    ///   - isAtEnd: Whether the text ends with these bytes.
    /// - Returns: Nil when its end is not among the bytes.
    /// - Throws: ``Malformed``.
    static func read(
        _ bytes: ArraySlice<UInt8>,
        separator: UInt8,
        isAtEnd: Bool
    ) throws(Malformed) -> CSVRecord? {
        var reader = CSVReader(bytes: bytes, separator: separator, isAtEnd: isAtEnd)
        return try reader.record()
    }
}

private struct CSVReader {
    let bytes: ArraySlice<UInt8>
    let separator: UInt8
    let isAtEnd: Bool
    var fields: [String] = []
    var lineEnds = 0

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")

    init(bytes: ArraySlice<UInt8>, separator: UInt8, isAtEnd: Bool) {
        self.bytes = bytes
        self.separator = separator
        self.isAtEnd = isAtEnd
    }

    mutating func record() throws(CSVRecord.Malformed) -> CSVRecord? {
        var index = bytes.startIndex
        while true {
            let field = index < bytes.endIndex && bytes[index] == Self.quote ? try quoted(&index) : try plain(&index)
            guard let field else { return nil }
            fields.append(field)
            guard index < bytes.endIndex else { return isAtEnd ? finished(at: index) : nil }
            if bytes[index] == separator {
                index += 1
                continue
            }
            if bytes[index] == Self.carriageReturn {
                guard index + 1 < bytes.endIndex else { return isAtEnd ? finished(at: index + 1) : nil }
                if bytes[index + 1] == Self.lineFeed { index += 1 }
            }
            lineEnds += 1
            return finished(at: index + 1)
        }
    }

    private func finished(at index: Int) -> CSVRecord {
        CSVRecord(fields: fields, length: index - bytes.startIndex, lineEnds: lineEnds)
    }

    /// Reads up to a separator or a line end.
    private func plain(_ index: inout Int) throws(CSVRecord.Malformed) -> String? {
        let start = index
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn { break }
            guard byte != Self.quote else {
                throw CSVRecord.Malformed(
                    message:
                        "field \(fields.count + 1) has a quote inside; put the whole field in quotes and write \"\""
                )
            }
            index += 1
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    /// Reads a field in quotes.
    private mutating func quoted(_ index: inout Int) throws(CSVRecord.Malformed) -> String? {
        var content: [UInt8] = []
        index += 1
        while index < bytes.endIndex {
            let byte = bytes[index]
            index += 1
            if byte != Self.quote {
                if byte == Self.lineFeed { lineEnds += 1 }
                content.append(byte)
                continue
            }
            guard index < bytes.endIndex else { return isAtEnd ? String(decoding: content, as: UTF8.self) : nil }
            let next = bytes[index]
            if next == Self.quote {
                content.append(Self.quote)
                index += 1
                continue
            }
            guard next == separator || next == Self.lineFeed || next == Self.carriageReturn else {
                throw CSVRecord.Malformed(
                    message: "field \(fields.count + 1) goes on after its closing quote; write \"\" for a quote inside"
                )
            }
            return String(decoding: content, as: UTF8.self)
        }
        guard isAtEnd else { return nil }
        throw CSVRecord.Malformed(message: "field \(fields.count + 1) has no closing quote")
    }
}
