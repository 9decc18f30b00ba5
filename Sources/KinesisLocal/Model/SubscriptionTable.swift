import Synchronization

/// Which subscription of a consumer to a shard is the current one.
final class SubscriptionTable: Sendable {
    struct Key: Hashable, Sendable {
        /// The consumer's ARN, which no later consumer has.
        var consumer: String
        var shard: Int
    }

    private struct Entry {
        var number: UInt64
        var startedAt: Int64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var count: UInt64 = 0
    }

    private let state = Mutex(State())

    /// Takes a subscription over; nil within five seconds of the one before.
    func start(_ key: Key, now: Int64) -> UInt64? {
        state.withLock { state in
            if let entry = state.entries[key], now - entry.startedAt < LocalLimits.subscriptionPause { return nil }
            // Those that are over are forgotten when the table is long.
            if state.entries.count >= LocalLimits.subscriptionsRemembered {
                state.entries = state.entries.filter { now - $0.value.startedAt < LocalLimits.subscriptionLifetime }
            }
            state.count += 1
            state.entries[key] = Entry(number: state.count, startedAt: now)
            return state.count
        }
    }

    func isCurrent(_ number: UInt64, _ key: Key) -> Bool {
        state.withLock { $0.entries[key]?.number == number }
    }
}
