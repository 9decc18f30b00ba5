/// Cuts an NDJSON input into chunks.
struct LineChunks: ~Copyable {
    private var window: InputWindow
    private var line: Int64

    /// Begins after what a window has behind it.
    ///
    /// - Parameters:
    ///   - window: The input.
    ///   - line: Lines behind the window.
    init(_ window: consuming InputWindow, line: Int64) {
        self.window = window
        self.line = line
    }

    /// The next lines; nil at the end.
    mutating func next() throws(CommandFailure) -> IngestChunk? {
        var chunk = IngestChunk()
        while try takeLine(into: &chunk) {}
        guard !chunk.lines.isEmpty || !chunk.refusals.isEmpty else { return nil }
        chunk.offset = window.offset
        chunk.line = line
        chunk.digest = window.digest
        return chunk
    }

    /// Moves one line; false when the chunk is full or the input ends.
    private mutating func takeLine(into chunk: inout IngestChunk) throws(CommandFailure) -> Bool {
        guard let length = try lineLength() else { return false }
        if length > IngestChunk.lineBytesMax {
            chunk.refusals.append(
                IngestChunk.Refusal(
                    line: line + 1,
                    code: "LINE_TOO_LONG",
                    message: "the line is longer than \(IngestChunk.lineBytesMax) bytes"
                )
            )
            try skipLine()
            line += 1
            return chunk.refusals.count < IngestChunk.linesMax
        }
        guard chunk.hasRoom(for: length) else { return false }
        line += 1
        let content = window.bytes[window.start..<(window.start + length)]
        let isBlank = content.allSatisfy { [UInt8(ascii: " "), 9, 10, 13].contains($0) }
        if !isBlank { chunk.append(content.last == 10 ? content.dropLast() : content, line: line) }
        window.consume(length)
        return true
    }

    /// The bytes of the next line with its end; more than a line may have when the end is out of sight; nil at the end.
    private mutating func lineLength() throws(CommandFailure) -> Int? {
        var searched = 0
        while true {
            let content = window.bytes[window.start...]
            if let end = content.dropFirst(searched).firstIndex(of: 10) { return end + 1 - window.start }
            searched = window.count
            if searched > IngestChunk.lineBytesMax { return searched }
            if try !window.fill() { return window.count > 0 ? window.count : nil }
        }
    }

    private mutating func skipLine() throws(CommandFailure) {
        while true {
            if let end = window.bytes[window.start...].firstIndex(of: 10) {
                window.consume(end + 1 - window.start)
                return
            }
            window.consume(window.count)
            if try !window.fill() { return }
        }
    }
}
