import Synchronization

/// Bounds how many bodies are read at the same time (I8).
final class BodyPermits: Sendable {
    private let most: Int
    private let taken = Mutex(0)

    /// Creates permits for so many bodies.
    init(_ most: Int) {
        self.most = most
    }

    /// Runs the work while holding a permit; nil when none is left.
    func hold<Result>(_ work: () async throws -> Result) async rethrows -> Result? {
        let isFree = taken.withLock { taken in
            guard taken < most else { return false }
            taken += 1
            return true
        }
        guard isFree else { return nil }
        defer { taken.withLock { $0 -= 1 } }
        return try await work()
    }
}
