import Synchronization

/// Whether a client is still there: somebody who works for it for long asks, and ends early when it is not.
///
/// A client that has closed its side of the connection may have gone, or may wait for its answer; it gets what there is.
final class ClientPresence: Sendable {
    private struct State {
        var hasGone = false
        var waiting: [Int: AsyncStream<Void>.Continuation] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    /// Whether nothing comes from the client any more.
    var hasGone: Bool { state.withLock { $0.hasGone } }

    /// Notes that nothing comes from the client any more.
    func end() {
        let waiting = state.withLock { state in
            state.hasGone = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.finish() }
    }

    /// Waits until nothing comes from the client any more, or the task is cancelled.
    func untilGone() async {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        let place = state.withLock { state -> Int? in
            guard !state.hasGone else { return nil }
            state.next += 1
            state.waiting[state.next] = continuation
            return state.next
        }
        guard let place else { return }
        for await _ in stream {}
        _ = state.withLock { $0.waiting.removeValue(forKey: place) }
    }
}

extension ClientPresence {
    /// The client of the present request; nil when it came over no connection.
    @TaskLocal static var current: ClientPresence?

    /// Works for the client of the present request, and cancels the work when it has gone.
    ///
    /// - Parameter work: Heeds cancellation, and returns what there is then.
    /// - Returns: What the work returned.
    static func whileThere<Value: Sendable>(_ work: @escaping @Sendable () async -> Value) async -> Value {
        guard let presence = current else { return await work() }
        return await withTaskGroup(of: Value?.self) { group in
            group.addTask { await work() }
            group.addTask {
                await presence.untilGone()
                return nil
            }
            var value: Value?
            // Whoever is first ends the other.
            while value == nil, let next = await group.next() {
                value = next
                group.cancelAll()
            }
            if let value { return value }
            return await work()
        }
    }
}
