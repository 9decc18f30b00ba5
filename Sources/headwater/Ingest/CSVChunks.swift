import ActivationCore

/// Cuts a CSV input into chunks of XDM entities.
struct CSVChunks: ChunkSource {
    private let delimiter: CSVDelimiter
    private let mapping: RowMapping
    private var row: Int64

    /// Goes on behind some rows.
    ///
    /// - Parameters:
    ///   - delimiter: What stands between cells.
    ///   - mapping: What a row means.
    ///   - row: Rows behind the window, the header not counted.
    init(delimiter: CSVDelimiter, mapping: RowMapping, row: Int64) {
        self.delimiter = delimiter
        self.mapping = mapping
        self.row = row
    }

    mutating func next(_ window: inout TextWindow) throws(CommandFailure) -> IngestChunk? {
        var chunk = IngestChunk()
        while try takeRow(of: &window, into: &chunk) {}
        chunk.row = row
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
            if !record.isBlankLine { row += 1 }
        case .failure(let error):
            chunk.refuse(error.code, error.message, at: window.units.place(of: error.index, line: window.line))
            try window.resume(error.resumption)
            row += 1
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
            try mapping.entity(record.texts, row: row + 1).write(to: &entity)
            guard chunk.hasRoom(for: entity.count) else { return false }
            if units.seemsUTF8 { chunk.warn(.doubtfulEncoding(units.encoding), line: window.line + 1) }
            if mapping.hasIdentityBlanks(record.texts) { chunk.warn(.identityBlanks, line: window.line + 1) }
            chunk.append(entity, line: window.line + 1)
        } catch {
            let index = error.cell.flatMap { $0 < record.cells.count ? record.cells[$0].start : nil }
            chunk.refuse(error.code, error.message, at: units.place(of: index ?? 0, line: window.line))
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
                    if let record = try CSVRecord.read(units, delimiter: delimiter, isAtEnd: isAtEnd) {
                        return .success(record)
                    }
                } catch {
                    return .failure(error)
                }
            }
            if try !fill(), isEmpty { return nil }
        }
    }

    /// Goes on behind a record that cannot be read.
    mutating func resume(_ resumption: CSVRecord.Resumption) throws(CommandFailure) {
        switch resumption {
        case .after(let count):
            consume(count, lineEnds: Int(units.place(of: count, line: 0).line) - 1)
            discardTornUnit()
        case .lineAfter(let index):
            try skipLine(from: index, acceptsCarriageReturn: true)
        }
    }
}
