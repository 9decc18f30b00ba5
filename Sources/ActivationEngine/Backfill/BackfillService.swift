import ActivationCore
import Logging
import Synchronization

/// Gives every member that a backfill is about their turn, in small steps through the lane, resumable (BEHAVIOUR 3.8).
///
/// It reads stored profiles aside of the lane and enters only those with a standing that is wanted; each is decided there
/// from the state of its moment. How far it has come is part of the commit that exports, so a crash repeats nobody.
///
/// One task moves all backfills, one step of each in turn.
final class BackfillService: Sendable {
    private struct State {
        /// What is ordered, and the dataflows in use; nil before the service was told.
        var orders: [Backfill]?
        var dataflows: [Dataflow.ID: Dataflow] = [:]
        var runs: [Backfill.ID: BackfillRun] = [:]
        var isStopped = false
    }

    /// What only the task knows of a run.
    private struct Work {
        var pace = BackfillPace()
        var rate = EvaluationRate()
    }

    private let scope: Scope
    private let storage: any Storage
    private let journal: ControlJournal
    private let lane: IngestLane
    private let time: any TimeSource
    private let options: EngineOptions
    private let logger: Logger
    private let state: Mutex<State>
    private let changed = Signal()
    /// Told when backfills have ended.
    private let onEnd: @Sendable () -> Void
    /// The runs as they were read.
    private let initial: [Backfill.ID: BackfillRun]

    /// Profiles read at a time.
    private static let readMax = 500
    /// How long the service waits for what is in its way, or for its pace.
    private static let pause = Duration.milliseconds(200)
    /// A destination that lets records wait so long gets no more of a backfill.
    private static let lagMax = Duration.seconds(1)
    /// So few waiting records are no lag.
    private static let waitingRowsMin: Int64 = 500
    /// How often places are written that no export has written.
    private static let saveInterval = Duration.seconds(1)

    /// Reads how far backfills are.
    ///
    /// - Throws: When the storage cannot be read.
    init(
        scope: Scope,
        storage: any Storage,
        control: any ControlStore,
        lane: IngestLane,
        time: any TimeSource,
        options: EngineOptions,
        logger: Logger,
        onEnd: @escaping @Sendable () -> Void
    ) async throws(StorageError) {
        self.scope = scope
        self.storage = storage
        self.lane = lane
        self.time = time
        self.options = options
        self.logger = logger
        self.onEnd = onEnd
        journal = ControlJournal(control: control, scope: scope, kinds: [BackfillRun.kind])
        var runs: [Backfill.ID: BackfillRun] = [:]
        let progress = try await storage.backfillProgress(scope: scope)
        for object in try await journal.objects() {
            guard var run = BackfillRun(object) else {
                logger.warning("Backfill not readable", metadata: ["backfill.id": "\(object.id)"])
                continue
            }
            run.note(progress[run.id])
            runs[run.id] = run
        }
        initial = runs
        state = Mutex(State(runs: runs))
    }

    // MARK: What others ask

    /// Tells the service what is ordered and which dataflows there are.
    func update(_ definition: CatalogDefinition) {
        state.withLock { state in
            state.orders = definition.backfills
            state.dataflows = Dictionary(definition.dataflows.map { ($0.id, $0) }) { first, _ in first }
        }
        changed.ring()
    }

    /// How the backfills stand that have begun, by id.
    var runs: [Backfill.ID: BackfillRun] { state.withLock { $0.runs } }

    // MARK: The task

    /// Ends the run after the present step.
    func stop() { changed.close() }

    /// Works off backfills until stopped.
    ///
    /// - Parameter dictionaries: The dictionaries that number what profiles hold.
    func run(_ dictionaries: @Sendable () -> (paths: PathDictionary, datasets: DatasetDictionary)) async {
        var stored = initial
        var work: [Backfill.ID: Work] = [:]
        var savedAt = time.now()
        var isStuck = false
        while !changed.isClosed {
            do {
                if isStuck { try await readProgress() }
                let hasStarted = try await join()
                var hasStepped = false
                for order in active {
                    if changed.isClosed { break }
                    if try await step(order, &work[order.id, default: Work()], dictionaries) { hasStepped = true }
                }
                try await close()
                if hasStarted || hasEnded(since: stored) || savedAt.duration(to: time.now()) >= Self.saveInterval {
                    try await save(over: &stored)
                    savedAt = time.now()
                }
                if isStuck { logger.notice("Backfills go on") }
                isStuck = false
                if active.isEmpty {
                    work = [:]
                    try await save(over: &stored)
                    await changed.wait()
                } else if !hasStepped {
                    await changed.wait(atMost: Self.pause)
                }
            } catch {
                tell(error, isFirst: !isStuck)
                isStuck = true
                // When cancelled no pause would last: then only the end is waited for.
                if Task.isCancelled {
                    await changed.wait()
                } else {
                    await changed.wait(atMost: .seconds(1))
                }
            }
        }
        do {
            try await save(over: &stored)
        } catch {
            // The next start reads some profiles once more and exports nobody twice.
            logger.info("Backfills not saved", metadata: ["error.message": "\(error)"])
        }
    }

    private func tell(_ error: any Error, isFirst: Bool) {
        // That the server stops is no trouble.
        let isTrouble = (error as? EngineError)?.code != .shuttingDown
        logger.log(
            level: isFirst && isTrouble ? .warning : .debug,
            "Backfills wait, and are tried again",
            metadata: ["error.message": "\(error)"]
        )
    }

    /// Catches up with what is stored: of a step that failed some parts may be.
    private func readProgress() async throws(StorageError) {
        let progress = try await storage.backfillProgress(scope: scope)
        state.withLock { state in
            for id in state.runs.keys { state.runs[id]?.note(progress[id]) }
        }
    }

    /// The orders to work on, oldest first.
    private var active: [Backfill] {
        state.withLock { state in
            (state.orders ?? []).filter { state.runs[$0.id].map { !$0.state.isEnd && $0.state != .paused } ?? false }
        }
    }

    private func hasEnded(since stored: [Backfill.ID: BackfillRun]) -> Bool {
        state.withLock { state in
            state.runs.values.contains { $0.state.isEnd && stored[$0.id]?.state != $0.state }
        }
    }

    /// Lets new orders begin, and ends those that are not wanted any more.
    ///
    /// - Returns: Whether any began.
    private func join() async throws(StorageError) -> Bool {
        let (orders, runs) = state.withLock { ($0.orders, $0.runs) }
        guard let orders else { return false }
        let new = orders.filter { runs[$0.id] == nil }
        let total = new.isEmpty ? 0 : try await storage.profileCount(scope: scope)
        let now = time.now()
        state.withLock { state in
            for order in new { state.runs[order.id] = BackfillRun(order, total: total, now: now) }
            let wanted = Dictionary(orders.map { ($0.id, $0) }) { first, _ in first }
            for run in state.runs.values where !run.state.isEnd {
                state.runs[run.id]?.settle(wanted[run.id], state.dataflows[run.dataflow], now: now)
            }
        }
        return !new.isEmpty
    }

    /// Lets the decisions know which backfills have ended.
    private func close() async throws(EngineError) {
        let ended = state.withLock { $0.runs.values.filter { $0.state.isEnd && !$0.isClosed }.map(\.id) }
        guard !ended.isEmpty else { return }
        try await lane.decide(ended.sorted { $0.uuid < $1.uuid }.map { .backfillEnd($0) })
        state.withLock { state in
            for id in ended { state.runs[id]?.isClosed = true }
        }
        onEnd()
    }

    /// Writes runs that differ from what is stored, and forgets those that nobody orders any more.
    private func save(over stored: inout [Backfill.ID: BackfillRun]) async throws(StorageError) {
        let (runs, orders) = state.withLock { ($0.runs, $0.orders) }
        let kept = Set((orders ?? []).map(\.id))
        let forgotten = orders == nil ? [] : runs.keys.filter { !kept.contains($0) && runs[$0]?.state.isEnd == true }
        var objects: [(ControlJournal.Key, ControlJournal.Body?)] = []
        for (id, run) in runs where stored[id] != run && !forgotten.contains(id) {
            objects.append((Self.key(id), ControlJournal.Body(json: run.json, createdAt: run.startedAt)))
        }
        for id in forgotten { objects.append((Self.key(id), nil)) }
        try await journal.write(objects, now: time.now())
        stored = runs.filter { !forgotten.contains($0.key) }
        guard !forgotten.isEmpty else { return }
        try await storage.forgetBackfills(Array(forgotten), scope: scope)
        state.withLock { state in
            for id in forgotten { state.runs[id] = nil }
        }
    }

    private static func key(_ id: Backfill.ID) -> ControlJournal.Key {
        ControlJournal.Key(kind: BackfillRun.kind, id: id.uuid.description)
    }

    // MARK: A step

    /// Looks at the next profiles of one backfill and gives those that are wanted their turn.
    ///
    /// - Returns: Whether there was anything to do now.
    private func step(
        _ order: Backfill,
        _ work: inout Work,
        _ dictionaries: () -> (paths: PathDictionary, datasets: DatasetDictionary)
    ) async throws -> Bool {
        guard let run = state.withLock({ $0.runs[order.id] }), run.state == .running || run.state == .waiting,
            try await mayGoOn(order, run)
        else {
            work.rate.rest()
            return false
        }
        if run.row == 0, try await hasNoMembers(order) {
            let now = time.now()
            state.withLock { $0.runs[order.id]?.end(.completed, now: now) }
            return true
        }
        let perSecond = max(min(order.recordsPerSecond ?? .max, options.backfillRecordsPerSecond), 1)
        let allowed = work.pace.allowed(perSecond, at: .now)
        guard allowed > 0 else { return false }
        let read = try await storage.profiles(scope: scope, after: run.row, limit: Self.readMax)
        let (paths, datasets) = dictionaries()
        var causes: [Input.Cause] = []
        var next = run
        for profile in read {
            if causes.count == allowed { break }
            next.row = profile.row
            next.processed += 1
            // What cannot be read here is told by the lane.
            let isWanted = (try? order.wants(profile, paths: paths, datasets: datasets)) ?? true
            if isWanted { causes.append(.backfill(profile.id, row: profile.row, order.id)) }
        }
        if !causes.isEmpty {
            let results = try await lane.decide(causes)
            work.pace.took(causes.count)
            // It was halted meanwhile, or its dataflow was: these turns are still to come.
            guard !results.contains(.duplicate) else { return true }
        }
        let progress = causes.isEmpty ? nil : try await storage.backfillProgress(scope: scope)[order.id]
        work.rate.note(Int64(next.processed), at: time.now())
        next.total = max(next.total, next.processed)
        next.secondsLeft = work.rate.perSecond.map { Double(next.total - next.processed) / $0 }
        next.note(progress)
        let isDone = read.count < Self.readMax && next.row == read.last?.row ?? run.row
        let now = time.now()
        state.withLock { [next] state in
            guard let known = state.runs[order.id] else { return }
            var run = next
            (run.state, run.reason) = (known.state, known.reason)
            if isDone, !run.state.isEnd {
                // A stop may have forgotten some that had been looked at.
                run.processed = max(run.processed, run.total)
                run.end(.completed, now: now)
            }
            state.runs[order.id] = run
        }
        return true
    }

    /// Whether there is nobody to look for; who becomes a member from now on is exported by that.
    private func hasNoMembers(_ order: Backfill) async throws(StorageError) -> Bool {
        // Who has left an unmapped audience meanwhile is told of too.
        guard order.unmapped.isEmpty else { return false }
        let mapped = state.withLock { $0.dataflows[order.dataflow]?.audiences.map(\.audience) } ?? []
        for audience in mapped where order.audiences?.contains(audience) ?? true {
            if try await storage.memberCount(of: audience, scope: scope) > 0 { return false }
        }
        return true
    }

    /// Whether nothing is in the way of a backfill; if something is, the run says what.
    private func mayGoOn(_ order: Backfill, _ run: BackfillRun) async throws -> Bool {
        let flow = state.withLock { $0.dataflows[order.dataflow] }
        var reason: String?
        if let flow, flow.isEnabled {
            let books = try await storage.books(dataflow: order.dataflow)
            let lag = books.oldestPendingAt.map { $0.duration(to: time.now()) } ?? .zero
            if books.pendingRows >= Self.waitingRowsMin, lag > Self.lagMax {
                reason = "the destination lags: \(books.pendingRows) records wait for it"
            }
        } else {
            reason = flow == nil ? "the dataflow is not in use" : "the dataflow is disabled"
        }
        state.withLock { state in
            guard state.runs[order.id]?.state.isEnd == false else { return }
            state.runs[order.id]?.state = reason == nil ? .running : .waiting
            state.runs[order.id]?.reason = reason
            if reason != nil { state.runs[order.id]?.secondsLeft = nil }
        }
        return reason == nil
    }
}

extension BackfillRun {
    /// Takes what storage says of the run.
    fileprivate mutating func note(_ progress: CommitPlan.BackfillProgress?) {
        guard let progress else { return }
        if progress.row == CommitPlan.BackfillProgress.ended {
            isClosed = true
        } else {
            row = max(row, progress.row)
        }
        records = progress.records
    }

    fileprivate mutating func end(_ state: State, _ reason: String? = nil, now: Timestamp) {
        (self.state, self.reason) = (state, reason)
        endedAt = now
        secondsLeft = nil
    }

    /// Follows what is ordered now.
    fileprivate mutating func settle(_ order: Backfill?, _ flow: Dataflow?, now: Timestamp) {
        guard let order, order.wish != .cancelled else { return end(.cancelled, now: now) }
        if let wanted = order.audiences, let flow, !flow.audiences.contains(where: { wanted.contains($0.audience) }) {
            return end(.cancelled, "none of its audiences is mapped any more", now: now)
        }
        if order.wish == .paused {
            (state, reason, secondsLeft) = (.paused, nil, nil)
        } else if state == .paused {
            state = .running
        }
    }
}
