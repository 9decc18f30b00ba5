/// The bounds of ingestion over HTTP, with their reasons; sizes of single messages are in `Limits`.
enum IngestionLimits {
    /// Lines that go to the engine together: enough to share a commit, few enough to be decided in milliseconds.
    static let batchLinesMax = 500
    /// Bytes that go to the engine together, so that lines of the largest size stay few.
    static let batchBytesMax = 1_048_576
    /// Failures that an answer lists (BEHAVIOUR 6.5); more are only counted.
    static let lineErrorsMax = 1_000
    /// Bytes that are expanded at a time; what one request holds however well its body is compressed.
    static let expandedPieceBytes = 65_536
    /// Bytes that a compressed body may expand to; a bomb of a few megabytes stops here.
    static let expandedBytesMax = 8 << 30
    /// Bodies that hold lines at the same time; each holds at most two batches.
    static let concurrentBodiesMax = 64
    /// How long a new body waits for its turn to hold lines before it is 429; the others give theirs up at every batch.
    static let firstPermitTime: Duration = .seconds(5)
    /// How long a body waits for its turn of which lines are stored; refusing it would cost more than the wait.
    static let nextPermitTime: Duration = .seconds(50)
    /// How long lines wait for others to share a commit with; far below what a sender would notice.
    static let quietTime: Duration = .milliseconds(5)
    /// Quiet times after which lines go although others still come, so that a sender with many pauses, all of them
    /// short, does not keep the first of them waiting.
    static let busyTimersMax = 4
    /// In which time a line must come to its end, so that a sender that drips bytes does not stay for ever.
    static let lineTime: Duration = .seconds(60)
    /// Times that a batch is offered to a busy engine, up to a second apart; about as long as a client would wait.
    static let attemptsMax = 50
    /// Characters of a dataset's name.
    static let datasetNameCharactersMax = 255
}
