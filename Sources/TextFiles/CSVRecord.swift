/// One record of a CSV text (RFC 4180): cells between delimiters, some in quotes with `""` for a quote, up to a line end,
/// which is LF, CRLF or, in files of old Macs, a lone CR.
struct CSVRecord: Equatable {
    /// What stands between two delimiters.
    struct Cell: Equatable {
        /// The text, unquoted.
        var text: String
        /// Its first code unit in the record, a quote included.
        var start: Int
        /// Whether it stands in quotes.
        var isQuoted: Bool
    }

    /// The cells.
    var cells: [Cell]
    /// The code units it takes, its line end included.
    var length: Int
    /// The line ends inside it and after it.
    var lineEnds: Int

    /// The texts of the cells.
    var texts: [String] { cells.map(\.text) }

    /// Whether it is a line without anything.
    var isBlankLine: Bool { cells.count == 1 && cells[0].text.isEmpty }

    /// The most code units of a record.
    static let unitsMax = (1 << 20) - 1

    /// The byte order mark.
    static let mark: Unicode.Scalar = "\u{FEFF}"
    /// What a byte order mark says where no file begins.
    static let joined = (
        code: "CSV_FILES_JOINED",
        message: "a byte order mark stands inside the file: files were put together; send them one by one"
    )

    /// Why a text is not a record.
    struct Malformed: Error, Equatable {
        /// What scripts know it by.
        var code: String
        /// What was found and what to do; never the content.
        var message: String
        /// The unit that is wrong.
        var index: Int
        /// Where reading goes on.
        var resumption: Resumption
    }

    /// Where reading goes on after a record that cannot be read.
    enum Resumption: Equatable {
        /// After so many units: the record's end is known.
        case after(Int)
        /// On the line after the one that a unit stands on: the record's end is not known.
        case lineAfter(Int)
    }

    /// Reads the record at the beginning of a text.
    ///
    /// A quote out of place hides where its record ends. So a cell that does not hold together ends with the line on which
    /// it begins, and the next line is a record of its own: one quote never costs more than the lines it stands on. As a
    /// line leaves either an even or an odd number of quotes behind, no line is looked at more than twice that way.
    ///
    /// - Parameters:
    ///   - units: The text from the record's first unit on.
    ///   - delimiter: What stands between cells.
    ///   - acceptsCarriageReturn: Whether a lone carriage return ends a line; elsewhere it may stand in quotes only.
    ///   - isAtEnd: Whether the text ends with these units.
    ///   - words: How messages call options.
    /// - Returns: Nil when its end is not among the units.
    /// - Throws: ``Malformed``.
    static func read(
        _ units: CodeUnits,
        delimiter: CSVDelimiter,
        acceptsCarriageReturn: Bool,
        isAtEnd: Bool,
        words: InputWords = .fields
    ) throws(Malformed) -> CSVRecord? {
        var scanner = CSVScanner(
            units: units,
            delimiter: delimiter.unit,
            acceptsCarriageReturn: acceptsCarriageReturn,
            isAtEnd: isAtEnd
        )
        guard let length = try scanner.scan() else { return nil }
        var cells: [Cell] = []
        cells.reserveCapacity(scanner.cells.count)
        for cell in scanner.cells {
            do throws(CodeUnits.Undecodable) {
                let text = try units[cell.content].text()
                cells.append(
                    Cell(
                        text: cell.hasDoubledQuotes ? text.withSingleQuotes : text,
                        start: cell.start,
                        isQuoted: cell.content.lowerBound > cell.start
                    )
                )
            } catch {
                throw Malformed(
                    code: "ENCODING",
                    message: "\(error.reason); \(units[0..<length].cure(words))",
                    index: cell.content.lowerBound + error.index,
                    resumption: .after(length)
                )
            }
        }
        if isAtEnd, length == units.count, units.hasTornUnit, !scanner.endsWithLine {
            throw Malformed(
                code: "ENCODING",
                message: "the file ends inside a character; it is cut off",
                index: length,
                resumption: .after(length)
            )
        }
        return CSVRecord(cells: cells, length: length, lineEnds: scanner.lineEnds)
    }
}

extension String {
    /// The text with every pair of quotes made one.
    fileprivate var withSingleQuotes: String {
        var isSecond = false
        let bytes = utf8.filter { byte in
            guard byte == UInt8(ascii: "\"") else { return true }
            isSecond.toggle()
            return isSecond
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
