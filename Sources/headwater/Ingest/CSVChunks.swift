import ActivationCore
import TextFiles

/// Cuts a CSV input into chunks of XDM entities.
struct CSVChunks: ChunkSource, ~Copyable {
    private var reader: CSVReader
    private let mapping: RowMapping
    private let identifiesEvents: Bool

    /// Reads rows as a mapping says.
    ///
    /// - Parameters:
    ///   - reader: The input, behind its header.
    ///   - mapping: What a row means.
    ///   - identifiesEvents: Whether a row whose mapping gives no `_id` gets one.
    init(_ reader: consuming CSVReader, mapping: RowMapping, identifiesEvents: Bool) {
        self.reader = reader
        self.mapping = mapping
        self.identifiesEvents = identifiesEvents && !mapping.hasID
    }

    var mark: TextMark { reader.mark }
    var hasChanged: Bool { reader.hasChanged }

    mutating func next() throws(CommandFailure) -> IngestChunk? {
        var chunk = IngestChunk()
        do throws(InputFailure) {
            while !chunk.hasAllLines, let reading = try reader.peek(), take(reading, into: &chunk) {
                try reader.advance()
            }
        } catch {
            throw CommandFailure(error)
        }
        return chunk.isEmpty ? nil : chunk.ended(at: mark)
    }

    mutating func resume(at mark: TextMark) throws(CommandFailure) -> TextMark.Change? {
        do throws(InputFailure) {
            return try reader.resume(at: mark)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Puts what stands next into a chunk; false when it does not fit any more.
    private func take(_ reading: CSVReader.Reading, into chunk: inout IngestChunk) -> Bool {
        switch reading {
        case .empty: chunk.emptyRows += 1
        case .refused(let refusal): chunk.refuse(refusal)
        case .row(let row): return take(row, into: &chunk)
        }
        return true
    }

    /// Puts a row into a chunk; false when it does not fit any more.
    private func take(_ row: CSVRow, into chunk: inout IngestChunk) -> Bool {
        do throws(RowFault) {
            var entity: [UInt8] = []
            let id = identifiesEvents ? reader.rowDigest.map { String($0.prefix(32)) } : nil
            try mapping.entity(row.cells, id: id).write(to: &entity)
            guard chunk.hasRoom(for: entity.count) else { return false }
            if row.isEncodingDoubtful { chunk.warn(.doubtfulEncoding(reader.layout.encoding), line: row.line) }
            if mapping.hasIdentityBlanks(row.cells) { chunk.warn(.identityBlanks, line: row.line) }
            chunk.append(entity, line: row.line)
        } catch {
            chunk.refuse(TextRefusal(error.code, error.message, at: row.place(of: error.cell ?? 0)))
        }
        return true
    }
}
