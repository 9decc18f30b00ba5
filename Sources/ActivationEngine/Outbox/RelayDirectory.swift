import ActivationCore
import Synchronization

/// Which dataflows have a relay, which should have one, and who waits for one to end.
final class RelayDirectory: Sendable {
    private struct Entry {
        var isWanted: Bool
        var relay: OutboxRelay?
        /// Survives the relay, so that a pause can be seen after it.
        var lastState: RelayState
        /// A relay that failed for good is not started again until a person asks for it.
        var isHeld = false
        /// A person asked while the relay was still ending, so its failure counts no more.
        var isSuperseded = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        /// What a relay failed with, or is about to end with, does not hold its successor back.
        mutating func release() {
            isHeld = false
            isSuperseded = relay != nil
        }
    }

    private struct State {
        var entries: [Dataflow.ID: Entry] = [:]
        var isStopped = false
    }

    private let state = Mutex(State())
    private let changed = Signal()

    /// Makes the relays match the catalog: enabled dataflows have one, others do not.
    func update(_ dataflows: [Dataflow]) {
        let stopped = state.withLock { state -> [OutboxRelay] in
            let enabled = Set(dataflows.filter(\.isEnabled).map(\.id))
            for id in Set(dataflows.map(\.id)).union(state.entries.keys) {
                var entry = state.entries[id] ?? Entry(isWanted: false, lastState: .disabled)
                if entry.isWanted != enabled.contains(id) {
                    entry.isWanted = enabled.contains(id)
                    entry.release()
                    entry.lastState = entry.isWanted ? .running : .disabled
                }
                state.entries[id] = entry
            }
            return state.entries.values.filter { !$0.isWanted }.compactMap(\.relay)
        }
        for relay in stopped { relay.stop() }
        changed.ring()
    }

    /// Tells relays that rows are waiting.
    func wake(_ dataflows: Set<Dataflow.ID>) {
        let relays = state.withLock { state in dataflows.compactMap { state.entries[$0]?.relay } }
        for relay in relays { relay.wake() }
    }

    /// Ends a relay; another one starts in its place.
    func restart(_ dataflow: Dataflow.ID) {
        let relay = state.withLock { state in
            state.entries[dataflow]?.release()
            return state.entries[dataflow]?.relay
        }
        relay?.stop()
        changed.ring()
    }

    /// What a dataflow's relay is doing, or did last.
    func state(of dataflow: Dataflow.ID) -> RelayState {
        state.withLock { state in
            guard let entry = state.entries[dataflow], entry.isWanted else { return .disabled }
            return entry.relay?.current ?? entry.lastState
        }
    }

    /// The next dataflow that needs a relay; nil when the engine stops.
    func nextToStart() async -> Dataflow.ID? {
        while true {
            let (next, isStopped) = state.withLock { state in
                let next = state.entries.first { $0.value.isWanted && $0.value.relay == nil && !$0.value.isHeld }
                return (next?.key, state.isStopped)
            }
            if isStopped { return nil }
            if let next { return next }
            await changed.wait()
        }
    }

    /// Enters a relay; false when it is not needed any more.
    func started(_ relay: OutboxRelay, for dataflow: Dataflow.ID) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.entries[dataflow]?.isWanted == true else { return false }
            state.entries[dataflow]?.relay = relay
            return true
        }
    }

    /// The run of a dataflow's relay has ended.
    func finished(_ dataflow: Dataflow.ID, in end: RelayState) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard var entry = state.entries[dataflow] else { return [] }
            entry.relay = nil
            if entry.isSuperseded {
                entry.isSuperseded = false
                entry.lastState = entry.isWanted ? .running : .disabled
            } else {
                entry.lastState = end
                if case .paused = end { entry.isHeld = true }
            }
            let waiters = entry.waiters
            entry.waiters = []
            state.entries[dataflow] = entry
            return waiters
        }
        for waiter in waiters { waiter.resume() }
        changed.ring()
    }

    /// Returns when a dataflow that should have no relay has none.
    func ended(_ dataflow: Dataflow.ID) async {
        await withCheckedContinuation { continuation in
            let isEnded = state.withLock { state in
                guard state.entries[dataflow]?.relay != nil else { return true }
                state.entries[dataflow]?.waiters.append(continuation)
                return false
            }
            if isEnded { continuation.resume() }
        }
    }

    /// Ends all relays for good.
    func stop() {
        let relays = state.withLock { state in
            state.isStopped = true
            return state.entries.values.compactMap(\.relay)
        }
        for relay in relays { relay.stop() }
        changed.close()
    }
}
