import ActivationCore
import Logging
import Synchronization

/// Moves one dataflow's outbox rows to its sink: claim in order, submit, settle each by its own report (I3, I4).
///
/// What to do is decided by ``RelayStateMachine``; this carries it out.
final class OutboxRelay: Sendable {
    private let dataflow: Dataflow.ID
    private let storage: any Storage
    private let sinks: any SinkFactory
    private let time: any TimeSource
    private let clock: RelayClock
    private let drainDeadline: Duration
    private let logger: Logger
    private let watch: RelayWatch
    private let traces: RecordTraces
    private let recalls: RecalledRows
    /// Told that the storage must be opened again.
    private let onWriteLost: @Sendable (EngineError) -> Void
    private let machine: Mutex<RelayStateMachine>
    private let outlet = Mutex<Outlet?>(nil)
    /// Rung after every event.
    private let happened = Signal()

    /// The present sink.
    private struct Outlet {
        var sink: any RecordSink
        /// Closed when it says nothing more.
        var silence = Signal()
    }

    /// Creates a relay that does nothing before ``run()``.
    ///
    /// - Parameters:
    ///   - dataflow: Whose rows are relayed.
    ///   - storage: Where the rows are.
    ///   - sinks: Opens the destination.
    ///   - time: The time of day.
    ///   - clock: The clock for waiting.
    ///   - hold: What the relay before this one left on its way.
    ///   - heir: Which rows the process before this one may have sent at most, and until when copies of them may land.
    ///   - trial: For what the relay before this one paused, if this one only tries whether it has passed.
    ///   - options: The bounds.
    ///   - logger: The log.
    ///   - watchers: Who watches records leave.
    ///   - traces: Of which traces records are part.
    ///   - recalls: Rows whose records must not be sent any more.
    ///   - onWriteLost: Told that the storage must be opened again.
    init(
        dataflow: Dataflow.ID,
        storage: any Storage,
        sinks: any SinkFactory,
        time: any TimeSource,
        clock: RelayClock = .system,
        hold: RelayHold? = nil,
        heir: RelayHold? = nil,
        trial: RelayTrouble? = nil,
        options: EngineOptions,
        logger: Logger,
        watchers: DataflowWatchers = DataflowWatchers(),
        traces: RecordTraces = RecordTraces(),
        recalls: RecalledRows = RecalledRows(),
        onWriteLost: @escaping @Sendable (EngineError) -> Void
    ) {
        self.dataflow = dataflow
        self.storage = storage
        self.sinks = sinks
        self.time = time
        self.clock = clock
        self.drainDeadline = options.drainDeadline
        self.onWriteLost = onWriteLost
        watch = RelayWatch(dataflow, watchers)
        self.traces = traces
        self.recalls = recalls
        machine = Mutex(
            RelayStateMachine(dataflow: dataflow, options: options, hold: hold, heir: heir, trial: trial)
        )
        var logger = logger
        logger[metadataKey: "dataflow.id"] = "\(dataflow.uuid)"
        self.logger = logger
    }

    /// What the relay is doing.
    var current: RelayState { machine.withLock { $0.current } }

    /// What is other than was wanted although its records leave.
    var notice: String? { outlet.withLock { $0?.sink }?.notice }

    /// How its records leave.
    var figures: DeliveryFigures {
        DeliveryFigures(
            sink: outlet.withLock { $0?.sink }?.statistics,
            delays: machine.withLock { $0.delays }
        )
    }

    /// What it left on its way.
    var hold: RelayHold? { machine.withLock { $0.hold } }

    /// Tells the relay that rows are waiting.
    func wake() {
        update { machine, _ in machine.wake() }
    }

    /// Tells the relay that rows after this one belong to another destination: when those before have left, it opens what
    /// is configured then.
    func bound(through row: Int64) {
        update { machine, _ in machine.bound(through: row) }
    }

    /// Ends the relay; what the sink can deliver before the deadline is delivered and settled.
    ///
    /// - Parameter deadline: Nil = the engine's own.
    func stop(within deadline: Duration? = nil) {
        update { machine, now in machine.stop(within: deadline ?? self.drainDeadline, now: now) }
    }

    /// Relays until stopped or paused.
    ///
    /// A cancelled task ends nothing: what was sent has to be settled, or it would be sent again.
    func run() async {
        await Task { await self.serve() }.value
        recalls.removeAll(of: dataflow)
    }

    private func serve() async {
        await withDiscardingTaskGroup { group in
            var wakesAt: Duration?
            while true {
                let now = instant()
                let (actions, wakeUpAt, isOver) = machine.withLock { machine in
                    let actions = machine.actions(now: now)
                    return (actions, machine.wakeUpAt(now: now), machine.isOver)
                }
                for action in actions { group.addTask { await self.perform(action) } }
                if isOver { break }
                if let earlier = wakesAt, earlier <= now.elapsed { wakesAt = nil }
                if let time = wakeUpAt, wakesAt.map({ time < $0 }) ?? true {
                    wakesAt = time
                    group.addTask {
                        await self.clock.sleep(time - now.elapsed)
                        self.happened.ring()
                    }
                }
                await happened.wait()
            }
            group.cancelAll()
        }
    }

    private func perform(_ action: RelayStateMachine.Action) async {
        switch action {
        case .readLastRow: await readLastRow()
        case .openSink: await openSink()
        case .readFirstRow: await readFirstRow()
        case .pass(let row): await pass(row)
        case .claim(let request): await claim(request)
        case .settle(let settlements): await settle(settlements)
        case .closeSink(let deadline): await closeSink(within: deadline)
        case .releaseClaims: await releaseClaims()
        case .tell(let news): tell(news)
        case .reportWriteLost(let error): onWriteLost(EngineError(error))
        }
    }

    private func readLastRow() async {
        do throws(StorageError) {
            let row = try await storage.lastRow(dataflow: dataflow)
            update { machine, _ in machine.lastRow(row) }
        } catch {
            update { machine, now in machine.readingFailed(error, now: now) }
        }
    }

    private func readFirstRow() async {
        do throws(StorageError) {
            let row = try await storage.firstRow(dataflow: dataflow)
            update { machine, _ in machine.firstRow(row) }
        } catch {
            update { machine, now in machine.readingFailed(error, now: now) }
        }
    }

    private func pass(_ row: Int64) async {
        do throws(StorageError) {
            try await sinks.passed(row, of: dataflow)
            update { machine, _ in machine.passed() }
        } catch {
            update { machine, now in machine.readingFailed(error, now: now) }
        }
    }

    /// Opens the sink and hears it out.
    private func openSink() async {
        let route: SinkRoute
        do throws(SinkFactoryError) {
            route = try await sinks.route(for: dataflow)
        } catch {
            return update { machine, now in machine.refused(error, now: now) }
        }
        let outlet = Outlet(sink: route.sink)
        self.outlet.withLock { $0 = outlet }
        update { machine, now in machine.opened(through: route.through, now: now) }
        for await event in route.sink.events {
            if case .reports(let reports) = event {
                watch.show(reports, at: time.now())
                recalls.remove(reports.lazy.map(\.token), of: dataflow)
            }
            update { machine, now in
                switch event {
                case .reports(let reports): machine.reported(reports, now: now)
                case .condition(let condition): machine.conditionChanged(condition, now: now)
                }
            }
        }
        outlet.silence.close()
        update { machine, now in machine.fellSilent(now: now) }
    }

    private func claim(_ request: ClaimRequest) async {
        let claimed: [OutboxRow]
        do throws(StorageError) {
            claimed = try await storage.claim(request)
        } catch {
            return update { machine, now in machine.readingFailed(error, now: now) }
        }
        let rows = update { machine, _ in machine.claimed(claimed) }
        guard !rows.isEmpty, let sink = outlet.withLock({ $0?.sink }) else { return }
        watch.noteSending(rows)
        traces.claimed(rows)
        let taken = await sink.submit(
            rows.map {
                SinkRecord(token: $0.row, orderingKey: $0.profile, partitionKey: $0.partitionKey, payload: $0.payload)
            }
        )
        update { machine, now in machine.submitted(taken, now: now) }
    }

    private func settle(_ settlements: [OutboxSettlement]) async {
        do throws(StorageError) {
            try await storage.settle(dataflow: dataflow, settlements)
            tellTraced(settlements)
            recalls.remove(settlements.lazy.map(\.row), of: dataflow)
            update { machine, _ in machine.settled() }
        } catch {
            update { machine, now in machine.settlingFailed(error, now: now) }
        }
    }

    private func closeSink(within deadline: Duration) async {
        guard let outlet = outlet.withLock({ $0 }) else { return }
        await outlet.sink.close(within: deadline)
        await outlet.silence.wait()
        let landing = outlet.sink.landing
        // What it had in hand and said nothing of.
        let hasRecalled = recalls.removeAll(of: dataflow)
        update { machine, now in machine.closed(landing: landing, hasRecalled: hasRecalled, now: now) }
    }

    private func releaseClaims() async {
        do throws(StorageError) {
            try await storage.releaseClaims(dataflow: dataflow)
            update { machine, _ in machine.released() }
        } catch {
            update { machine, now in machine.readingFailed(error, now: now) }
        }
    }

    /// Lets go of the traces of settled records, and says which records among them were parked.
    private func tellTraced(_ settlements: [OutboxSettlement]) {
        guard !traces.isEmpty else { return }
        let settled = traces.settled(settlements.map(\.row))
        var parked: [String: [TraceContext]] = [:]
        for settlement in settlements {
            guard let trace = settled[settlement.row], case .parked(let code, _, _) = settlement.outcome else {
                continue
            }
            parked[code, default: []].append(trace)
        }
        for (code, traces) in parked {
            logger.warning(
                "Traced records parked",
                metadata: [
                    "error.code": "\(code)", "records": "\(traces.count)",
                    "trace.id": "\(TraceNames(traces.map(\.traceID)))",
                    "parent.id": "\(TraceNames(traces.map(\.spanID)))",
                ]
            )
        }
    }

    private func tell(_ news: RelayNews) {
        var logger = logger
        let traceIDs = traces.traceIDs(of: dataflow)
        if !traceIDs.isEmpty {
            logger[metadataKey: "trace.id"] = "\(TraceNames(traceIDs))"
        }
        switch news {
        case .retries(let trouble):
            logger.warning(
                "Dataflow retries",
                metadata: ["error.code": "\(trouble.code)", "error.message": "\(trouble.message)"]
            )
        case .runsAgain(let trouble):
            logger.notice(
                "Dataflow runs again",
                metadata: ["error.since": "\(trouble.since.rfc3339)", "error.attempts": "\(trouble.attempts)"]
            )
        case .paused(let trouble):
            logger.error(
                "Dataflow paused",
                metadata: ["error.code": "\(trouble.code)", "error.message": "\(trouble.message)"]
            )
        case .resumed(let trouble):
            logger.notice(
                "Dataflow resumed by itself",
                metadata: [
                    "error.code": "\(trouble.code)", "since": "\(trouble.since.rfc3339)",
                    "attempts": "\(trouble.attempts)",
                ]
            )
        }
    }

    /// Feeds events to the machine; what follows from them is done by ``run()``.
    @discardableResult
    private func update<Result: Sendable>(
        _ events: @Sendable (inout RelayStateMachine, RelayInstant) -> Result
    ) -> Result {
        let now = instant()
        let result = machine.withLock { events(&$0, now) }
        happened.ring()
        return result
    }

    private func instant() -> RelayInstant {
        RelayInstant(elapsed: clock.now(), wall: time.now())
    }
}
