/// How a CSV file is laid out: its delimiter and the names of its columns.
struct CSVHeader {
    /// What stands between cells.
    var delimiter: CSVDelimiter
    /// The columns' names; 1, 2, 3 … without a header.
    var columns: [String]

    /// The most columns a file may have.
    static let columnsMax = 4_096

    /// Reads what stands before the first row, and finds out how lines end: as the header does, or the first row.
    ///
    /// - Parameters:
    ///   - window: The file from its first character on; the header is behind it afterwards.
    ///   - asked: The delimiter that the command line names; by default the one in the header.
    ///   - isPresent: Whether the file has a header.
    /// - Returns: The layout.
    /// - Throws: When there is none, it cannot be read, or nobody can tell the delimiter.
    static func take(
        _ window: inout TextWindow,
        delimiter asked: CSVDelimiter?,
        isPresent: Bool
    ) throws(CommandFailure) -> CSVHeader {
        window.acceptsCarriageReturn = true
        var declared: CSVDelimiter?
        if let text = try takeDeclaration(&window) {
            guard let delimiter = CSVDelimiter(parsing: text) else {
                throw failure(
                    window,
                    "sep= names no delimiter of one character; remove the line and give --delimiter",
                    line: window.line
                )
            }
            guard asked == nil || asked == delimiter else {
                throw failure(
                    window,
                    "sep= names another delimiter than --delimiter; leave --delimiter away",
                    line: window.line
                )
            }
            declared = delimiter
        }
        while true {
            let delimiter: CSVDelimiter
            if let known = asked ?? declared { delimiter = known } else { delimiter = try detected(&window) }
            guard let reading = try window.record(delimiter: delimiter) else {
                throw CommandFailure(.noInput, "\(window.name) has no \(isPresent ? "header" : "row")")
            }
            switch reading {
            case .failure(let error):
                let place = window.place(of: error.index)
                let what = isPresent ? "the header" : "the first row, which tells the number of columns,"
                throw CommandFailure(
                    .noInput,
                    "\(window.name), line \(place.line), column \(place.column): \(what) cannot be read: "
                        + error.message
                )
            case .success(let record):
                guard record.cells.count <= columnsMax else {
                    throw failure(window, "there are \(record.cells.count) columns; at most \(columnsMax) are accepted")
                }
                if !record.isBlankLine {
                    let units = window.units[0..<record.length]
                    window.acceptsCarriageReturn =
                        units.count > 0 && units[units.count - 1] == CodeUnits.carriageReturn
                }
                guard isPresent || record.isBlankLine else {
                    return CSVHeader(delimiter: delimiter, columns: record.cells.indices.map { "\($0 + 1)" })
                }
                window.consume(record.length)
                if !record.isBlankLine { return CSVHeader(delimiter: delimiter, columns: record.texts) }
            }
        }
    }

    /// Takes the line `sep=;` if the file begins with it.
    private static func takeDeclaration(_ window: inout TextWindow) throws(CommandFailure) -> String? {
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
    private static func detected(_ window: inout TextWindow) throws(CommandFailure) -> CSVDelimiter {
        var found = CSVDelimiter.found(in: window.units, isAtEnd: window.isAtEnd)
        while found == nil {
            _ = try window.fill()
            found = CSVDelimiter.found(in: window.units, isAtEnd: window.isAtEnd)
        }
        guard let found, found.count < 2 else {
            throw failure(
                window,
                "the delimiter may be \((found ?? []).map(\.name).joined(separator: " or ")); "
                    + "say which with --delimiter"
            )
        }
        return found.first ?? .comma
    }

    private static func failure(
        _ window: borrowing TextWindow,
        _ message: String,
        line: Int64? = nil
    ) -> CommandFailure {
        CommandFailure(.noInput, "\(window.name), line \(line ?? window.line + 1): \(message)")
    }
}
