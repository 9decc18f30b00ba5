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

    init(units: CodeUnits, delimiter: UInt16, isAtEnd: Bool) {
        self.units = units
        self.delimiter = delimiter
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
            guard index < end else { return try hasMore(resumingAfterLineOf: index) ? nil : index }
            guard units[index] != delimiter else {
                index += 1
                continue
            }
            if units[index] == CodeUnits.carriageReturn {
                guard index + 1 < units.count || isAtEnd else { return nil }
                if index + 1 < units.count, units[index + 1] == CodeUnits.lineFeed { index += 1 }
            }
            index += 1
            lineEnds += 1
            endsWithLine = true
            return index
        }
    }

    /// Whether the text goes on out of sight; asked when sight ends.
    private func hasMore(resumingAfterLineOf resumption: Int) throws(CSVRecord.Malformed) -> Bool {
        if end < units.count {
            throw CSVRecord.Malformed(
                code: "ROW_TOO_LONG",
                message: "the row is longer than \(CSVRecord.unitsMax) characters; a closing quote may be missing",
                index: resumption,
                resumption: .lineAfter(resumption)
            )
        }
        return !isAtEnd
    }

    /// Reads up to a delimiter or a line end.
    private mutating func plainCell() throws(CSVRecord.Malformed) -> Cell? {
        let start = index
        while true {
            guard index < end else {
                return try hasMore(resumingAfterLineOf: index) ? nil : Cell(start: start, content: start..<index)
            }
            let unit = units[index]
            if unit == delimiter || CodeUnits.isLineEnd(unit) { return Cell(start: start, content: start..<index) }
            guard unit != CodeUnits.quote else {
                let cure = cure(ofQuoteIn: start..<index)
                throw malformed("has a quote inside; \(cure)", at: index, isMarked: units.hasMark(endingAt: index))
            }
            index += 1
        }
    }

    /// A cell that does not hold together.
    ///
    /// - Parameters:
    ///   - what: What is wrong with it.
    ///   - index: Where.
    ///   - start: The unit on whose line it ends; by default the one that is wrong.
    ///   - isMarked: Whether a byte order mark stands there, which is the reason.
    /// - Returns: The error.
    private func malformed(
        _ what: String,
        at index: Int,
        resumingAfterLineOf start: Int? = nil,
        isMarked: Bool = false
    ) -> CSVRecord.Malformed {
        CSVRecord.Malformed(
            code: isMarked ? CSVRecord.joined.code : "CSV_QUOTE",
            message: isMarked ? CSVRecord.joined.message : "cell \(cells.count + 1) \(what)",
            index: index,
            resumption: .lineAfter(start ?? index)
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
        var hasDoubledQuotes = false
        index += 1
        while true {
            guard index < end else {
                if try hasMore(resumingAfterLineOf: start) { return nil }
                throw malformed("has no closing quote", at: start)
            }
            let unit = units[index]
            index += 1
            guard unit == CodeUnits.quote else {
                // The line feed of a pair counts.
                if unit == CodeUnits.lineFeed
                    || unit == CodeUnits.carriageReturn && !(index < end && units[index] == CodeUnits.lineFeed)
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
            guard next == delimiter || CodeUnits.isLineEnd(next) else {
                // A byte order mark has up to three units.
                if index + 2 >= end, try hasMore(resumingAfterLineOf: start) { return nil }
                throw malformed(
                    "goes on after its closing quote; write \"\" for a quote inside",
                    at: index,
                    resumingAfterLineOf: start,
                    isMarked: units.hasMark(at: index)
                )
            }
            return cell
        }
    }
}
