/// Some lines on their way to the server, and where the input stands after them.
struct IngestChunk {
    /// A line that was not accepted.
    struct Refusal: Equatable {
        /// The line in the input, from 1.
        var line: Int64
        var code: String
        var message: String
    }

    /// NDJSON.
    var body: [UInt8] = []
    /// The input line of each line of the body.
    var lines: [Int64] = []
    /// Lines that were not worth sending.
    var refusals: [Refusal] = []
    /// Bytes of the input behind the chunk.
    var offset: Int64 = 0
    /// Lines of the input behind the chunk.
    var line: Int64 = 0
    /// Rows of a CSV input behind the chunk.
    var row: Int64 = 0
    /// SHA-256 of those bytes.
    var digest = ""

    /// Lines of one request.
    static let linesMax = 1_000
    /// Bytes of one request.
    static let bytesMax = 1 << 20
    /// Bytes of one line; far above what the server takes, so that it is the server that says what it takes.
    static let lineBytesMax = bytesMax - 1

    /// Whether another line of so many bytes fits.
    func hasRoom(for count: Int) -> Bool {
        lines.isEmpty || (lines.count < IngestChunk.linesMax && body.count + count < IngestChunk.bytesMax)
    }

    /// Adds a line.
    mutating func append(_ content: some Collection<UInt8>, line: Int64) {
        body.append(contentsOf: content)
        body.append(UInt8(ascii: "\n"))
        lines.append(line)
    }
}
