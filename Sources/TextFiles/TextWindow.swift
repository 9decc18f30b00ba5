/// A window that moves over a text file and counts its lines.
struct TextWindow: ~Copyable, Sendable {
    private var window: InputWindow
    /// How the file is written.
    let encoding: TextEncoding
    /// Whether it begins with a byte order mark.
    let hasMark: Bool
    /// How messages call options.
    let words: InputWords
    /// Lines behind the window.
    private(set) var line: Int64 = 0
    /// Whether the last unit behind the window ends a line, or there is none.
    private(set) var isAtLineStart = true
    /// Whether a lone carriage return ends a line, as in files of old Macs.
    var acceptsCarriageReturn = false

    /// Finds out how a file is written and goes behind its byte order mark.
    ///
    /// - Parameters:
    ///   - file: The file, at its beginning.
    ///   - asked: The encoding that whoever asks names.
    ///   - words: How messages call options.
    /// - Throws: When the file cannot be read, is no text, or contradicts what was asked for.
    init(
        _ file: consuming InputFile,
        encoding asked: TextEncoding.Name? = nil,
        words: InputWords = .fields
    ) throws(InputFailure) {
        var window = InputWindow(file)
        while window.count < TextEncoding.headBytes, try window.fill() {}
        let head = window.bytes.prefix(TextEncoding.headBytes)
        try ForeignFormat.refuse(head, file: window.file.name, words: words)
        let (encoding, markBytes) = try TextEncoding.detect(
            head,
            asked: asked,
            file: window.file.name,
            words: words
        )
        window.consume(markBytes)
        self.window = window
        self.encoding = encoding
        hasMark = markBytes > 0
        self.words = words
    }

    /// How messages call the file.
    var name: String { window.file.name }
    /// The file's length when it was opened; nil when it is a pipe.
    var length: Int64? { window.file.length }
    /// Bytes of the file behind the window.
    var offset: Int64 { window.offset }
    /// The place where the window begins.
    var mark: TextMark { TextMark(offset: offset, line: line, digest: window.digest) }
    /// SHA-256 of the bytes behind the window and of so many units in sight, in hexadecimal.
    func digest(through count: Int) -> String { window.digest(through: count * encoding.unitBytes) }
    /// Whether nothing is left in sight.
    var isEmpty: Bool { window.count == 0 }
    /// Whether the file ends in the window.
    var isAtEnd: Bool { window.isAtEnd }
    /// Whether the file on disk is not the one that was opened any more.
    var hasChanged: Bool { window.file.hasChanged }

    /// What is in sight.
    var units: CodeUnits { CodeUnits(bytes: window.bytes[window.start...], encoding: encoding) }

    /// Where a unit in sight stands in the file.
    func place(of index: Int) -> TextPlace {
        units.place(of: index, line: line, acceptsCarriageReturn: acceptsCarriageReturn)
    }

    private func endsLine(_ unit: UInt16) -> Bool {
        unit == CodeUnits.lineFeed || acceptsCarriageReturn && unit == CodeUnits.carriageReturn
    }

    /// Reads on.
    ///
    /// - Returns: False when there was nothing more.
    mutating func fill() throws(InputFailure) -> Bool { try window.fill() }

    /// Moves the window forward over whole units.
    ///
    /// - Parameters:
    ///   - count: How many.
    ///   - lineEnds: How many lines end in them.
    mutating func consume(_ count: Int, lineEnds: Int) {
        if count > 0 {
            isAtLineStart = endsLine(units[count - 1])
        }
        window.consume(count * encoding.unitBytes)
        line += Int64(lineEnds)
    }

    /// Moves the window forward over whole units and counts the lines that end in them.
    mutating func consume(_ count: Int) {
        consume(count, lineEnds: Int(place(of: count).line - 1 - line))
    }

    /// Moves the window forward to a unit in sight and from there to the beginning of the next line.
    ///
    /// - Parameter index: The unit.
    /// - Throws: When the file cannot be read.
    mutating func skipLine(from index: Int = 0) throws(InputFailure) {
        consume(index)
        while true {
            let units = self.units
            var end = units.firstIndex(of: CodeUnits.lineFeed)
            if acceptsCarriageReturn {
                end = units[0..<(end ?? units.count)].firstIndex(of: CodeUnits.carriageReturn) ?? end
            }
            if let end {
                if units[end] == CodeUnits.carriageReturn {
                    guard end + 1 < units.count || isAtEnd else {
                        // What comes after it is out of sight, and stays so where only a file's beginning is in memory.
                        consume(end, lineEnds: 0)
                        guard try fill() || isAtEnd else { return }
                        continue
                    }
                    let isPair = end + 1 < units.count && units[end + 1] == CodeUnits.lineFeed
                    consume(end + (isPair ? 2 : 1), lineEnds: 1)
                } else {
                    consume(end + 1, lineEnds: 1)
                }
                return
            }
            consume(units.count, lineEnds: 0)
            guard try fill() else {
                window.consume(window.count)
                return
            }
        }
    }

    /// Forgets what is left when a file ends inside a code unit.
    mutating func discardTornUnit() {
        if isAtEnd, units.count == 0 { window.consume(window.count) }
    }

    /// Moves forward to where an earlier run stopped.
    ///
    /// - Parameters:
    ///   - end: The offset in bytes.
    ///   - line: Lines before it.
    /// - Throws: When it is behind the window, the file ends before it or cannot be read.
    mutating func skip(to end: Int64, line: Int64) throws(InputFailure) {
        guard end >= offset else {
            throw InputFailure(.unreadable, "byte \(end) of \(name) is before byte \(offset), which was read already")
        }
        let passed = CodeUnits(bytes: try window.skip(to: end).suffix(encoding.unitBytes), encoding: encoding)
        if passed.count > 0 { isAtLineStart = endsLine(passed[0]) }
        self.line = line
    }

    /// Moves forward to where an earlier run stopped, if the file is still the one that it read.
    ///
    /// - Parameter mark: Where it stopped.
    /// - Returns: What differs, and nil when nothing does.
    /// - Throws: When the file cannot be read.
    mutating func resume(at mark: TextMark) throws(InputFailure) -> TextMark.Change? {
        if let length, length < mark.offset { return .shortened(length) }
        // No run stops before the first row.
        guard mark.offset >= offset else { return .differs }
        try skip(to: mark.offset, line: mark.line)
        guard self.mark.digest == mark.digest else { return .differs }
        guard !isAtLineStart else { return nil }
        _ = try fill()
        let units = self.units
        return isEmpty || units.count > 0 && CodeUnits.isLineEnd(units[0]) ? nil : .lineGoesOn
    }
}
