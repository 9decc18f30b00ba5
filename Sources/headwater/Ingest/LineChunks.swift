/// Cuts an NDJSON input into chunks.
struct LineChunks: ChunkSource {
    mutating func next(_ window: inout TextWindow) throws(CommandFailure) -> IngestChunk? {
        var chunk = IngestChunk()
        while try takeLine(of: &window, into: &chunk) {}
        return chunk.isEmpty ? nil : chunk.ended(by: window)
    }

    /// Moves one line; false when the chunk is full or the input ends.
    private func takeLine(
        of window: inout TextWindow,
        into chunk: inout IngestChunk
    ) throws(CommandFailure) -> Bool {
        guard !chunk.hasAllLines, let length = try window.lineLength() else { return false }
        guard length <= IngestChunk.lineBytesMax else {
            let message = "the line is longer than \(IngestChunk.lineBytesMax) characters"
            chunk.refuse("LINE_TOO_LONG", message, at: TextPlace(line: window.line + 1, column: 1))
            try window.skipLine()
            return true
        }
        let units = window.units
        let endsWithLine = length > 0 && units[length - 1] == CodeUnits.lineFeed
        let line = units[0..<(endsWithLine ? length - 1 : length)]
        if !endsWithLine, units.hasTornUnit {
            chunk.refuse("ENCODING", "the file ends inside a character; it is cut off", at: window.place(of: length))
        } else if !line.isBlank {
            do throws(CodeUnits.Undecodable) {
                let text = try line.text()
                guard chunk.hasRoom(for: text.utf8.count) else { return false }
                if line.seemsUTF8 { chunk.warn(.doubtfulEncoding(line.encoding), line: window.line + 1) }
                chunk.append(text.utf8, line: window.line + 1)
            } catch {
                chunk.refuse("ENCODING", "\(error.reason); \(line.cure)", at: window.place(of: error.index))
            }
        }
        window.consume(length, lineEnds: endsWithLine ? 1 : 0)
        window.discardTornUnit()
        return true
    }
}

extension TextWindow {
    /// The units of the next line with its end; more than a line may have when the end is out of sight; nil at the end.
    fileprivate mutating func lineLength() throws(CommandFailure) -> Int? {
        var searched = 0
        while true {
            let units = self.units
            let count = units.count
            if let end = units.firstIndex(of: CodeUnits.lineFeed, from: searched) { return end + 1 }
            searched = count
            if searched > IngestChunk.lineBytesMax { return searched }
            if try !fill() { return isEmpty ? nil : self.units.count }
        }
    }
}

extension CodeUnits {
    /// Whether there is nothing but blanks and line ends.
    fileprivate var isBlank: Bool {
        (0..<count).allSatisfy { [0x20, 0x09, 0x0A, 0x0D].contains(self[$0]) }
    }
}
