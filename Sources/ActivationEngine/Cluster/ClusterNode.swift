import ActivationCore
public import Logging
import Synchronization

/// One of the nodes that use a store: says that it is there, and leads when no other does (docs/decisions/0077).
///
/// Whoever has the lease of lane 0 leads: it keeps the configuration, and relays. The others follow, or stand by.
///
/// May be used by many at a time.
public final class ClusterNode: Sendable {
    /// The lane whose lease says who leads.
    static let lane: Int16 = 0

    private struct State {
        var ownership: LaneOwnership
        /// What is known of whoever led before this node did; nil = it does not lead.
        var lead: Former?
        /// Why the node can lead no more.
        var end: StorageError?
        var isLeaving = false
        /// Whether the store answered the last beat.
        var isHeard = true
        /// Whether this machine's clock and the database's differ by more than they should.
        var isClockOff = false
        /// Stores from which something may be on its way.
        var busy: Set<String> = []
    }

    /// Who had the lease before.
    private enum Former {
        /// Nobody, as far as is known.
        case nobody
        /// A node that gave it back, since nothing was on its way any more.
        case resting
        /// A node that did not give it back, with the latest at which it may have begun a beat that was heard; be it this one in
        /// another life, or in this one when the answer was lost by which it took it from yet another.
        case somebody(heard: ContinuousClock.Instant)
    }

    /// Its number; above 0, and no other node has it.
    public var number: Int16 { membership.node }

    private let membership: any Membership
    private let timing: LaneTiming
    private let time: (any TimeSource)?
    private let logger: Logger
    private let state: Mutex<State>
    private let changed = Signal()
    private let beating = Mutex<Task<Void, Never>?>(nil)

    /// Creates a node that says nothing before ``start()``.
    ///
    /// - Parameters:
    ///   - membership: Where nodes say that they are there.
    ///   - timing: The times, the same on all nodes.
    ///   - time: The machine's clock, which is held against the database's; nil = it is not.
    ///   - logger: The log.
    public init(
        membership: any Membership,
        timing: LaneTiming = LaneTiming(),
        time: (any TimeSource)? = nil,
        logger: Logger
    ) {
        self.membership = membership
        self.timing = timing
        self.time = time
        var logger = logger
        logger[metadataKey: "node"] = "\(membership.node)"
        self.logger = logger
        state = Mutex(State(ownership: LaneOwnership(node: membership.node, timing: timing, sharing: .staying)))
    }

    deinit {
        beating.withLock { $0 }?.cancel()
    }

    // MARK: Beats

    /// Says that the node is there, once now and then every ``LaneTiming/beatInterval``, until ``leave()``.
    public func start() async {
        await beat()
        let interval = timing.beatInterval
        let task = Task { [weak self] in
            while (try? await Task.sleep(for: interval, clock: .continuous)) != nil, let self { await self.beat() }
        }
        beating.withLock { $0 = task }
    }

    /// Says once that the node is there, and does what follows from the answer.
    ///
    /// - Parameter now: The clock, which nobody sets.
    package func beat(now: @Sendable () -> ContinuousClock.Instant = { .now }) async {
        let begun = now()
        do throws(StorageError) {
            let view = try await membership.beat(isLeaving: state.withLock { $0.isLeaving })
            let answered = now()
            let steps = heard(view, begun, answered)
            compareClocks(view.instant, asked: answered - begun)
            // Whoever is on its way out, or was replaced, has no use for one.
            guard !steps.take.isEmpty, !state.withLock({ $0.isLeaving || $0.end != nil }) else { return }
            for lease in try await membership.take(steps.take) {
                guard let taking = steps.take.first(where: { $0.seen.lane == lease.lane }) else { continue }
                took(lease, as: taking, at: now())
            }
        } catch {
            failed(error)
        }
    }

    private func heard(
        _ view: ClusterView,
        _ begun: ContinuousClock.Instant,
        _ now: ContinuousClock.Instant
    ) -> LaneOwnership.Steps {
        let (steps, isBack) = state.withLock { state in
            defer { state.isHeard = true }
            return (state.ownership.beat(begun: begun, at: now, view), !state.isHeard)
        }
        if isBack { logger.notice("The database answers again") }
        if steps.lost.contains(where: { $0.lane == Self.lane }) {
            end(StorageError(.fenced, "another node leads: this one was not heard by the database for too long"))
        }
        return steps
    }

    /// Says when the clocks of nodes may be too far apart: each by the database's, which all of them ask.
    private func compareClocks(_ instant: Timestamp?, asked: Duration) {
        // An answer that took long says little of now.
        guard let instant, let time, asked < Self.clockDifferenceMax / 2 else { return }
        let difference = instant.duration(to: time.now())
        let isOff = difference > Self.clockDifferenceMax || difference < .zero - Self.clockDifferenceMax
        guard state.withLock({ exchange(&$0.isClockOff, with: isOff) }) != isOff else { return }
        if isOff {
            logger.warning(
                "This machine's clock and the database's differ; nodes' clocks must agree within ten seconds",
                metadata: ["clock.ahead": "\(difference)"]
            )
        } else {
            logger.notice("This machine's clock and the database's agree again")
        }
    }

    /// Whether the database heard the last beat.
    public var isHeard: Bool { state.withLock { $0.isHeard } }

    /// Whether this machine's clock and the database's differ by more than they should, as of the last beat.
    package var isClockOff: Bool { state.withLock { $0.isClockOff } }

    /// What a time service keeps clocks well within.
    private static let clockDifferenceMax = Duration.seconds(1)

    private func took(_ lease: LaneLease, as taking: LaneOwnership.Taking, at now: ContinuousClock.Instant) {
        let isNew = state.withLock { state in
            guard state.ownership.took(lease, as: taking, at: now), lease.lane == Self.lane else { return false }
            state.lead = taking.heard.map { .somebody(heard: $0) } ?? (taking.seen.epoch > 0 ? .resting : .nobody)
            return true
        }
        guard isNew else { return }
        logger.notice("This node leads", metadata: ["lease.epoch": "\(lease.epoch)", "former.node": "\(taking.owner)"])
        changed.ring()
    }

    private func failed(_ error: StorageError) {
        if error.code == .fenced { return end(error) }
        let isFirst = state.withLock { state in
            state.ownership.missed()
            return exchange(&state.isHeard, with: false)
        }
        guard isFirst else { return }
        logger.warning(
            "The database does not hear that this node is there",
            metadata: ["error.code": "\(error.code.rawValue)", "error.message": "\(error.message)"]
        )
    }

    private func end(_ error: StorageError) {
        state.withLock { state in
            state.end = state.end ?? error
            state.lead = nil
        }
        changed.ring()
    }

    // MARK: Leading

    /// Whether this node leads, as far as it knows.
    public var leads: Bool { state.withLock { $0.lead != nil } }

    /// Whether this node leads for certain, and nobody else by now.
    public var leadsForCertain: Bool { isHolder(at: .now) }

    /// Waits until this node leads, or its task is cancelled; one waits at a time.
    ///
    /// - Throws: Why it cannot: another process has taken its name.
    public func lead() async throws(StorageError) {
        try await wait { $0.lead != nil }
    }

    /// Waits until this node can lead no more, or its task is cancelled; one waits at a time.
    ///
    /// - Throws: Why it cannot.
    public func untilReplaced() async throws(StorageError) {
        try await wait { _ in false }
    }

    private func wait(until isOver: (borrowing State) -> Bool) async throws(StorageError) {
        while !Task.isCancelled {
            if let end = state.withLock({ $0.end }) { throw end }
            if state.withLock({ isOver($0) }) { return }
            await withTaskCancellationHandler {
                await changed.wait()
            } onCancel: {
                changed.ring()
            }
        }
    }

    /// Gives up leading where nothing is on its way any more, and says nothing from now on.
    ///
    /// Whoever leads next takes over at once then, and waits for what may be on its way where the lease was not given back.
    public func leave() async {
        if let task = beating.withLock({ exchange(&$0, with: nil) }) {
            task.cancel()
            await task.value
        }
        let isOver = state.withLock { state in
            state.isLeaving = true
            return state.end != nil
        }
        // Whoever was replaced has nothing to give.
        guard !isOver else { return }
        await beat()
        do throws(StorageError) {
            let leases = state.withLock { state in
                state.ownership.leases.filter {
                    state.ownership.mayGiveBack($0, isIdle: state.busy.isEmpty, at: .now)
                }
            }
            if !leases.isEmpty { try await membership.giveBack(leases) }
            try await membership.leave()
        } catch {
            logger.notice(
                "The database was not told that this node ends; whoever leads next waits for it",
                metadata: ["error.message": "\(error.message)"]
            )
        }
    }

    // MARK: Life signs

    /// The life sign of a store that this node uses: nothing is sent unless this node leads.
    ///
    /// - Parameters:
    ///   - store: What tells the store from others that the node uses; one that is opened again has the same.
    ///   - file: The sign that this node's processes leave each other.
    /// - Returns: The sign of both.
    public func lifeSign(of store: String, over file: any LifeSign) -> some LifeSign {
        NodeLifeSign(node: self, store: store, file: file)
    }

    /// Whether another process led before this one, and nothing was on its way any more: neither of it nor of this node's earlier ones.
    public var followsAtRest: Bool {
        state.withLock { state in if case .resting? = state.lead { true } else { false } }
    }

    /// Makes sure that this node leads for certain, and nobody else by now.
    ///
    /// - Throws: `fenced` when it does not.
    public func makeSureItLeads() throws(StorageError) {
        guard leadsForCertain else { throw Self.unheard }
    }

    private func isHolder(at now: ContinuousClock.Instant) -> Bool {
        state.withLock { $0.end == nil && $0.ownership.isHolder(of: Self.lane, at: now) }
    }

    private static let unheard = StorageError(
        .fenced,
        "the database has not heard of this node for a while, and another may lead by now"
    )

    /// Notes that something is about to be sent.
    ///
    /// - Parameters:
    ///   - store: From which store.
    ///   - now: Now.
    /// - Throws: `fenced` when it may not.
    func send(from store: String, at now: ContinuousClock.Instant = .now) throws(StorageError) {
        guard isHolder(at: now) else { throw Self.unheard }
        state.withLock { _ = $0.busy.insert(store) }
    }

    /// Notes that of a store nothing is on its way.
    func rest(_ store: String) {
        state.withLock { _ = $0.busy.remove(store) }
    }

    /// How long ago whoever led before may last have begun to send; negative while it still may, nil when nothing of it is on its way.
    ///
    /// - Parameters:
    ///   - own: The same of this node's own processes.
    ///   - now: Now.
    /// - Returns: How long ago.
    func silence(own: Duration?, at now: ContinuousClock.Instant = .now) -> Duration? {
        switch state.withLock({ $0.lead }) {
        case nil: .zero
        case .nobody?, .resting?: own
        case .somebody(let heard)?: min(now - heard - timing.validity - timing.margin, own ?? .seconds(1 << 32))
        }
    }
}

/// The life sign of one store of a node.
private struct NodeLifeSign: LifeSign {
    let node: ClusterNode
    let store: String
    let file: any LifeSign

    var interval: Duration { file.interval }

    var silence: Duration? { node.silence(own: file.silence) }

    func beat() throws(StorageError) {
        try node.send(from: store)
        try file.beat()
    }

    func rest() throws(StorageError) {
        try file.rest()
        node.rest(store)
    }
}
