import ActivationCore

/// Cuts a CSV input into chunks of XDM entities.
struct CSVChunks: ~Copyable {
    private var window: InputWindow
    private let separator: UInt8
    private let mapping: RowMapping
    private var line: Int64
    private var row: Int64

    /// Begins after what a window has behind it.
    ///
    /// - Parameters:
    ///   - window: The input, its header behind it.
    ///   - separator: What stands between fields.
    ///   - mapping: What a row means.
    ///   - line: Lines behind the window.
    ///   - row: Rows behind the window, the header not counted.
    init(_ window: consuming InputWindow, separator: UInt8, mapping: RowMapping, line: Int64, row: Int64) {
        self.window = window
        self.separator = separator
        self.mapping = mapping
        self.line = line
        self.row = row
    }

    /// The next rows; nil at the end.
    mutating func next() throws(CommandFailure) -> IngestChunk? {
        var chunk = IngestChunk()
        while chunk.lines.count + chunk.refusals.count < IngestChunk.linesMax {
            guard let record = try CSVChunks.record(&window, separator: separator, line: line) else { break }
            let isBlank = record.fields == [""]
            var entity: [UInt8] = []
            if !isBlank {
                do throws(RowMapping.Refused) {
                    try mapping.entity(record.fields, row: row + 1).write(to: &entity)
                } catch {
                    chunk.refusals.append(
                        IngestChunk.Refusal(line: line + 1, code: error.code, message: error.message)
                    )
                }
            }
            guard entity.isEmpty || chunk.hasRoom(for: entity.count) else { break }
            if !entity.isEmpty { chunk.append(entity, line: line + 1) }
            window.consume(record.length)
            line += Int64(record.lineEnds)
            if !isBlank { row += 1 }
        }
        guard !chunk.lines.isEmpty || !chunk.refusals.isEmpty else { return nil }
        chunk.offset = window.offset
        chunk.line = line
        chunk.row = row
        chunk.digest = window.digest
        return chunk
    }

    /// Reads the record at the beginning of a window without consuming it; nil at the end.
    static func record(
        _ window: inout InputWindow,
        separator: UInt8,
        line: Int64
    ) throws(CommandFailure) -> CSVRecord? {
        while true {
            if window.count > 0 {
                do throws(CSVRecord.Malformed) {
                    let record = try CSVRecord.read(
                        window.bytes[window.start...],
                        separator: separator,
                        isAtEnd: window.isAtEnd
                    )
                    if let record { return record }
                } catch {
                    throw CommandFailure(.badInput, "\(window.file.name), line \(line + 1): \(error.message)")
                }
            }
            guard window.count <= IngestChunk.lineBytesMax else {
                throw CommandFailure(
                    .badInput,
                    "\(window.file.name), line \(line + 1): the row is longer than \(IngestChunk.lineBytesMax) bytes; "
                        + "a quote may be missing"
                )
            }
            if try !window.fill(), window.count == 0 { return nil }
        }
    }
}
