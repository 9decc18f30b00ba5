/// Reads a CSV file row by row.
///
/// Nothing is repaired, cut or dropped in silence: a row comes as it was meant, or refused with its place and what to do.
/// Memory holds one row, whatever the file.
public struct CSVReader: ~Copyable, Sendable {
    /// What stands next in a file.
    public enum Reading: Equatable, Sendable {
        /// A row with as many cells as there are columns.
        case row(CSVRow)
        /// A row that is not to be taken.
        case refused(TextRefusal)
        /// A row with nothing but empty cells, on a line.
        case empty(line: Int64)
    }

    /// How far a reading goes.
    private enum Extent {
        case record(units: Int, lineEnds: Int)
        case resumption(CSVRecord.Resumption)
    }

    private var window: TextWindow
    private var ahead: (reading: Reading, extent: Extent)?
    /// How the file is written.
    public let layout: CSVLayout

    /// Opens a file and reads what stands before its first row.
    ///
    /// - Parameters:
    ///   - file: The file, at its beginning.
    ///   - options: What is known of it.
    /// - Throws: When it cannot be read, is no text, contradicts the options, or has no layout that can be told.
    public init(_ file: consuming InputFile, options: InputOptions = InputOptions()) throws(InputFailure) {
        var window = try TextWindow(file, encoding: options.encoding, words: options.words)
        layout = try CSVLayout.take(&window, delimiter: options.delimiter, hasHeader: options.hasHeader)
        self.window = window
    }

    /// How messages call the file.
    public var name: String { window.name }
    /// The file's length when it was opened; nil when it is a pipe.
    public var length: Int64? { window.length }
    /// Bytes behind what was read.
    public var offset: Int64 { window.offset }
    /// Lines behind what was read.
    public var line: Int64 { window.line }
    /// The place behind what was read, with the digest of all before it.
    public var mark: TextMark { window.mark }
    /// Whether the file was written to since it was opened; never said of a pipe.
    public var hasChanged: Bool { window.hasChanged }

    /// Whether nothing is left; asked when ``peek()`` has shown nothing.
    public var isAtEnd: Bool { window.isAtEnd && window.isEmpty }
    /// After so many bytes of blank lines ``peek()`` and ``next()`` give nil though the file goes on, so that nobody waits for a
    /// file of nothing else.
    public var blankBytesMax = Int64.max

    /// Reads on.
    ///
    /// Lines without anything are no rows.
    ///
    /// - Returns: What stands next, which is behind the reader then; nil at the end.
    /// - Throws: When the file cannot be read.
    public mutating func next() throws(InputFailure) -> Reading? {
        let reading = try peek()
        try advance()
        return reading
    }

    /// Looks at what stands next and stays before it.
    ///
    /// - Returns: What stands next; nil at the end.
    /// - Throws: When the file cannot be read.
    public mutating func peek() throws(InputFailure) -> Reading? {
        if let ahead { return ahead.reading }
        let start = window.offset
        while let result = try window.record(delimiter: layout.delimiter) {
            switch result {
            case .failure(let error):
                let refusal = TextRefusal(error.code, error.message, at: window.place(of: error.index))
                ahead = (.refused(refusal), .resumption(error.resumption))
            case .success(let record) where record.isBlankLine:
                window.consume(record.length, lineEnds: record.lineEnds)
                if window.offset - start > blankBytesMax { return nil }
                continue
            case .success(let record):
                ahead = (reading(of: record), .record(units: record.length, lineEnds: record.lineEnds))
            }
            return ahead?.reading
        }
        return nil
    }

    /// Goes behind what ``peek()`` has shown; does nothing when that was not asked or the file ended.
    ///
    /// - Throws: When the file cannot be read.
    public mutating func advance() throws(InputFailure) {
        guard let ahead else { return }
        self.ahead = nil
        switch ahead.extent {
        case .record(let units, let lineEnds): window.consume(units, lineEnds: lineEnds)
        case .resumption(let resumption): try window.resume(resumption)
        }
    }

    /// SHA-256 of the file from its beginning to the end of the row that ``peek()`` has shown, without its line end; nil
    /// when that is no row.
    public var rowDigest: String? {
        guard case .record(let units, _)? = ahead?.extent else { return nil }
        return window.digest(ofRow: units)
    }

    /// Goes forward to where an earlier run stopped.
    ///
    /// - Parameters:
    ///   - offset: Bytes before it, as ``offset`` told.
    ///   - line: Lines before it, as ``line`` told.
    /// - Throws: When the file ends before it or cannot be read.
    public mutating func skip(to offset: Int64, line: Int64) throws(InputFailure) {
        ahead = nil
        try window.skip(to: offset, line: line)
    }

    /// Goes forward to where an earlier run stopped, if the file is still the one that it read.
    ///
    /// - Parameter mark: Where it stopped, as ``mark`` told.
    /// - Returns: What differs, and nil when nothing does.
    /// - Throws: When the file cannot be read.
    public mutating func resume(at mark: TextMark) throws(InputFailure) -> TextMark.Change? {
        ahead = nil
        return try window.resume(at: mark)
    }

    private func reading(of record: CSVRecord) -> Reading {
        guard record.cells.contains(where: { !$0.text.isEmpty }) else { return .empty(line: window.line + 1) }
        let row = CSVRow(
            record,
            line: window.line + 1,
            isEncodingDoubtful: window.units[0..<record.length].seemsUTF8,
            acceptsCarriageReturn: window.acceptsCarriageReturn
        )
        guard let fault = layout.columns.fault(of: row.cells) else { return .row(row) }
        return .refused(TextRefusal(fault.code, fault.message, at: row.place(of: fault.cell ?? 0)))
    }
}
