/// Reads a text file line by line; a line ends in a line feed.
///
/// Nothing is repaired, cut or dropped in silence: a line comes as it was meant, or refused with its place and what to do.
/// Memory holds one line, whatever the file.
public struct LineReader: ~Copyable, Sendable {
    /// A line.
    public struct Line: Equatable, Sendable {
        /// Its number, from 1.
        public let line: Int64
        /// Its text without the line feed.
        public let text: String
        /// Whether its text was read as one byte a character and is UTF-8 as well.
        public let isEncodingDoubtful: Bool
    }

    /// What stands next in a file.
    public enum Reading: Equatable, Sendable {
        /// A line with something in it.
        case line(Line)
        /// A line that is not to be taken.
        case refused(TextRefusal)
    }

    /// How far a reading goes.
    private enum Extent {
        case line(units: Int, lineEnds: Int)
        /// To the next line feed, which is out of sight.
        case longLine
    }

    private var window: TextWindow
    private var ahead: (reading: Reading, extent: Extent)?

    /// The most code units of a line.
    public static let unitsMax = CSVRecord.unitsMax

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - file: The file, at its beginning.
    ///   - options: What is known of it.
    /// - Throws: When it cannot be read, is no text, or contradicts the options.
    public init(_ file: consuming InputFile, options: InputOptions = InputOptions()) throws(InputFailure) {
        window = try TextWindow(file, encoding: options.encoding, words: options.words)
    }

    /// How messages call the file.
    public var name: String { window.name }
    /// The file's length when it was opened; nil when it is a pipe.
    public var length: Int64? { window.length }
    /// How its bytes stand for characters.
    public var encoding: TextEncoding { window.encoding }
    /// The place behind what was read, with the digest of all before it.
    public var mark: TextMark { window.mark }
    /// Whether the file was written to since it was opened; never said of a pipe.
    public var hasChanged: Bool { window.hasChanged }

    /// Looks at what stands next and stays before it; lines of blanks are passed over.
    ///
    /// - Returns: What stands next; nil at the end.
    /// - Throws: When the file cannot be read.
    public mutating func peek() throws(InputFailure) -> Reading? {
        if let ahead { return ahead.reading }
        while let length = try window.lineLength() {
            guard length <= LineReader.unitsMax else {
                let message = "the line is longer than \(LineReader.unitsMax) characters"
                let place = TextPlace(line: window.line + 1, column: 1)
                ahead = (.refused(TextRefusal("LINE_TOO_LONG", message, at: place)), .longLine)
                return ahead?.reading
            }
            let units = window.units
            let endsWithLine = length > 0 && units[length - 1] == CodeUnits.lineFeed
            let extent = Extent.line(units: length, lineEnds: endsWithLine ? 1 : 0)
            guard let reading = reading(of: units, length: length, endsWithLine: endsWithLine) else {
                try go(over: extent)
                continue
            }
            ahead = (reading, extent)
            return reading
        }
        return nil
    }

    /// Goes behind what ``peek()`` has shown; does nothing when that was not asked or the file ended.
    ///
    /// - Throws: When the file cannot be read.
    public mutating func advance() throws(InputFailure) {
        guard let ahead else { return }
        self.ahead = nil
        try go(over: ahead.extent)
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

    private mutating func go(over extent: Extent) throws(InputFailure) {
        switch extent {
        case .line(let units, let lineEnds):
            window.consume(units, lineEnds: lineEnds)
            window.discardTornUnit()
        case .longLine:
            try window.skipLine()
        }
    }

    /// What a line is; nil when there is nothing in it.
    private func reading(of units: CodeUnits, length: Int, endsWithLine: Bool) -> Reading? {
        let line = units[0..<(endsWithLine ? length - 1 : length)]
        if !endsWithLine, units.hasTornUnit {
            return .refused(
                TextRefusal("ENCODING", "the file ends inside a character; it is cut off", at: window.place(of: length))
            )
        }
        guard !line.isBlank else { return nil }
        do throws(CodeUnits.Undecodable) {
            return .line(
                Line(line: window.line + 1, text: try line.text(), isEncodingDoubtful: line.seemsUTF8)
            )
        } catch {
            return .refused(
                TextRefusal(
                    "ENCODING",
                    "\(error.reason); \(line.cure(window.words))",
                    at: window.place(of: error.index)
                )
            )
        }
    }
}

extension TextWindow {
    /// The units of the next line with its end; more than a line may have when the end is out of sight; nil at the end.
    fileprivate mutating func lineLength() throws(InputFailure) -> Int? {
        var searched = 0
        while true {
            let units = self.units
            let count = units.count
            if let end = units.firstIndex(of: CodeUnits.lineFeed, from: searched) { return end + 1 }
            searched = count
            if searched > LineReader.unitsMax { return searched }
            // Of a file whose beginning is in memory the last line may go on.
            if try !fill() { return isEmpty || !isAtEnd ? nil : self.units.count }
        }
    }
}

extension CodeUnits {
    /// Whether there is nothing but blanks and line ends.
    fileprivate var isBlank: Bool {
        (0..<count).allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains(self[$0]) }
    }
}
