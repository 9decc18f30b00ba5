import ActivationCore
import ActivationEngine
import Logging
import Synchronization

extension AlertDesk {
    /// Looks once at all that rules name, and has told what there is to tell.
    ///
    /// What cannot be stored is kept, and told from memory; the next look stores it.
    func look() async {
        await gate.enter()
        defer { gate.leave() }
        do throws(StorageError) {
            try await look(at: time.now())
        } catch {
            logger.warning("Alerts not stored", metadata: ["error.message": "\(error)"])
        }
    }

    private func look(at now: Timestamp) async throws(StorageError) {
        let snapshot = control.snapshot
        let watches = AlertDesk.watches(snapshot)
        let before = try await states()
        let unstored = memory.withLock { $0.unstored }
        guard !watches.isEmpty || !before.isEmpty || !unstored.isEmpty else { return }
        let signs = await signs(of: watches, at: now)
        let server = watches.contains { $0.flow == nil } ? await serverSigns() : nil
        var states: [String: AlertState] = [:]
        var change = unstored
        for watch in watches where states[watch.id] == nil {
            var state = before[watch.id] ?? AlertState()
            let observation =
                watch.flow.map {
                    signs[$0.id]?.observation(of: watch.rule, toldSince: state.firing?.since, at: now) ?? .unknown
                }
                ?? server.map { $0.observation(of: watch.rule) } ?? .unknown
            let former = state.firing
            let step = state.observe(observation, by: watch.rule, at: now)
            states[watch.id] = state
            if !(before[watch.id] ?? AlertState()).isStored(as: state) {
                change.put(AlertDesk.standing(watch.id, state))
            }
            guard let step, let finding = observation.finding ?? former?.finding else { continue }
            let notice = await notice(step, watch, finding, since: state.firing?.since ?? former?.since ?? now, at: now)
            enter(notice, step, watch, isSilent: state.isSnoozed(at: now), snapshot, into: &change)
        }
        for id in before.keys where states[id] == nil { change.remove(id) }
        let seen = states
        if !change.isEmpty {
            change.forgetsEntriesBefore = Timestamp(milliseconds: now.milliseconds &- AlertDesk.entryTime)
            change.forgetsDeliveriesBefore = Timestamp(milliseconds: now.milliseconds &- AlertDesk.deliveryTime)
            do throws(StorageError) {
                try await store.apply(change, scope: scope)
            } catch {
                change.keepNewest(AlertDesk.unstoredMax)
                let refused = change
                memory.withLock { memory in
                    memory.states = seen
                    memory.unstored = refused
                }
                throw error
            }
        }
        memory.withLock { memory in
            memory.states = seen
            memory.unstored = AlertChange()
        }
    }

    /// Entries, and deliveries, that are kept while the store refuses them.
    private static let unstoredMax = 1_000

    private func serverSigns() async -> ServerSigns {
        ServerSigns(space: space(), writeFailure: await engine.health().writeFailure)
    }

    private func enter(
        _ notice: AlertNotice,
        _ step: AlertState.Step,
        _ watch: Watch,
        isSilent: Bool,
        _ snapshot: ControlSnapshot,
        into change: inout AlertChange
    ) {
        change.entries.append(AlertDesk.entry(step.rawValue, watch, notice.finding, at: notice.at))
        var metadata: Logger.Metadata = ["alert.id": "\(watch.id)", "alert.event": "\(step.rawValue)"]
        if let flow = watch.flow { metadata["dataflow.id"] = "\(flow.id)" }
        logger.notice("Alert", metadata: metadata)
        guard !isSilent else { return }
        for channel in snapshot.entries(.alertChannel) where channel.body["enabled"] != false {
            if let wanted = watch.rule.channels, !wanted.contains(where: { $0.hasSameBytes(as: channel.id) }) {
                continue
            }
            change.deliveries.append(
                AlertDelivery(
                    at: notice.at,
                    channel: channel.id,
                    due: notice.at,
                    body: AlertAttempts(notice: notice).body
                )
            )
        }
    }

    private func notice(
        _ step: AlertState.Step,
        _ watch: Watch,
        _ finding: AlertFinding,
        since: Timestamp,
        at now: Timestamp
    ) async -> AlertNotice {
        var notice = AlertNotice(
            id: ids.next().description,
            step: step,
            alert: watch.id,
            rule: watch.rule.id,
            name: watch.rule.name,
            kind: watch.rule.kind,
            severity: watch.rule.severity,
            threshold: watch.rule.threshold,
            dataflow: watch.flow?.id,
            dataflowName: watch.flow?.string("name"),
            since: since,
            at: now,
            finding: finding
        )
        if let run = finding.run {
            // One that is forgotten by now is told without.
            notice.run = try? await RunDocument(control: control, engine: engine, at: now).document(id: run)
        }
        return notice
    }

    /// What is seen of the dataflows that rules name, no more of each than the rules ask for.
    private func signs(of watches: [Watch], at now: Timestamp) async -> [String: DataflowSigns] {
        var signs: [String: DataflowSigns] = [:]
        var booked: Set<Dataflow.ID> = []
        var timed: Set<Dataflow.ID> = []
        let last = memory.withLock { $0.runsSeenAt }
        let looksAtRuns = last.map { $0.duration(to: now) >= AlertDesk.runsInterval || now < $0 } ?? true
        for watch in watches {
            guard let flow = watch.flow, let uuid = UUIDBytes(flow.id) else { continue }
            let id = Dataflow.ID(uuid: uuid)
            if watch.rule.kind.needsBooks { booked.insert(id) }
            if watch.rule.kind.needsRuns && looksAtRuns { timed.insert(id) }
            guard signs[flow.id] == nil else { continue }
            signs[flow.id] = DataflowSigns(
                id: flow.id,
                relay: engine.relayState(id),
                leftOut: control.quarantine.reason(flow)
            )
        }
        // What cannot be read says nothing, and others have ways of noticing.
        let books = booked.isEmpty ? [:] : (try? await engine.books(of: booked.sorted { $0.uuid < $1.uuid })) ?? [:]
        let start = Timestamp(milliseconds: now.milliseconds &- 26 &* BookedHour.length)
        let hours =
            timed.isEmpty
            ? [:] : (try? await engine.bookedHours(of: timed.sorted { $0.uuid < $1.uuid }, since: start)) ?? [:]
        if looksAtRuns { memory.withLock { $0.runsSeenAt = now } }
        let audit = engine.lastBooksAudit
        let figures = watches.contains { $0.rule.kind == .credentialsExpire } ? engine.deliveryFigures : [:]
        for id in signs.keys {
            guard let uuid = UUIDBytes(id) else { continue }
            signs[id]?.books = books[Dataflow.ID(uuid: uuid)]
            signs[id]?.counted = audit?.books[Dataflow.ID(uuid: uuid)]
            signs[id]?.credentials = figures[Dataflow.ID(uuid: uuid)]?.sink?.credentials
            signs[id]?.hours = hours[Dataflow.ID(uuid: uuid)]
        }
        return signs
    }
}

extension AlertKind {
    /// Whether the hours of the books are needed to see it.
    fileprivate var needsRuns: Bool {
        switch self {
        case .flowRunStart, .flowRunSuccess, .flowRunFailure, .skippedRateExceeded: true
        default: false
        }
    }

    /// Whether the books are needed to see it.
    fileprivate var needsBooks: Bool {
        switch self {
        case .lag, .parked, .flowRunDelay, .paused, .retrying, .credentialsExpire: true
        default: needsRuns
        }
    }
}

extension AlertObservation {
    /// What was found; nil when nothing was.
    fileprivate var finding: AlertFinding? {
        switch self {
        case .met(let finding), .happened(_, let finding): finding
        case .unknown, .clear, .never: nil
        }
    }
}

extension AlertState {
    /// Whether the stored form of another one may stay for this one: what is found changes with every look.
    fileprivate func isStored(as other: AlertState) -> Bool {
        guard case .firing(var firing) = phase, let found = other.firing?.finding else { return self == other }
        firing.finding = found
        var same = self
        same.phase = .firing(firing)
        return same == other
    }
}

extension AlertChange {
    /// Puts a standing into the change, whatever it said of the alert before.
    mutating func put(_ standing: AlertStanding) {
        remove(standing.id)
        gone.removeAll { $0.hasSameBytes(as: standing.id) }
        standings.append(standing)
    }

    /// Has an alert go with the change, whatever it said of it before.
    mutating func remove(_ id: String) {
        standings.removeAll { $0.id.hasSameBytes(as: id) }
        gone.removeAll { $0.hasSameBytes(as: id) }
        gone.append(id)
    }

    /// Lets go of the oldest entries and deliveries over a number.
    mutating func keepNewest(_ count: Int) {
        entries.removeFirst(max(0, entries.count - count))
        deliveries.removeFirst(max(0, deliveries.count - count))
    }
}
