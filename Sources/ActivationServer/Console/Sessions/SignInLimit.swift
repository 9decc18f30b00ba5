import ActivationCore
import Synchronization

/// Slows down who guesses passwords: after five wrong ones an account waits a second, then twice as long each time.
///
/// Senders are slowed down beside it, by ``WrongSecrets``. A session that is signed in is not touched by either.
final class SignInLimit: Sendable {
    private struct Account {
        var failures = 0
        var waitsUntil: Int64 = 0
    }

    private struct State {
        // Two generations bound the memory: what is in neither has not been wrong lately.
        var young: [ByteKey: Account] = [:]
        var old: [ByteKey: Account] = [:]
        var turnedAt: Int64 = 0
    }

    private let state = Mutex(State())
    private let senders = WrongSecrets()

    private static let freeFailures = 5
    private static let longestWait: Int64 = 900_000
    private static let generation: Int64 = 3_600_000
    private static let accountsMax = 10_000

    /// How long to wait before the next password is looked at; nil = not at all.
    func secondsToWait(_ email: String, from sender: SenderNetwork, at now: Timestamp) -> Int? {
        let account = state.withLock { state in
            let key = SignInLimit.key(email)
            let waitsUntil = (state.young[key] ?? state.old[key])?.waitsUntil ?? 0
            // A clock that was set back makes nobody wait longer than ever.
            let wait = min(waitsUntil - now.milliseconds, SignInLimit.longestWait)
            return wait > 0 ? Int((wait + 999) / 1_000) : nil
        }
        return [account, senders.secondsToWait(of: sender, for: email, at: now)].compactMap { $0 }.max()
    }

    /// Notes a wrong password.
    func noteWrong(_ email: String, from sender: SenderNetwork, at now: Timestamp) {
        senders.note(sender, for: email, at: now)
        state.withLock { state in
            let key = SignInLimit.key(email)
            var account = state.young[key] ?? state.old[key] ?? Account()
            account.failures += 1
            let over = account.failures - SignInLimit.freeFailures
            if over >= 0 {
                let wait =
                    over < 20 ? min(Int64(1_000) << Int64(over), SignInLimit.longestWait) : SignInLimit.longestWait
                account.waitsUntil = now.milliseconds + wait
            }
            if abs(now.milliseconds - state.turnedAt) >= SignInLimit.generation
                || state.young.count >= SignInLimit.accountsMax
            {
                state.old = state.young
                state.young = [:]
                state.turnedAt = now.milliseconds
            }
            state.young[key] = account
        }
    }

    /// Notes a right password.
    func noteRight(_ email: String) {
        state.withLock { state in
            state.young[SignInLimit.key(email)] = nil
            state.old[SignInLimit.key(email)] = nil
        }
    }

    /// What is typed can be as long as a request.
    private static func key(_ email: String) -> ByteKey {
        ByteKey(email.excerpt(254))
    }
}
