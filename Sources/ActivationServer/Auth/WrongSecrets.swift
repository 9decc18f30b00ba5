import ActivationCore
import Synchronization

/// Counts wrong secrets, so that nobody tries many of them.
///
/// A sender may be wrong ten times, and then once in six seconds. A client id may be tried wrongly by all senders together
/// sixty times, and then once in a second; beyond that, senders that were wrong within the last minute wait and others are still let in, so
/// that nobody can lock a client out from elsewhere.
final class WrongSecrets: Sendable {
    private struct State {
        var senders = Debts<SenderNetwork>(interval: 6_000)
        var clients = Debts<ByteKey>(interval: 1_000)
    }

    private let state = Mutex(State())

    /// How long a sender has to wait before its next attempt is looked at; nil = not at all.
    func secondsToWait(of sender: SenderNetwork, for clientID: String, at now: Timestamp) -> Int? {
        state.withLock { state in
            if let wait = state.senders.excess(of: sender, at: now) { return wait }
            guard state.senders.wasWrongLately(sender, at: now) else { return nil }
            return state.clients.excess(of: WrongSecrets.key(clientID), at: now)
        }
    }

    /// Notes a wrong secret.
    func note(_ sender: SenderNetwork, for clientID: String, at now: Timestamp) {
        state.withLock { state in
            state.senders.add(sender, at: now)
            state.clients.add(WrongSecrets.key(clientID), at: now)
        }
    }

    /// Client ids that were never given out can be as long as a request.
    private static func key(_ clientID: String) -> ByteKey {
        ByteKey(clientID.excerpt(64))
    }
}

/// What each key still owes for its faults: every fault costs an interval, and time pays.
///
/// Two generations bound the memory: what is in neither has been paid, or too many others came since.
private struct Debts<Key: Hashable & Sendable>: Sendable {
    /// Milliseconds that a fault costs.
    let interval: Int64
    private var young: [Key: Debt] = [:]
    private var old: [Key: Debt] = [:]
    private var turnedAt: Int64 = 0

    private struct Debt: Sendable {
        /// When it is paid.
        var due: Int64
        /// When the last fault was.
        var last: Int64
    }

    init(interval: Int64) {
        self.interval = interval
    }

    /// Milliseconds that a key may owe.
    private static var window: Int64 { 60_000 }
    /// Keys of a generation.
    private static var keysMax: Int { 10_000 }

    /// Whether a key's last fault was within the last minute, paid or not.
    func wasWrongLately(_ key: Key, at now: Timestamp) -> Bool {
        guard let last = (young[key] ?? old[key])?.last else { return false }
        return abs(now.milliseconds - last) < Debts.window
    }

    /// Seconds until a key may commit another fault, rounded up; nil = it may now.
    func excess(of key: Key, at now: Timestamp) -> Int? {
        let excess = debt(of: key, at: now) + interval - Debts.window
        return excess > 0 ? Int((excess + 999) / 1_000) : nil
    }

    /// Adds a fault.
    mutating func add(_ key: Key, at now: Timestamp) {
        let debt = debt(of: key, at: now)
        let isPast = now.milliseconds < turnedAt || now.milliseconds - turnedAt >= Debts.window
        if isPast || young.count >= Debts.keysMax {
            old = young
            young = [:]
            turnedAt = now.milliseconds
        }
        young[key] = Debt(due: now.milliseconds + debt + interval, last: now.milliseconds)
    }

    /// Milliseconds; never more than the window, even when the clock was set back.
    private func debt(of key: Key, at now: Timestamp) -> Int64 {
        let due = (young[key] ?? old[key])?.due ?? 0
        return min(max(due - now.milliseconds, 0), Debts.window)
    }
}
