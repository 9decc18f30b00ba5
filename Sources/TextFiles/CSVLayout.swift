/// How a CSV file is written.
public struct CSVLayout: Equatable, Sendable {
    /// What ends a line.
    public enum LineEnd: String, Sendable {
        /// LF.
        case lineFeed = "LF"
        /// CRLF.
        case pair = "CRLF"
        /// A lone CR, as on old Macs.
        case carriageReturn = "CR"
    }

    /// How its bytes stand for characters.
    public var encoding: TextEncoding
    /// Whether it begins with a byte order mark.
    public var hasMark: Bool
    /// What stands between cells.
    public var delimiter: CSVDelimiter
    /// What ends the header, or the first row of a file without one; nil when it has no end.
    public var lineEnd: LineEnd?
    /// The columns.
    public var columns: CSVColumns
}

extension CSVLayout {
    /// Bytes of blank lines before the header, at most.
    private static let blankBytesMax: Int64 = 65_536

    /// Reads what stands before the first row, and finds out how lines end: as the header does, or the first row.
    ///
    /// - Parameters:
    ///   - window: The file from its first character on; the header is behind it afterwards.
    ///   - asked: The delimiter that whoever asks names; by default the one in the header.
    ///   - hasHeader: Whether the file has a header.
    /// - Returns: The layout.
    /// - Throws: When there is none, it cannot be read, or nobody can tell the delimiter.
    static func take(
        _ window: inout TextWindow,
        delimiter asked: CSVDelimiter?,
        hasHeader: Bool
    ) throws(InputFailure) -> CSVLayout {
        window.acceptsCarriageReturn = true
        let declared = try takeDeclared(&window, asked: asked)
        while true {
            let delimiter: CSVDelimiter
            if let known = asked ?? declared { delimiter = known } else { delimiter = try detected(&window) }
            guard let reading = try window.record(delimiter: delimiter) else {
                throw InputFailure(.header, "\(window.name) has no \(hasHeader ? "header" : "row")")
            }
            switch reading {
            case .failure(let error):
                let place = window.place(of: error.index)
                let what = hasHeader ? "the header" : "the first row, which tells the number of columns,"
                throw InputFailure(
                    .header,
                    "\(window.name), line \(place.line), column \(place.column): \(what) cannot be read: "
                        + error.message,
                    at: place
                )
            case .success(let record) where record.isBlankLine:
                window.consume(record.length)
                guard window.offset <= blankBytesMax else {
                    throw failure(.header, window, "\(blankBytesMax) bytes of blank lines stand before anything else")
                }
            case .success(let record):
                guard record.cells.count <= CSVColumns.countMax else {
                    throw failure(
                        .header,
                        window,
                        "there are \(record.cells.count) columns; at most \(CSVColumns.countMax) are accepted"
                    )
                }
                let lineEnd = LineEnd(of: window.units[0..<record.length])
                window.acceptsCarriageReturn = lineEnd == .carriageReturn
                if hasHeader { window.consume(record.length) }
                return CSVLayout(
                    encoding: window.encoding,
                    hasMark: window.hasMark,
                    delimiter: delimiter,
                    lineEnd: lineEnd,
                    columns: CSVColumns(
                        hasHeader ? record.texts : record.cells.indices.map { "\($0 + 1)" },
                        areNamed: hasHeader
                    )
                )
            }
        }
    }

    /// Takes the line `sep=;` if the file begins with it.
    private static func takeDeclared(
        _ window: inout TextWindow,
        asked: CSVDelimiter?
    ) throws(InputFailure) -> CSVDelimiter? {
        guard let text = try takeDeclaration(&window) else { return nil }
        let word = window.words.delimiter
        guard let delimiter = CSVDelimiter(parsing: text) else {
            throw failure(
                .delimiter,
                window,
                "sep= names no delimiter of one character; remove the line and give \(word)",
                line: window.line
            )
        }
        guard asked == nil || asked == delimiter else {
            throw failure(
                .delimiter,
                window,
                "sep= names another delimiter than \(word); leave \(word) away",
                line: window.line
            )
        }
        return delimiter
    }

    /// The text behind `sep=` if the file begins with it.
    private static func takeDeclaration(_ window: inout TextWindow) throws(InputFailure) -> String? {
        let lengthMax = 16
        while window.units.count < lengthMax, try window.fill() {}
        let units = window.units
        guard
            let end = (0..<min(units.count, lengthMax)).first(where: { CodeUnits.isLineEnd(units[$0]) }),
            // A line that is no text is the header's business.
            let declared = (try? units[0..<end].text()).flatMap(CSVDelimiter.declaration)
        else { return nil }
        try window.skipLine()
        return declared
    }

    /// The delimiter that stands in the first line.
    private static func detected(_ window: inout TextWindow) throws(InputFailure) -> CSVDelimiter {
        var found = CSVDelimiter.found(in: window.units, isAtEnd: window.isAtEnd)
        while found == nil {
            guard try window.fill() || window.isAtEnd else {
                throw InputFailure(.header, "\(window.name) has no line end in what was read of it")
            }
            found = CSVDelimiter.found(in: window.units, isAtEnd: window.isAtEnd)
        }
        guard let found, found.count < 2 else {
            throw failure(
                .delimiter,
                window,
                "the delimiter may be \((found ?? []).map(\.name).joined(separator: " or ")); "
                    + "say which with \(window.words.delimiter)"
            )
        }
        return found.first ?? .comma
    }

    private static func failure(
        _ code: InputFailure.Code,
        _ window: borrowing TextWindow,
        _ message: String,
        line: Int64? = nil
    ) -> InputFailure {
        let line = line ?? window.line + 1
        return InputFailure(
            code,
            "\(window.name), line \(line): \(message)",
            at: TextPlace(line: line, column: 1)
        )
    }
}

extension CSVLayout.LineEnd {
    /// What ends a text; nil when nothing does.
    fileprivate init?(of units: CodeUnits) {
        guard units.count > 0 else { return nil }
        let last = units[units.count - 1]
        guard last == CodeUnits.lineFeed else {
            guard last == CodeUnits.carriageReturn else { return nil }
            self = .carriageReturn
            return
        }
        self = units.count > 1 && units[units.count - 2] == CodeUnits.carriageReturn ? .pair : .lineFeed
    }
}
