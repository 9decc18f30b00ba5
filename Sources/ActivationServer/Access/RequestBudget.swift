import ActivationCore
import Synchronization

/// How many requests a credential may still send now: as many as come in a second, filled up steadily.
struct RequestBudget: Sendable {
    private var left: Double
    private var at: Timestamp

    /// Creates a full one.
    init(perSecond rate: Int, at now: Timestamp) {
        left = Double(rate)
        at = now
    }

    /// Takes one request.
    ///
    /// - Parameters:
    ///   - rate: Requests that come in a second, which is also as many as there are at most.
    ///   - now: The time; a clock that was set back fills nothing.
    /// - Returns: Nil when there was one, else in how many milliseconds there will be.
    mutating func take(perSecond rate: Int, at now: Timestamp) -> Int64? {
        let passed = max(0, Double(now.milliseconds) - Double(at.milliseconds))
        left = min(Double(rate), left + passed * Double(rate) / 1_000)
        at = now
        guard left >= 1 else { return Int64(((1 - left) * 1_000 / Double(rate)).rounded(.up)) }
        left -= 1
        return nil
    }
}

/// The budgets of all credentials that have one; gone when the process ends.
final class RequestBudgets: Sendable {
    private let budgets = Mutex<[String: RequestBudget]>([:])

    /// Takes one request of a credential.
    ///
    /// - Parameters:
    ///   - clientID: The credential.
    ///   - rate: Its requests in a second.
    ///   - now: The time.
    /// - Throws: `RATE_EXCEEDED` with when to try again.
    func take(_ clientID: String, perSecond rate: Int, at now: Timestamp) throws(APIError) {
        let wait = budgets.withLock { budgets in
            budgets[clientID, default: RequestBudget(perSecond: rate, at: now)].take(perSecond: rate, at: now)
        }
        guard let wait else { return }
        throw APIError(
            .rateExceeded,
            "the credential may send \(rate) requests in a second and has; try again in \(wait) ms",
            retryAfterSeconds: Int((wait + 999) / 1_000)
        )
    }
}

extension APIErrorCode {
    static let rateExceeded = APIErrorCode("RATE_EXCEEDED", status: 429, title: "Too many requests in a second")
}
