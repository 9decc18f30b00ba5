import Synchronization

/// Lets so many rehearsals look at profiles at the same time.
public final class RehearsalDesk: Sendable {
    let limits: RehearsalLimits
    private let running = Mutex(0)

    init(limits: RehearsalLimits = RehearsalLimits()) {
        self.limits = limits
    }

    /// Takes a place for a rehearsal while it lasts.
    ///
    /// - Throws: `OVERLOADED` when all places are taken, or what the rehearsal threw.
    func perform<Result: Sendable>(
        _ rehearse: () async throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        let isTaken = running.withLock { running in
            guard running < limits.runningMax else { return false }
            running += 1
            return true
        }
        guard isTaken else {
            throw APIError(
                .overloaded,
                "\(limits.runningMax) rehearsals are under way, as many as may; retry in a moment",
                retryAfterSeconds: 5
            )
        }
        defer { running.withLock { $0 -= 1 } }
        return try await rehearse()
    }
}
