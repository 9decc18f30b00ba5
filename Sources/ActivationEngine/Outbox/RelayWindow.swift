import Synchronization

/// What one run of a relay has under way: rows with the sink, reports not yet written, and why it must end.
final class RelayWindow: Sendable {
    private struct State {
        var outstanding = 0
        var settlements: [OutboxSettlement] = []
        var failure: RelayState?
        var isFinished = false
        var hasSettled = false
    }

    private let state = Mutex(State())
    private let entered = Signal()

    /// Rows handed over and not yet settled.
    var outstanding: Int { state.withLock { $0.outstanding } }
    /// Why the run must end; the first reason counts, but a fatal one replaces a passing one.
    var failure: RelayState? { state.withLock { $0.failure } }
    /// Whether anything was settled in this run.
    var hasSettled: Bool { state.withLock { $0.hasSettled } }

    func add(_ rows: Int) {
        state.withLock { $0.outstanding += rows }
    }

    func fail(_ reason: RelayState) {
        state.withLock { state in
            switch (state.failure, reason) {
            case (nil, _), (.retrying, .paused): state.failure = reason
            default: break
            }
        }
    }

    /// Hands settlements to the writer.
    func enter(_ settlements: [OutboxSettlement]) {
        guard !settlements.isEmpty else { return }
        state.withLock { $0.settlements.append(contentsOf: settlements) }
        entered.ring()
    }

    /// No more reports will come.
    func finish() {
        state.withLock { $0.isFinished = true }
        entered.close()
    }

    /// Everything that waits to be written; nil when nothing will come any more.
    func nextSettlements() async -> [OutboxSettlement]? {
        while true {
            let (waiting, isFinished) = state.withLock { state in
                defer { state.settlements.removeAll() }
                return (state.settlements, state.isFinished)
            }
            if !waiting.isEmpty { return waiting }
            if isFinished { return nil }
            await entered.wait()
        }
    }

    func settled(_ rows: Int) {
        state.withLock { state in
            state.outstanding -= rows
            state.hasSettled = true
        }
    }
}
