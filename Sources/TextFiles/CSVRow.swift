/// A row of a CSV file.
public struct CSVRow: Equatable, Sendable {
    /// The line on which it begins, from 1.
    public let line: Int64
    /// The texts of the cells, as many as the file has columns.
    public let cells: [String]
    /// Whether its text was read as one byte a character and is UTF-8 as well.
    public let isEncodingDoubtful: Bool
    private let quoted: [Bool]
    private let acceptsCarriageReturn: Bool

    init(_ record: CSVRecord, line: Int64, isEncodingDoubtful: Bool, acceptsCarriageReturn: Bool) {
        self.line = line
        cells = record.texts
        self.isEncodingDoubtful = isEncodingDoubtful
        quoted = record.cells.map(\.isQuoted)
        self.acceptsCarriageReturn = acceptsCarriageReturn
    }

    /// Where a cell begins, its quote included.
    ///
    /// - Parameter index: The cell, from 0; behind the last one it is the row's end.
    /// - Returns: The place in the file.
    public func place(of index: Int) -> TextPlace {
        var place = TextPlace(line: line, column: 1)
        for (text, isQuoted) in zip(cells, quoted).prefix(max(index, 0)) {
            let quotes = isQuoted ? 2 : 0
            var previous: Unicode.Scalar?
            place.column += Int64(quotes / 2)
            for scalar in text.unicodeScalars {
                if acceptsCarriageReturn, previous == "\r", scalar != "\n" { place = place.nextLine }
                if scalar == "\n" {
                    place = place.nextLine
                } else {
                    place.column += isQuoted && scalar == "\"" ? 2 : 1
                }
                previous = scalar
            }
            if acceptsCarriageReturn, previous == "\r" { place = place.nextLine }
            place.column += Int64(quotes / 2) + 1
        }
        return place
    }
}

extension TextPlace {
    fileprivate var nextLine: TextPlace { TextPlace(line: line + 1, column: 1) }
}
