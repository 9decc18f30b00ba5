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
    }

    private var sent: [Sent] = []
    private var lastAnswerAt = MonotonicTime.start
    /// When the latest request that was answered was sent; older ones without an answer are lost, which says nothing of now.
    private var lastAnsweredSentAt = MonotonicTime.start
    private var lastLatency = Nanoseconds(count: 0)
    /// What the last request failed by, if nothing was written since.
    private var failure: KinesisError?
    private var failures = 0
    private var failingSince = MonotonicTime.start
    private var told = ProducerCondition.flowing

    /// Trouble was told, and nothing has got through since, although not for being throttled, as a living service does.
    var isTroubled: Bool {
        if case .retrying(let code, _, _) = told { code != .throughputExceeded } else { false }
    }

    mutating func sent(_ request: UInt64, now: MonotonicTime) {
        sent.append(Sent(request: request, at: now))
    }

    /// An answer came; `failure` when it says that nothing was written.
    mutating func answered(_ request: UInt64, sentAt: MonotonicTime, failure: KinesisError?, now: MonotonicTime) {
        lastAnswerAt = now
        lastAnsweredSentAt = max(lastAnsweredSentAt, sentAt)
        lastLatency = now - sentAt
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

    /// Requests on their way that are probably lost: later ones have been answered, and these not for longer than such silence may be.
    func overdue(now: MonotonicTime) -> Int {
        sent.lazy.prefix { $0.at < lastAnsweredSentAt && now >= $0.at + silenceMax }.count
    }

    private var silenceMax: Nanoseconds { max(Self.silenceMin, lastLatency + lastLatency) }

    /// When the silence of all requests on their way becomes trouble.
    private var silenceAt: MonotonicTime? {
        guard let oldest = sent.lazy.map(\.at).filter({ $0 >= lastAnsweredSentAt }).min() else { return nil }
        return max(oldest, lastAnswerAt) + silenceMax
    }
}
