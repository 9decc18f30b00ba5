/// How large a record the stream takes: 1 MiB, unless its owner has raised that to up to 10 MiB (KINESIS 1.3).
///
/// Asked for when a record is larger than any stream takes by itself. Until there is an answer, and where the key may not ask, the
/// record goes out alone, and the service decides.
struct StreamRecordLimit: Sendable {
    /// What every stream takes.
    static let bytesDefault = 1 << 20

    private var isAsking = false
    private var askAt = MonotonicTime.start
    /// What the stream has last said; forgotten after a minute, for it can be raised.
    private var known: (bytesMax: Int, until: MonotonicTime)?

    /// The largest record in bytes.
    func bytesMax(now: MonotonicTime) -> Int {
        guard let known, now < known.until else { return ProducerLimits.requestBytesMax }
        return min(known.bytesMax, ProducerLimits.requestBytesMax)
    }

    /// Whether to ask, for a record of so many bytes; the question then goes out.
    mutating func shouldAsk(bytes: Int, now: MonotonicTime) -> Bool {
        guard bytes > Self.bytesDefault, !isAsking, now >= askAt else { return false }
        isAsking = true
        return true
    }

    /// The stream's answer; nil if there was none.
    mutating func answered(_ bytesMax: Int?, isDenied: Bool, now: MonotonicTime) {
        isAsking = false
        askAt = now + (isDenied ? ShardQuestions.denialInterval : ShardQuestions.interval)
        known = bytesMax.map { (max($0, Self.bytesDefault), now + ShardQuestions.interval) }
    }
}
