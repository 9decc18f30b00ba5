/// When a producer asks which shards its stream has.
///
/// One question at a time: at the start, every minute or so, and when there are signs that shards are others than was thought. An
/// answer that changes nothing makes further signs wait longer, so that a sign that means nothing is not followed for ever.
struct ShardQuestions: Sendable {
    /// Without any sign.
    static let interval = Nanoseconds(.seconds(60))
    /// After the service has said that the key may not ask: a person may have allowed it meanwhile.
    static let denialInterval = Nanoseconds(.seconds(900))
    /// Between two questions at least.
    static let pauseMin = Nanoseconds(.seconds(1))

    private var isAsking = false
    private var hasSign = true
    private var pause = ShardQuestions.pauseMin
    /// A sign is not followed before.
    private var signAt = MonotonicTime.start
    private var regularAt = MonotonicTime.start

    /// When the next question is due; nil while one is on its way.
    var dueAt: MonotonicTime? {
        if isAsking { nil } else { hasSign ? signAt : regularAt }
    }

    /// Something shows that the shards are others, or may be.
    mutating func noteSign() {
        hasSign = true
    }

    /// The question goes out.
    mutating func asked() {
        isAsking = true
        hasSign = false
    }

    /// An answer came, or none.
    ///
    /// - Parameters:
    ///   - isNews: The shards are others than was thought.
    ///   - backoff: Spreads the questions of many producers.
    ///   - now: The time.
    mutating func answered(isNews: Bool, backoff: inout Backoff, now: MonotonicTime) {
        pause = isNews ? Self.pauseMin : min(pause + pause, Self.interval)
        ended(signAfter: pause, regularAfter: backoff.spread(Self.interval), now: now)
    }

    /// The key may not ask.
    mutating func denied(backoff: inout Backoff, now: MonotonicTime) {
        let interval = backoff.spread(Self.denialInterval)
        ended(signAfter: interval, regularAfter: interval, now: now)
    }

    private mutating func ended(signAfter: Nanoseconds, regularAfter: Nanoseconds, now: MonotonicTime) {
        isAsking = false
        signAt = now + signAfter
        regularAt = now + regularAfter
    }
}
