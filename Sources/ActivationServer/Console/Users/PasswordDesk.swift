import ActivationCore
import Dispatch
import Synchronization

/// Where passwords are hashed: two at a time, off the event loops, and a few that wait; more are turned away.
final class PasswordDesk: Sendable {
    private struct State {
        var running = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let cost: PasswordCost
    private let state = Mutex(State())
    /// Compared with when nobody has the e-mail address, so that it takes as long as when somebody has.
    private let stranger: PasswordHash

    private static let runningMax = 2
    private static let waitingMax = 16

    init(cost: PasswordCost) {
        self.cost = cost
        stranger = .ofNobody(cost: cost)
    }

    /// Hashes a new password.
    ///
    /// - Throws: `OVERLOADED` when too many wait.
    func hash(_ password: String) async throws(APIError) -> PasswordHash {
        let cost = cost
        let outcome = try await work { () -> Result<PasswordHash, APIError> in
            do throws(APIError) {
                return .success(try PasswordHash(of: password, cost: cost))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// Whether a password is a user's; nil = there is no user, which takes as long to find out.
    ///
    /// - Throws: `OVERLOADED` when too many wait.
    func isPassword(_ password: String, of user: ConsoleUser?) async throws(APIError) -> Bool {
        let hash = user?.password ?? stranger
        let isEqual = try await work { hash.matches(password) }
        return isEqual && user != nil
    }

    /// Whether a user's hash costs less than new ones.
    func isOutdated(_ hash: PasswordHash) -> Bool { hash.cost != cost }

    private func work<Value: Sendable>(_ job: @escaping @Sendable () -> Value) async throws(APIError) -> Value {
        try await enter()
        defer { leave() }
        return await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: job()) }
        }
    }

    private func enter() async throws(APIError) {
        let isTurnedAway = state.withLock { state in
            state.running >= PasswordDesk.runningMax && state.waiting.count >= PasswordDesk.waitingMax
        }
        guard !isTurnedAway else {
            throw APIError(
                .overloaded,
                "too many passwords are being checked; try again in a second",
                retryAfterSeconds: 1
            )
        }
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                guard state.running >= PasswordDesk.runningMax else {
                    state.running += 1
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    /// The place goes to the one who waits longest, or becomes free.
    private func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard !state.waiting.isEmpty else {
                state.running -= 1
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
