extension TextWindow {
    /// Reads the record at the beginning of the window without consuming it; nil at the end.
    mutating func record(
        delimiter: CSVDelimiter
    ) throws(InputFailure) -> Result<CSVRecord, CSVRecord.Malformed>? {
        while true {
            if !isEmpty {
                do throws(CSVRecord.Malformed) {
                    let record = try CSVRecord.read(
                        units,
                        delimiter: delimiter,
                        acceptsCarriageReturn: acceptsCarriageReturn,
                        isAtEnd: isAtEnd,
                        words: words
                    )
                    if let record { return .success(record) }
                } catch {
                    return .failure(error)
                }
            }
            // Of a file whose beginning is in memory the last record may go on.
            if try !fill(), isEmpty || !isAtEnd { return nil }
        }
    }

    /// What tells a row from every other, here and in other files: its own bytes and all before them.
    ///
    /// Without the row's line end, which the last row may not have yet. So a file that grows keeps what it had.
    ///
    /// - Parameter length: The row's units.
    /// - Returns: Their SHA-256.
    func digest(ofRow length: Int) -> String {
        let units = self.units
        var end = length
        if end > 0, units[end - 1] == CodeUnits.lineFeed { end -= 1 }
        if end > 0, units[end - 1] == CodeUnits.carriageReturn { end -= 1 }
        return digest(through: end)
    }

    /// Goes on behind a record that cannot be read.
    mutating func resume(_ resumption: CSVRecord.Resumption) throws(InputFailure) {
        switch resumption {
        case .after(let count):
            consume(count)
            discardTornUnit()
        case .lineAfter(let index):
            try skipLine(from: index)
        }
    }
}
