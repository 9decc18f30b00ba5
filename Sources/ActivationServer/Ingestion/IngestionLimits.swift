/// The bounds of ingestion over HTTP, with their reasons; sizes of single messages are in `Limits`.
enum IngestionLimits {
    /// Lines that go to the engine together: enough to share a commit, few enough to be decided in milliseconds.
    static let batchLinesMax = 500
    /// Bytes that go to the engine together, so that lines of the largest size stay few.
    static let batchBytesMax = 1_048_576
    /// Failures that an answer lists (RULINGS 26); more are only counted.
    static let lineErrorsMax = 1_000
    /// Bytes that are expanded at a time; what one request holds however well its body is compressed.
    static let expandedPieceBytes = 65_536
    /// Bytes that a compressed body may expand to; a bomb of a few megabytes stops here.
    static let expandedBytesMax = 8 << 30
    /// Bodies that are read at the same time; each holds at most two batches.
    static let concurrentBodiesMax = 64
    /// Times that a batch is offered to a busy engine, up to a second apart; below the connection's idle timeout.
    static let attemptsMax = 50
    /// Characters of a dataset's name.
    static let datasetNameCharactersMax = 255
}
