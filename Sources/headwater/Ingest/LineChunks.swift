import TextFiles

/// Cuts an NDJSON input into chunks.
struct LineChunks: ChunkSource, ~Copyable {
    private var reader: LineReader

    /// - Parameter reader: The input.
    init(_ reader: consuming LineReader) {
        self.reader = reader
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
    private func take(_ reading: LineReader.Reading, into chunk: inout IngestChunk) -> Bool {
        switch reading {
        case .refused(let refusal): chunk.refuse(refusal)
        case .line(let line):
            guard chunk.hasRoom(for: line.text.utf8.count) else { return false }
            if line.isEncodingDoubtful { chunk.warn(.doubtfulEncoding(reader.encoding), line: line.line) }
            chunk.append(line.text.utf8, line: line.line)
        }
        return true
    }
}
