import ActivationCore

/// Cuts a CSV input into chunks of XDM entities.
struct CSVChunks: ChunkSource {
    private let delimiter: CSVDelimiter
    private let mapping: RowMapping
    private let identifiesEvents: Bool

    /// Reads rows as a mapping says.
    ///
    /// - Parameters:
    ///   - delimiter: What stands between cells.
    ///   - mapping: What a row means.
    ///   - identifiesEvents: Whether a row whose mapping gives no `_id` gets one.
    init(delimiter: CSVDelimiter, mapping: RowMapping, identifiesEvents: Bool) {
        self.delimiter = delimiter
        self.mapping = mapping
        self.identifiesEvents = identifiesEvents && !mapping.hasID
    }

    mutating func next(_ window: inout TextWindow) throws(CommandFailure) -> IngestChunk? {
        var chunk = IngestChunk()
        while try takeRow(of: &window, into: &chunk) {}
        return chunk.isEmpty ? nil : chunk.ended(by: window)
    }

    /// Moves one row; false when the chunk is full or the input ends.
    private mutating func takeRow(
        of window: inout TextWindow,
        into chunk: inout IngestChunk
    ) throws(CommandFailure) -> Bool {
        guard !chunk.hasAllLines, let reading = try window.record(delimiter: delimiter) else { return false }
        switch reading {
        case .success(let record):
            guard take(record, at: window, into: &chunk) else { return false }
            window.consume(record.length, lineEnds: record.lineEnds)
        case .failure(let error):
            chunk.refuse(error.code, error.message, at: window.place(of: error.index))
            try window.resume(error.resumption)
        }
        return true
    }

    /// Puts a record into a chunk; false when it does not fit any more.
    private func take(
        _ record: CSVRecord,
        at window: borrowing TextWindow,
        into chunk: inout IngestChunk
    ) -> Bool {
        guard !record.isBlankLine else { return true }
        guard record.cells.contains(where: { !$0.text.isEmpty }) else {
            chunk.emptyRows += 1
            return true
        }
        let units = window.units[0..<record.length]
        do throws(RowMapping.Refused) {
            var entity: [UInt8] = []
            let id = identifiesEvents ? window.rowID(record.length) : nil
            try mapping.entity(record.texts, id: id).write(to: &entity)
            guard chunk.hasRoom(for: entity.count) else { return false }
            if units.seemsUTF8 { chunk.warn(.doubtfulEncoding(units.encoding), line: window.line + 1) }
            if mapping.hasIdentityBlanks(record.texts) { chunk.warn(.identityBlanks, line: window.line + 1) }
            chunk.append(entity, line: window.line + 1)
        } catch {
            let index = error.cell.flatMap { $0 < record.cells.count ? record.cells[$0].start : nil }
            chunk.refuse(error.code, error.message, at: window.place(of: index ?? 0))
        }
        return true
    }
}

extension CSVRecord {
    /// Whether it is a line without anything.
    var isBlankLine: Bool { cells.count == 1 && cells[0].text.isEmpty }
}

extension TextWindow {
    /// Reads the record at the beginning of the window without consuming it; nil at the end.
    mutating func record(
        delimiter: CSVDelimiter
    ) throws(CommandFailure) -> Result<CSVRecord, CSVRecord.Malformed>? {
        while true {
            if !isEmpty {
                do throws(CSVRecord.Malformed) {
                    let record = try CSVRecord.read(
                        units,
                        delimiter: delimiter,
                        acceptsCarriageReturn: acceptsCarriageReturn,
                        isAtEnd: isAtEnd
                    )
                    if let record { return .success(record) }
                } catch {
                    return .failure(error)
                }
            }
            if try !fill(), isEmpty { return nil }
        }
    }

    /// What tells a row from every other, here and in other files: its own bytes and all before them.
    ///
    /// Without the row's line end, which the last row may not have yet. So a file that grows keeps what it had.
    ///
    /// - Parameter length: The row's units.
    /// - Returns: 32 hexadecimal digits of their SHA-256.
    fileprivate func rowID(_ length: Int) -> String {
        let units = self.units
        var end = length
        if end > 0, units[end - 1] == CodeUnits.lineFeed { end -= 1 }
        if end > 0, units[end - 1] == CodeUnits.carriageReturn { end -= 1 }
        return String(digest(through: end).prefix(32))
    }

    /// Goes on behind a record that cannot be read.
    mutating func resume(_ resumption: CSVRecord.Resumption) throws(CommandFailure) {
        switch resumption {
        case .after(let count):
            consume(count)
            discardTornUnit()
        case .lineAfter(let index):
            try skipLine(from: index)
        }
    }
}
