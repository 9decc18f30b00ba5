import ActivationCore
import Synchronization

/// Which dataflows have a relay, which should have one, and who waits for one to end.
///
/// Nothing here waits for a relay but ``ended(_:)``: whoever changes the configuration is answered at once.
final class RelayDirectory: Sendable {
    private struct Entry {
        var isWanted: Bool
        var relay: OutboxRelay?
        /// Survives the relay, so that a pause can be seen after it.
        var lastState: RelayState
        /// A destination that refused everything: another relay begins when it is tried again, or when a person asks for it.
        var trials: RelayTrials?
        /// What the last relay left on its way.
        var hold: RelayHold?
        /// Of the records that relays before this one delivered.
        var delays = DeliveryDelays()
        /// A person asked while the relay was still ending, so its failure counts no more.
        var isSuperseded = false
        var waiters: [CheckedContinuation<Void, Never>] = []

        /// What a relay failed with, or is about to end with, does not hold its successor back.
        mutating func release() {
            trials = nil
            isSuperseded = relay != nil
        }
    }

    private struct State {
        var entries: [Dataflow.ID: Entry] = [:]
        var retirements: [RelayRetirement] = []
        var retiring: [RelayRetirement] = []
        var isStopped = false

        mutating func takeJob(now: Duration) -> Job? {
            if let index = retirements.firstIndex(where: { entries[$0.dataflow]?.relay == nil }) {
                let retirement = retirements.remove(at: index)
                retiring.append(retirement)
                return .retire(retirement)
            }
            return entries.first {
                $0.value.isWanted && $0.value.relay == nil && $0.value.trials.map { $0.at <= now } ?? true
            }
            .map { .start($0.key, $0.value.hold, trial: $0.value.trials?.trouble) }
        }

        /// When the next destination is tried again.
        var nextTrial: Duration? {
            entries.values.filter { $0.isWanted && $0.relay == nil }.compactMap { $0.trials?.at }.min()
        }
    }

    /// What whoever runs the relays has to do next.
    enum Job {
        /// A dataflow needs a relay, which takes over what the last one left on its way; it may be a trial.
        case start(Dataflow.ID, RelayHold?, trial: RelayTrouble?)
        /// A dataflow's relay has ended and its outbox is to be dropped.
        case retire(RelayRetirement)
    }

    private let state = Mutex(State())
    private let changed = Signal()
    private let clock: RelayClock
    private let time: any TimeSource

    /// Creates a directory without dataflows.
    ///
    /// - Parameters:
    ///   - clock: The clock for waiting.
    ///   - time: The time of day.
    init(clock: RelayClock = .system, time: any TimeSource) {
        self.clock = clock
        self.time = time
    }

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
        for relay in stopped { relay.stop(within: .zero) }
        changed.ring()
    }

    /// Ends a dataflow's relay for good; its outbox is dropped then.
    func retire(_ retirement: RelayRetirement) {
        let relay = state.withLock { state -> OutboxRelay? in
            guard !state.isStopped else { return nil }
            state.entries[retirement.dataflow]?.isWanted = false
            state.retirements.append(retirement)
            return state.entries[retirement.dataflow]?.relay
        }
        relay?.stop(within: .zero)
        changed.ring()
    }

    /// The dataflows that have a relay.
    var relayed: [Dataflow.ID] { state.withLock { $0.entries.filter { $0.value.relay != nil }.map(\.key) } }

    /// Tells relays that rows are waiting.
    func wake(_ dataflows: Set<Dataflow.ID>) {
        let relays = state.withLock { state in dataflows.compactMap { state.entries[$0]?.relay } }
        for relay in relays { relay.wake() }
    }

    /// Tells a dataflow's relay, whether it runs, begins or has failed, that its destination changes after a row.
    ///
    /// A relay that begins later opens what is configured by then.
    func bound(_ dataflow: Dataflow.ID, through row: Int64) {
        let relay = state.withLock { state -> OutboxRelay? in
            let relay = state.entries[dataflow]?.relay
            switch relay?.current {
            case nil, .paused: state.entries[dataflow]?.release()
            case .running, .retrying, .disabled: break
            }
            return relay
        }
        relay?.bound(through: row)
        changed.ring()
    }

    /// Ends a relay as soon as nothing is on its way; another one starts in its place.
    func restart(_ dataflow: Dataflow.ID) {
        let relay = state.withLock { state in
            state.entries[dataflow]?.release()
            return state.entries[dataflow]?.relay
        }
        relay?.stop(within: .zero)
        changed.ring()
    }

    /// What a dataflow's relay is doing, or did last.
    func state(of dataflow: Dataflow.ID) -> RelayState {
        state.withLock { state in
            guard let entry = state.entries[dataflow], entry.isWanted else { return .disabled }
            return entry.relay?.current ?? entry.lastState
        }
    }

    /// What is other than was wanted although a dataflow's records leave.
    func notice(of dataflow: Dataflow.ID) -> String? {
        state.withLock { $0.entries[dataflow]?.relay }?.notice
    }

    /// How the records of dataflows leave, as far as they have or had relays.
    var figures: [Dataflow.ID: DeliveryFigures] {
        let entries = state.withLock { $0.entries }
        return entries.mapValues { entry in
            var figures = entry.relay?.figures ?? DeliveryFigures()
            figures.delays += entry.delays
            return figures
        }
    }

    /// What has to be done next; nil when the engine stops.
    func nextJob() async -> Job? {
        while true {
            let now = clock.now()
            let (job, isStopped, trial) = state.withLock { ($0.takeJob(now: now), $0.isStopped, $0.nextTrial) }
            if isStopped { return nil }
            if let job { return job }
            if let trial { await changed.wait(atMost: trial - now, by: clock) } else { await changed.wait() }
        }
    }

    /// A dataflow's outbox was dropped, or will be after the next start.
    func retired(_ retirement: RelayRetirement) {
        state.withLock { state in
            state.retiring.removeAll { $0 === retirement }
            guard let entry = state.entries[retirement.dataflow] else { return }
            if !entry.isWanted, entry.relay == nil, entry.waiters.isEmpty { state.entries[retirement.dataflow] = nil }
        }
    }

    /// Enters a relay; false when it is not needed any more.
    func started(_ relay: OutboxRelay, for dataflow: Dataflow.ID) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.entries[dataflow]?.isWanted == true else { return false }
            state.entries[dataflow]?.relay = relay
            state.entries[dataflow]?.trials = nil
            return true
        }
    }

    /// The run of a dataflow's relay has ended.
    func finished(_ dataflow: Dataflow.ID, in end: RelayState, leaving hold: RelayHold? = nil) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            guard var entry = state.entries[dataflow] else { return [] }
            if let relay = entry.relay { entry.delays += relay.figures.delays }
            entry.relay = nil
            entry.hold = hold
            if entry.isSuperseded {
                entry.isSuperseded = false
                entry.lastState = entry.isWanted ? .running : .disabled
            } else {
                entry.lastState = end
                if case .paused(let trouble) = end {
                    let trials = RelayTrials(after: trouble, now: RelayInstant(elapsed: clock.now(), wall: time.now()))
                    entry.trials = trials
                    entry.lastState = .paused(trials.trouble)
                }
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

    /// Ends all relays for good, each within the engine's deadline.
    ///
    /// - Parameter deadline: How long they may go on sending; nil = as long as is usual.
    func stop(within deadline: Duration? = nil) {
        let (relays, retiring) = state.withLock { state in
            state.isStopped = true
            return (state.entries.values.compactMap(\.relay), state.retiring)
        }
        for relay in relays { relay.stop(within: deadline) }
        for retirement in retiring { retirement.stopping.close() }
        changed.close()
    }
}
