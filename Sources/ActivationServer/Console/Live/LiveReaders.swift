import Synchronization

/// How many pages are sent news at once, so that nobody keeps others from it.
final class LiveReaders: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    /// At once in one session.
    static let sessionMax = 4
    /// At once on the server.
    static let serverMax = 200

    /// Takes a place; false when there is none.
    func enter(_ session: String) -> Bool {
        counts.withLock { counts in
            guard counts[session, default: 0] < Self.sessionMax,
                counts.values.reduce(0, +) < Self.serverMax
            else { return false }
            counts[session, default: 0] += 1
            return true
        }
    }

    /// Gives it back.
    func leave(_ session: String) {
        counts.withLock { counts in
            guard let count = counts[session] else { return }
            counts[session] = count > 1 ? count - 1 : nil
        }
    }
}
