import TextFiles

/// Some lines on their way to the server, and where the input stands after them.
struct IngestChunk {
    /// A line that was not accepted.
    struct Refusal: Equatable {
        /// The line in the input, from 1.
        var line: Int64
        /// The character in the line, from 1, where it is known.
        var column: Int64?
        var code: String
        var message: String
    }

    /// NDJSON.
    var body: [UInt8] = []
    /// The input line of each line of the body.
    var lines: [Int64] = []
    /// Lines that were not worth sending.
    private(set) var refusals: [Refusal] = []
    /// What was sent and may be wrong.
    private(set) var warnings: [IngestTally.Warning] = []
    /// Rows of a CSV input in which every cell is empty.
    var emptyRows: Int64 = 0
    /// Where the input stands behind the chunk.
    private(set) var mark = TextMark(offset: 0, line: 0, digest: "")

    /// Lines of one request.
    static let linesMax = 1_000
    /// Bytes of one request.
    static let bytesMax = 1 << 20

    /// Whether nothing is in it that anybody has to know.
    var isEmpty: Bool { lines.isEmpty && refusals.isEmpty && emptyRows == 0 }

    /// Whether it has as many lines as a chunk may have.
    var hasAllLines: Bool { lines.count + refusals.count >= IngestChunk.linesMax }

    /// Whether another line of so many bytes fits.
    func hasRoom(for count: Int) -> Bool {
        lines.isEmpty || body.count + count < IngestChunk.bytesMax
    }

    /// Adds a line.
    mutating func append(_ content: some Collection<UInt8>, line: Int64) {
        body.append(contentsOf: content)
        body.append(UInt8(ascii: "\n"))
        lines.append(line)
    }

    /// Leaves a line out.
    mutating func refuse(_ refusal: TextRefusal) {
        refusals.append(
            Refusal(
                line: refusal.place.line,
                column: refusal.place.column,
                code: refusal.code,
                message: refusal.message
            )
        )
    }

    /// Says that a line that is sent may be wrong.
    mutating func warn(_ doubt: IngestDoubt, line: Int64) {
        let code = doubt.code
        if let known = warnings.firstIndex(where: { $0.code == code }) {
            warnings[known].count += 1
        } else {
            warnings.append(IngestTally.Warning(code: code, message: doubt.message, count: 1, line: line))
        }
    }

    /// The chunk with where the input stands after it.
    func ended(at mark: TextMark) -> IngestChunk {
        var chunk = self
        chunk.mark = mark
        return chunk
    }
}
