/// How a producer is doing as a whole.
public enum ProducerCondition: Hashable, Sendable {
    /// The stream takes records, or nothing is to be sent.
    case flowing
    /// Nothing gets through now; the producer goes on trying. `attempts` requests in a row have failed.
    case retrying(code: KinesisError.Code, message: String, attempts: Int)
}

/// Tells trouble from single failures: nothing was written for a while although something was tried.
///
/// A failure among successes is not worth a word; one that no success follows within ``patience`` is, and so is silence.
struct ConditionGauge: Sendable {
    /// How long a failure may stay without a success behind it.
    ///
    /// Like ``silenceMin`` under the second within which trouble has to show.
    static let patience = Nanoseconds(.milliseconds(500))
    /// How long no answer may come while requests are on their way, unless the service is known to be slower.
    static let silenceMin = Nanoseconds(.milliseconds(750))

    private struct Sent {
        var request: UInt64
        var at: MonotonicTime
        var isLarge: Bool
    }

    /// What the last answers of requests of a kind say of how long one may take.
    private struct Answers {
        /// When the latest one that was answered was sent.
        var sentAt = MonotonicTime.start
        /// How long that one took.
        var latency = Nanoseconds(count: 0)

        mutating func note(sentAt: MonotonicTime, now: MonotonicTime) {
            guard sentAt >= self.sentAt else { return }
            self.sentAt = sentAt
            latency = now - sentAt
        }

        /// How long one may be without an answer.
        var silenceMax: Nanoseconds { max(ConditionGauge.silenceMin, latency + latency) }
    }

    /// How long after the last request one more goes where those on their way have no answer, unless they are known to be slower.
    private static let scoutAfter = Nanoseconds(.seconds(1))

    private var sent: [Sent] = []
    private var lastSentAt = MonotonicTime.start
    private var lastAnswerAt = MonotonicTime.start
    /// Of all requests: older ones without an answer are lost or large, which says nothing of now.
    private var answers = Answers()
    /// Of large ones, which take their time where the way is narrow, whatever small ones take.
    private var largeAnswers = Answers()
    /// What the last request failed by, if nothing was written since.
    private var failure: KinesisError?
    private var failures = 0
    private var failingSince = MonotonicTime.start
    private var told = ProducerCondition.flowing

    /// Trouble was told, and nothing has got through since, although not for being throttled, as a living service does.
    var isTroubled: Bool {
        if case .retrying(let code, _, _) = told { code != .throughputExceeded } else { false }
    }

    mutating func sent(_ request: UInt64, isLarge: Bool, now: MonotonicTime) {
        sent.append(Sent(request: request, at: now, isLarge: isLarge))
        lastSentAt = now
    }

    /// An answer came; `failure` when it says that nothing was written.
    mutating func answered(_ request: UInt64, sentAt: MonotonicTime, failure: KinesisError?, now: MonotonicTime) {
        lastAnswerAt = now
        answers.note(sentAt: sentAt, now: now)
        if sent.contains(where: { $0.request == request && $0.isLarge }) {
            largeAnswers.note(sentAt: sentAt, now: now)
        }
        end(request, failure, now: now)
    }

    /// A request failed as a whole, with or without an answer.
    mutating func failed(_ request: UInt64, sentAt: MonotonicTime, _ error: KinesisError, now: MonotonicTime) {
        if error.httpStatus == nil {
            end(request, error, now: now)
        } else {
            answered(request, sentAt: sentAt, failure: error, now: now)
        }
    }

    private mutating func end(_ request: UInt64, _ failure: KinesisError?, now: MonotonicTime) {
        sent.removeAll { $0.request == request }
        if let failure {
            if self.failure == nil { failingSince = now }
            self.failure = failure
            failures += 1
        } else {
            self.failure = nil
            failures = 0
        }
    }

    /// The condition, if it is another one than was told last.
    ///
    /// - Parameters:
    ///   - now: The time.
    ///   - isIdle: Nothing is to be sent.
    /// - Returns: The condition, or nil.
    mutating func change(now: MonotonicTime, isIdle: Bool) -> ProducerCondition? {
        if isIdle {
            failure = nil
            failures = 0
        }
        let condition = condition(now: now)
        guard condition != told else { return nil }
        told = condition
        return condition
    }

    /// When the condition changes if nothing else happens; nil once trouble was told.
    var wakeUp: MonotonicTime? {
        guard told == .flowing else { return nil }
        let times = [failure.map { _ in failingSince + Self.patience }, silenceAt]
        return times.compactMap(\.self).min()
    }

    private func condition(now: MonotonicTime) -> ProducerCondition {
        if let failure, told != .flowing || now >= failingSince + Self.patience {
            return .retrying(code: failure.code, message: failure.message, attempts: failures)
        }
        if let silenceAt, now >= silenceAt {
            return .retrying(
                code: .noAnswer,
                message: "requests are on their way and none is answered; the endpoint is down or very slow",
                attempts: failures
            )
        }
        return .flowing
    }

    /// Of all requests on their way none has been answered for too long.
    func isSilent(now: MonotonicTime) -> Bool {
        silenceAt.map { now >= $0 } ?? false
    }

    /// Requests on their way that are probably lost: later ones of their size have been answered, and these not for longer than such
    /// may take.
    func overdue(now: MonotonicTime) -> Int {
        sent.count { request in
            let answers = request.isLarge ? largeAnswers : answers
            return request.at < answers.sentAt && now >= request.at + answers.silenceMax
        }
    }

    /// When one more request may go beside those that take all places and are not answered: its answer tells whether they are lost.
    var scoutAt: MonotonicTime { lastSentAt + max(Self.scoutAfter, largeAnswers.latency + largeAnswers.latency) }

    /// When the silence of all requests on their way becomes trouble.
    var silenceAt: MonotonicTime? {
        guard let oldest = sent.lazy.map(\.at).filter({ $0 >= answers.sentAt }).min() else { return nil }
        return max(oldest, lastAnswerAt) + answers.silenceMax
    }
}
