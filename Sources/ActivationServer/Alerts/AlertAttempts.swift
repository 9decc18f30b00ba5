import ActivationCore
import ActivationEngine

/// How far telling something by one channel has come.
///
/// After a failure it is tried again, at first after five seconds and then after ever longer, until a day after it was called
/// for.
struct AlertAttempts: Sendable, Equatable {
    /// How it stands.
    enum State: String, Sendable, CaseIterable {
        /// It is tried now, or again later.
        case waiting
        /// It was taken.
        case delivered
        /// It was tried for a day, or the channel is gone.
        case givenUp
    }

    /// What came of an attempt.
    enum Outcome: Sendable, Equatable {
        case delivered(String)
        case failed(String)
        /// There is no such channel any more.
        case gone(String)
    }

    var notice: AlertNotice
    var state = State.waiting
    var count = 0
    var lastAt: Timestamp?
    /// What the last attempt came to, without anything that the other end wrote in its own words.
    var lastAnswer: String?

    /// For how long it is tried.
    static let time = Duration.seconds(86_400)
    /// The first pause; each is twice the one before.
    static let pauseFirst = Duration.seconds(5)
    /// The longest pause.
    static let pauseMax = Duration.seconds(900)

    /// Takes an attempt into account.
    ///
    /// - Parameters:
    ///   - outcome: What came of it.
    ///   - start: When it was called for.
    ///   - now: When.
    /// - Returns: When it is tried next; nil = it is over.
    mutating func note(_ outcome: Outcome, since start: Timestamp, at now: Timestamp) -> Timestamp? {
        count += 1
        lastAt = now
        switch outcome {
        case .delivered(let answer):
            (state, lastAnswer) = (.delivered, answer)
            return nil
        case .gone(let reason):
            (state, lastAnswer) = (.givenUp, reason)
            return nil
        case .failed(let answer):
            lastAnswer = answer
            let pause = AlertAttempts.pause(after: count)
            guard start.duration(to: now) + pause <= AlertAttempts.time else {
                state = .givenUp
                return nil
            }
            return Timestamp(milliseconds: now.milliseconds &+ Int64(pause / .milliseconds(1)))
        }
    }

    /// How long it rests after so many failures.
    static func pause(after failures: Int) -> Duration {
        min(pauseFirst * (1 << min(max(failures - 1, 0), 20)), pauseMax)
    }
}

extension AlertAttempts {
    /// The stored form.
    var body: [UInt8] {
        var object: JSONObject = [
            "notice": .object(notice.stored), "state": .string(state.rawValue), "count": .integer(Int64(count)),
        ]
        object["lastAt"] = lastAt.map { .integer($0.milliseconds) }
        object["lastAnswer"] = lastAnswer.map { .string($0) }
        return Array(JSONValue.object(object).text.utf8)
    }

    /// Reads the stored form; nil when it is none.
    init?(_ body: [UInt8]) {
        guard let json = try? JSONValue(parsing: body), let notice = json["notice"].flatMap(AlertNotice.init),
            let state = json["state"]?.string.flatMap({ State(rawValue: $0) })
        else { return nil }
        self.init(
            notice: notice,
            state: state,
            count: json["count"]?.int64.flatMap { Int(exactly: $0) } ?? 0,
            lastAt: json["lastAt"]?.int64.map { Timestamp(milliseconds: $0) },
            lastAnswer: json["lastAnswer"]?.string
        )
    }
}
