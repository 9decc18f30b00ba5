import ActivationCore
import ActivationEngine
import NIOCore

/// How far the lines of one body have come; decides what is done next, and does nothing itself.
struct LineUpload {
    /// What can happen.
    enum Event: Sendable {
        /// A piece of the body came, or its end (nil).
        case piece(Result<ByteBuffer?, any Error>)
        /// The engine has answered.
        case stored(StoredBatch)
        /// The time has passed after which lines no longer wait for others.
        case quiet
        /// The time has passed in which a line must come to its end.
        case overdue
        /// The server is going down.
        case stopping
    }

    /// A batch and the engine's answer.
    struct StoredBatch: Sendable {
        var batch: LineBatch
        var results: Result<[DecisionResult], EngineError>
    }

    /// What has become of the lines so far.
    private(set) var report = LineReport()
    /// Whether the lines that it holds are counted.
    var hasPermit = false
    /// Whether a batch is with the engine.
    private(set) var isStoring = false

    private let reader: LineReader
    private var splitter: LineSplitter
    private var batch = LineBatch()
    private var isReading = false
    private var isEnded = false
    /// Whether a timer is running that ends in ``Event/quiet``, and whether something came since it began.
    private var isTiming = false
    private var cameSinceTimer = false
    /// Whether the sender has been quiet since the last piece.
    private var isQuiet = false
    /// Timers that ended since a batch was taken, although something came.
    private var busyTimers = 0
    /// Whether a line came to its end since somebody last looked, or we kept the sender from sending one.
    private var hasProgress = true

    /// Creates an upload of which nothing has come.
    init(reader: LineReader) {
        self.reader = reader
        splitter = LineSplitter(lineBytesMax: reader.kind.lineBytesMax)
    }

    /// Whether no line is in memory but one that has begun.
    var holdsNothing: Bool { batch.isEmpty && !isStoring }

    /// Whether all is read and stored.
    var isDone: Bool { isEnded && holdsNothing }

    /// Whether lines have waited long enough for others.
    private var isDue: Bool { isQuiet || busyTimers >= IngestionLimits.busyTimersMax }

    /// Takes out the lines that should go to the engine now.
    ///
    /// - Parameter isUrgent: Whether others wait for the room that they take.
    /// - Returns: The lines; nil when there are none or they wait for others.
    mutating func takeBatch(isUrgent: Bool) -> LineBatch? {
        guard !isStoring, !batch.isEmpty, batch.isFull || isDue || isEnded || isUrgent else { return nil }
        isStoring = true
        isQuiet = false
        busyTimers = 0
        defer { batch = LineBatch() }
        return batch
    }

    /// Decides whether to read on.
    ///
    /// - Parameter isContended: Whether others wait for the room that the next lines would take.
    /// - Returns: Whether to; then a read is expected to have begun.
    mutating func takeRead(isContended: Bool) -> Bool {
        guard !isReading, !isEnded, !isStoring || !batch.isFull && !isContended else { return false }
        isReading = true
        return true
    }

    /// Whether a timer is to be started that tells when the sender is quiet; then it is expected to have begun.
    mutating func takeQuietTimer() -> Bool {
        guard !isTiming, !batch.isEmpty, !isDue else { return false }
        isTiming = true
        cameSinceTimer = false
        return true
    }

    /// Takes the next piece of the body, nil at its end.
    mutating func append(_ piece: ByteBuffer?) {
        isReading = false
        cameSinceTimer = true
        isQuiet = false
        let line = splitter.lineNumber
        if let piece {
            splitter.append(piece) { reader.read($1, number: $0, into: &batch) }
        } else {
            isEnded = true
            splitter.finish { reader.read($1, number: $0, into: &batch) }
        }
        if splitter.lineNumber > line { hasProgress = true }
    }

    /// Takes note that the timer has ended.
    mutating func beQuiet() {
        isTiming = false
        isQuiet = !cameSinceTimer
        if cameSinceTimer, !batch.isEmpty { busyTimers += 1 }
    }

    /// Enters the engine's answer in the report.
    mutating func settle(_ stored: StoredBatch) throws(EngineError) {
        isStoring = false
        hasProgress = true
        stored.batch.settle(try stored.results.get(), in: &report)
    }

    /// Looks whether the sender gets on.
    ///
    /// - Throws: `BODY_TOO_SLOW` when no line has come to its end since the last call and we were not the reason.
    mutating func checkProgress() throws(APIError) {
        guard hasProgress || !isReading else {
            throw APIError(
                .bodyTooSlow,
                "no line came to its end within \(IngestionLimits.lineTime.components.seconds) seconds; a sender with "
                    + "nothing to say ends the body, or sends an empty line now and then"
            )
        }
        hasProgress = false
    }
}

extension LineSplitter {
    /// Takes the next bytes of a body.
    mutating func append(_ piece: ByteBuffer, _ report: (Int, Line) -> Void) {
        piece.readableBytesView.withUnsafeBytes { bytes in
            append(bytes.assumingMemoryBound(to: UInt8.self), report)
        }
    }
}
