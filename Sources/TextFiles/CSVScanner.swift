/// Finds the cells of one record among code units, without decoding them.
struct CSVScanner {
    /// Where a cell stands.
    struct Cell {
        /// The first unit, a quote included.
        var start: Int
        /// The units inside the quotes, if there are any.
        var content: Range<Int>
        /// Whether the content has quotes, each written twice.
        var hasDoubledQuotes = false
    }

    private let units: CodeUnits
    private let delimiter: UInt16
    private let acceptsCarriageReturn: Bool
    private let isAtEnd: Bool
    /// Units looked at, at most; a record that goes beyond is too long.
    private let end: Int
    private var index = 0
    /// The cells found.
    private(set) var cells: [Cell] = []
    /// The line ends found.
    private(set) var lineEnds = 0
    /// Whether a line end ended the record.
    private(set) var endsWithLine = false
    /// The first carriage return in a cell without quotes that ends no line.
    private var strayReturn: Int?

    init(units: CodeUnits, delimiter: UInt16, acceptsCarriageReturn: Bool, isAtEnd: Bool) {
        self.units = units
        self.delimiter = delimiter
        self.acceptsCarriageReturn = acceptsCarriageReturn
        self.isAtEnd = isAtEnd
        end = min(units.count, CSVRecord.unitsMax)
    }

    /// Finds the cells of the record.
    ///
    /// - Returns: The record's length, its line end included; nil when that is out of sight.
    mutating func scan() throws(CSVRecord.Malformed) -> Int? {
        while true {
            let isQuoted = index < end && units[index] == CodeUnits.quote
            guard let cell = isQuoted ? try quotedCell() : try plainCell() else { return nil }
            cells.append(cell)
            guard index < end else {
                if try hasMore(resumingAfterLineOf: index) { return nil }
                break
            }
            guard units[index] != delimiter else {
                index += 1
                continue
            }
            var endsLine = true
            if units[index] == CodeUnits.carriageReturn {
                guard index + 1 < units.count || isAtEnd else { return nil }
                let isPair = index + 1 < units.count && units[index + 1] == CodeUnits.lineFeed
                if isPair { index += 1 }
                // Where it ends no line it is the last character of the file, and half of a pair maybe.
                endsLine = isPair || acceptsCarriageReturn
            }
            index += 1
            if endsLine { lineEnds += 1 }
            endsWithLine = endsLine
            break
        }
        if strayReturn != nil { throw malformed("", "", at: index, resumption: .after(index)) }
        return index
    }

    /// Whether the text goes on out of sight; asked when sight ends.
    private func hasMore(resumingAfterLineOf resumption: Int) throws(CSVRecord.Malformed) -> Bool {
        if end < units.count {
            throw malformed(
                "ROW_TOO_LONG",
                "the row is longer than \(CSVRecord.unitsMax) characters; a closing quote may be missing",
                at: resumption,
                resumption: .lineAfter(resumption)
            )
        }
        return !isAtEnd
    }

    /// Why the row is refused; a carriage return out of place comes first, as all behind it may be its doing.
    private func malformed(
        _ code: String,
        _ message: String,
        at index: Int,
        resumption: CSVRecord.Resumption
    ) -> CSVRecord.Malformed {
        guard let strayReturn else {
            return CSVRecord.Malformed(code: code, message: message, index: index, resumption: resumption)
        }
        return CSVRecord.Malformed(
            code: "CSV_LINE_END",
            message: "a lone carriage return (CR) stands in a cell, and the lines of the file end in LF or CRLF; "
                + "put the cell in quotes, or write all line ends alike",
            index: strayReturn,
            resumption: resumption
        )
    }

    /// Whether a line feed or a carriage return outside of quotes ends the row; nil when what follows is out of sight.
    private func endsRow(at index: Int) -> Bool? {
        if acceptsCarriageReturn || units[index] == CodeUnits.lineFeed { return true }
        // At the end of the file nothing follows that it could be a part of.
        guard index + 1 < units.count else { return isAtEnd ? true : nil }
        return units[index + 1] == CodeUnits.lineFeed
    }

    /// Reads up to a delimiter or a line end.
    private mutating func plainCell() throws(CSVRecord.Malformed) -> Cell? {
        let start = index
        while true {
            guard index < end else {
                return try hasMore(resumingAfterLineOf: index) ? nil : Cell(start: start, content: start..<index)
            }
            let unit = units[index]
            if unit == delimiter { return Cell(start: start, content: start..<index) }
            if CodeUnits.isLineEnd(unit) {
                guard let endsRow = endsRow(at: index) else { return nil }
                if endsRow { return Cell(start: start, content: start..<index) }
                strayReturn = strayReturn ?? index
            }
            guard unit != CodeUnits.quote else {
                let cure = cure(ofQuoteIn: start..<index)
                throw broken("has a quote inside; \(cure)", at: index, isMarked: units.hasMark(endingAt: index))
            }
            index += 1
        }
    }

    /// A cell that does not hold together.
    ///
    /// - Parameters:
    ///   - what: What is wrong with it.
    ///   - index: Where, on the line on which the cell begins: that line is lost, and no other.
    ///   - isMarked: Whether a byte order mark is the reason.
    /// - Returns: The error.
    private func broken(_ what: String, at index: Int, isMarked: Bool = false) -> CSVRecord.Malformed {
        malformed(
            isMarked ? CSVRecord.joined.code : "CSV_QUOTE",
            isMarked ? CSVRecord.joined.message : "cell \(cells.count + 1) \(what)",
            at: index,
            resumption: .lineAfter(index)
        )
    }

    private func cure(ofQuoteIn before: Range<Int>) -> String {
        // A no-break space is C2 A0 in UTF-8 and A0 elsewhere.
        if before.allSatisfy({ [0x20, 0x09, 0xC2, 0xA0].contains(units[$0]) }) {
            return "take away the blank before the quote"
        }
        if before.count == 1, units[before.lowerBound] == UInt16(UInt8(ascii: "=")) {
            return "it is a spreadsheet's formula: export values"
        }
        return "put the whole cell in quotes and write \"\" for the quote"
    }

    /// Reads a cell in quotes.
    private mutating func quotedCell() throws(CSVRecord.Malformed) -> Cell? {
        let start = index
        let linesBefore = lineEnds
        var hasDoubledQuotes = false
        index += 1
        while true {
            guard index < end else {
                if try hasMore(resumingAfterLineOf: start) { return nil }
                throw broken("has no closing quote", at: start)
            }
            let unit = units[index]
            index += 1
            guard unit == CodeUnits.quote else {
                // The line feed of a pair counts.
                if unit == CodeUnits.lineFeed
                    || unit == CodeUnits.carriageReturn && acceptsCarriageReturn
                        && !(index < end && units[index] == CodeUnits.lineFeed)
                {
                    lineEnds += 1
                }
                continue
            }
            let cell = Cell(start: start, content: (start + 1)..<(index - 1), hasDoubledQuotes: hasDoubledQuotes)
            guard index < end else { return try hasMore(resumingAfterLineOf: start) ? nil : cell }
            let next = units[index]
            if next == CodeUnits.quote {
                hasDoubledQuotes = true
                index += 1
                continue
            }
            if next == delimiter { return cell }
            guard CodeUnits.isLineEnd(next) else {
                // A byte order mark has up to three units.
                if index + 2 >= end, try hasMore(resumingAfterLineOf: start) { return nil }
                let lines = lineEnds - linesBefore
                throw broken(
                    CSVScanner.textAfterQuote(linesBehind: lines),
                    at: lines == 0 ? index : start,
                    isMarked: units.hasMark(at: index)
                )
            }
            guard let endsRow = endsRow(at: index) else { return nil }
            // The row is refused for its carriage return when its end is found.
            return endsRow ? cell : try plainCell()
        }
    }

    /// What is wrong with a cell that goes on after its closing quote, so many lines behind its beginning.
    private static func textAfterQuote(linesBehind lines: Int) -> String {
        guard lines > 0 else { return "goes on after its closing quote; write \"\" for a quote inside" }
        return "begins with a quote, and the one that closes it, \(lines) \(lines == 1 ? "line" : "lines") further on, "
            + "has text behind it; take the quote away if it is stray, or write \"\" for a quote inside"
    }
}
