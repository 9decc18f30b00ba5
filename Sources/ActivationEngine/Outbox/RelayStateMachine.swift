import ActivationCore

/// Decides what a relay does, without I/O, clock or tasks of its own.
///
/// Events come in by methods; ``actions(now:)`` then says what to do. Three rules are served: a row leaves the outbox only by
/// an outcome of its own (I3); a sink takes the place of another only when nothing of the other is on its way, and rows of which
/// a copy may still land hold their profiles (I4); an outcome that cannot be written is kept and tried again, so that a full disk
/// makes nobody get a record twice.
struct RelayStateMachine: Sendable {
    /// Where a relay stands.
    enum State: Sendable {
        /// Reads how far rows have to wait, then opens the sink. Goes to `running`, `waiting`, `paused` or `ended`.
        case opening
        /// Claims, submits and settles. Goes to `draining`.
        case running
        /// Closes the sink and settles what it still says. Goes to `waiting`, `passing`, `paused` or `ended`, as its end
        /// says.
        case draining(End)
        /// All rows of the sink's destination have left, which is noted. Goes to `opening` or `ended`.
        case passing(through: Int64)
        /// Passing trouble: a sink is opened again at an instant. Goes to `opening` or `ended`.
        case waiting(until: Duration)
        /// The destination refuses everything. Stays: another relay tries again.
        case paused(RelayTrouble)
        /// Was told to end. Stays.
        case ended
    }

    /// Why a relay drains, and so what follows.
    enum End: Sendable {
        /// Passing trouble; leads to `waiting`.
        case retry
        /// No row is left that belongs to the sink's destination; leads to `passing`.
        case pass(through: Int64)
        /// The destination refuses everything; leads to `paused`.
        case pause(RelayTrouble)
        /// Was told to end, and has until then to write outcomes; leads to `ended`.
        case stop(until: Duration)
    }

    /// What the shell has to do after events.
    enum Action: Sendable {
        /// Comes back by ``lastRow(_:)`` or ``readingFailed(_:now:)``.
        case readLastRow
        /// Comes back by ``opened(through:now:)`` or ``refused(_:now:)``.
        case openSink
        /// Comes back by ``firstRow(_:)`` or ``readingFailed(_:now:)``.
        case readFirstRow
        /// Comes back by ``passed()`` or ``readingFailed(_:now:)``.
        case pass(through: Int64)
        /// Comes back by ``claimed(_:)``, which gives what is to be submitted, or by ``readingFailed(_:now:)``.
        case claim(ClaimRequest)
        /// Comes back by ``settled()`` or ``settlingFailed(_:now:)``.
        case settle([OutboxSettlement])
        /// Comes back by ``closed(landing:now:)`` when the sink has told everything.
        case closeSink(within: Duration)
        /// Comes back by ``released()`` or ``readingFailed(_:now:)``.
        case releaseClaims
        /// To be said in the log.
        case tell(RelayNews)
        /// The storage must be opened again.
        case reportWriteLost(StorageError)
    }

    /// What was asked of storage or sink and has not come back.
    private enum Errand: Sendable {
        case none, readingLastRow, openingSink, claiming, submitting([Int64]), readingFirstRow, releasing, passing
    }

    private let dataflow: Dataflow.ID
    private let options: EngineOptions
    private(set) var state = State.opening
    private(set) var troubles = RelayTroubles()
    /// For what the relay before this one paused; as long as no record is delivered, this one only tries whether it has passed.
    private var trial: RelayTrouble?
    private(set) var window: RelayWindow
    private var suspects = RelaySuspects()
    /// Of the records that were delivered.
    private(set) var delays = DeliveryDelays()
    /// Rows whose profiles wait because of what went before.
    private(set) var hold: RelayHold?
    /// Rows of the process before this one that may land; which of them there are is still to be read.
    private var heir: RelayHold?
    private var errand = Errand.none
    private var isSettling = false
    /// The sink is open, or was told to close and has not come back.
    private var hasSink = false
    private var mustClose: Duration?
    private var hasReleased = false
    /// A claim may find something.
    private var mayHaveRows = true
    /// The last row that belongs to the present sink's destination; nil = all do.
    private var through: Int64?
    /// No row was found that belongs there; whether none waits is still to be read.
    private var mayBePast = false
    /// The last row that the present sink was given.
    private var submittedThrough: Int64 = 0
    /// Was told to end, and has that long.
    private var stopWithin: Duration?
    /// Until when an end waits for outcomes to be written: also one that leaves the sink no time, for what was delivered would be
    /// sent once more.
    private var settlesUntil: Duration?
    /// The storage takes nothing more; whoever runs the engine is told, and ends the relay.
    private var isWriteLost = false
    private var lost: StorageError?
    private var opening = RelayPause(max: .seconds(20))
    private var reading = RelayPause(max: .seconds(5))
    private var settling = RelayPause(max: .seconds(5))
    private var news: [RelayNews] = []

    /// Creates a relay that has not begun.
    ///
    /// - Parameters:
    ///   - dataflow: Whose rows are relayed.
    ///   - options: The bounds.
    ///   - hold: What the relay before this one left on its way.
    ///   - heir: Which rows the process before this one may have sent at most, and until when copies of them may land; nil = none.
    ///   - trial: For what the relay before this one paused, if nobody has done anything about it; nil = it did not.
    init(
        dataflow: Dataflow.ID,
        options: EngineOptions,
        hold: RelayHold? = nil,
        heir: RelayHold? = nil,
        trial: RelayTrouble? = nil
    ) {
        self.trial = trial
        // It is under way.
        self.trial?.nextAttemptAt = nil
        self.dataflow = dataflow
        self.options = options
        self.hold = hold
        self.heir = heir
        window = RelayWindow(rowsMax: options.relayWindowMax, bytesMax: options.relayWindowBytesMax)
    }

    /// What people are told.
    var current: RelayState {
        switch state {
        case .paused(let trouble), .draining(.pause(let trouble)): .paused(trouble)
        default: trial.map { .paused($0) } ?? troubles.current.map { .retrying($0) } ?? .running
        }
    }

    private var isPausing: Bool {
        switch state {
        case .paused, .draining(.pause), .ended: true
        case .opening, .running, .draining, .passing, .waiting: false
        }
    }

    /// Nothing more will be done.
    var isOver: Bool {
        switch state {
        case .paused, .ended: true
        case .opening, .running, .draining, .passing, .waiting: false
        }
    }

    // MARK: Events

    /// Rows may wait.
    mutating func wake() {
        mayHaveRows = true
    }

    /// The destination changes: rows after this one belong to another, whichever the relay has or is opening now.
    mutating func bound(through row: Int64) {
        through = min(row, through ?? row)
        mayHaveRows = true
    }

    /// Ends the relay; what the sink can deliver in time is delivered and settled.
    mutating func stop(within deadline: Duration, now: RelayInstant) {
        stopWithin = min(deadline, stopWithin ?? deadline)
        let settlesUntil = now.elapsed + max(deadline, options.drainDeadline)
        self.settlesUntil = min(settlesUntil, self.settlesUntil ?? settlesUntil)
        switch state {
        case .opening, .passing:
            if case .none = errand { state = .ended }
        case .running:
            drain(.stop(until: now.elapsed + deadline), within: deadline)
        case .draining(.stop(let until)):
            state = .draining(.stop(until: min(until, now.elapsed + deadline)))
        case .draining:
            state = .draining(.stop(until: now.elapsed + deadline))
        case .waiting:
            state = .ended
        case .paused, .ended:
            break
        }
    }

    mutating func lastRow(_ row: Int64) {
        errand = .none
        readSucceeded()
        if let heir = heir.take(), row > 0 {
            hold = RelayHold.longest(hold, RelayHold(through: min(row, heir.through), until: heir.until))
        }
        if stopWithin != nil { state = .ended }
    }

    mutating func opened(through row: Int64? = nil, now: RelayInstant) {
        errand = .none
        hasSink = true
        if let row { through = min(row, through ?? row) }
        mayBePast = false
        submittedThrough = 0
        mayHaveRows = true
        hasReleased = false
        state = .running
        if let deadline = stopWithin {
            stop(within: deadline, now: now)
        } else if isWriteLost {
            drain(.stop(until: now.elapsed), within: .zero)
        }
    }

    /// The sink cannot be opened as things are configured.
    mutating func refused(_ error: SinkFactoryError, now: RelayInstant) {
        errand = .none
        if stopWithin == nil {
            pause(RelayTrouble(code: error.code, message: error.message, since: now.wall))
        } else {
            state = .ended
        }
    }

    /// Rows were claimed.
    ///
    /// - Returns: The rows to submit; what became of that comes back by ``submitted(_:now:)`` unless there are none.
    mutating func claimed(_ rows: [OutboxRow]) -> [OutboxRow] {
        errand = .none
        readSucceeded()
        // A claim that was on its way when the destination changed may bring later ones; they are released with the rest.
        let rows = through.map { through in rows.filter { $0.row <= through } } ?? rows
        if rows.isEmpty { mayBePast = through != nil }
        // Claims of a relay that has begun to end are released with all others.
        guard case .running = state, !rows.isEmpty else { return [] }
        mayHaveRows = true
        for row in rows {
            window.add(
                row.row,
                bytes: row.payload.count + row.partitionKey.utf8.count + 160,
                admittedAt: row.admittedAt
            )
        }
        submittedThrough = rows.reduce(submittedThrough) { max($0, $1.row) }
        errand = .submitting(rows.map(\.row))
        return rows
    }

    /// The first row that waits, claimed or not.
    mutating func firstRow(_ row: Int64?) {
        errand = .none
        readSucceeded()
        guard case .running = state, let through, row.map({ $0 > through }) ?? true else { return }
        drain(.pass(through: through), within: .zero)
    }

    /// That no row waits any more of the destination before is noted.
    mutating func passed() {
        errand = .none
        readSucceeded()
        guard case .passing = state else { return }
        state = stopWithin == nil ? .opening : .ended
    }

    mutating func submitted(_ taken: Int, now: RelayInstant) {
        guard case .submitting(let rows) = errand else { return }
        errand = .none
        guard taken < rows.count else { return }
        for row in rows.dropFirst(max(0, taken)) { _ = window.remove(row) }
        // Rows behind these must not overtake them.
        sinkFailed(code: "SinkClosed", message: "the way to the destination closed by itself; it is opened again", now)
    }

    mutating func reported(_ reports: [SinkReport], now: RelayInstant) {
        var hasDelivered = false
        // A second report of a row would be the sink's mistake; only the first counts.
        for report in reports {
            guard let admittedAt = window.remove(report.token) else { continue }
            switch report.outcome {
            case .delivered(let receipt):
                window.enter(
                    OutboxSettlement(
                        row: report.token,
                        outcome: .delivered,
                        receipt: OutboxSettlement.Receipt(text: receipt, at: now.wall)
                    )
                )
                delays.add(milliseconds: now.wall.milliseconds - admittedAt.milliseconds)
                hasDelivered = true
            case .recordRejected(let code, let message):
                window.enter(Self.parked(report.token, code, message, now))
            case .recordRefused(let code, let message):
                suspects.add(Self.parked(report.token, code, message, now))
            case .recalled(let mayHaveArrived):
                window.enter(
                    OutboxSettlement(
                        row: report.token,
                        outcome: .recalled,
                        receipt: mayHaveArrived
                            ? OutboxSettlement.Receipt(text: OutboxSettlement.unknownReceipt, at: now.wall) : nil
                    )
                )
            case .transient(let code, let message):
                sinkFailed(code: code, message: message, now)
            case .destinationFailed(let code, let message):
                destinationFailed(RelayTrouble(code: code, message: message, since: now.wall))
            }
        }
        // None was given up, so it does not matter which of these reports came first.
        if hasDelivered { for settlement in suspects.taken() { window.enter(settlement) } }
        if hasDelivered, case .running = state {
            opening.succeeded()
            troubles.ended(.records)
            if let passed = trial.take() { news.append(.resumed(passed)) }
        }
    }

    mutating func conditionChanged(_ condition: SinkCondition, now: RelayInstant) {
        switch condition {
        case .flowing:
            troubles.ended(.condition)
        case .retrying(let code, let message, let attempts):
            troubles.met(.condition, code: code, message: message, attempts: attempts, now: now)
        }
    }

    /// The sink says nothing more; it was told to, or it ended by itself.
    mutating func fellSilent(now: RelayInstant) {
        guard case .running = state else { return }
        sinkFailed(code: "SinkClosed", message: "the way to the destination closed by itself; it is opened again", now)
    }

    /// The sink is closed and has told everything.
    ///
    /// - Parameters:
    ///   - landing: How much longer copies of rows without an outcome may land.
    ///   - hasRecalled: Whether some of those rows are gone, so that nobody knows whose later rows must wait for them.
    ///   - now: The time.
    mutating func closed(landing: Duration, hasRecalled: Bool = false, now: RelayInstant) {
        hasSink = false
        mustClose = nil
        if landing > .zero, submittedThrough > 0 {
            let through = hasRecalled ? .max : submittedThrough
            hold = RelayHold.longest(hold, RelayHold(through: through, until: now.elapsed + landing))
        }
        window.removeAllSent()
        suspects.forget()
        switch state {
        case .draining(.retry), .draining(.pass): troubles.ended(.condition)
        default: break
        }
    }

    mutating func settled() {
        isSettling = false
        window.settled()
        settling.succeeded()
        troubles.ended(.settling)
        // Profiles have room again.
        mayHaveRows = true
    }

    mutating func settlingFailed(_ error: StorageError, now: RelayInstant) {
        isSettling = false
        window.settlingFailed()
        settling.failed(now: now.elapsed)
        met(.settling, error, attempts: settling.attempts, now: now)
    }

    /// Nothing could be read from the storage, or claims not be released.
    mutating func readingFailed(_ error: StorageError, now: RelayInstant) {
        errand = .none
        mayHaveRows = true
        reading.failed(now: now.elapsed)
        met(.claiming, error, attempts: reading.attempts, now: now)
        guard stopWithin != nil else { return }
        switch state {
        case .opening, .passing: state = .ended
        case .running, .draining, .waiting, .paused, .ended: break
        }
    }

    mutating func released() {
        errand = .none
        hasReleased = true
        readSucceeded()
    }

    // MARK: What follows

    /// What to do after the events so far and the passing of time.
    mutating func actions(now: RelayInstant) -> [Action] {
        var actions: [Action] = []
        if let error = lost.take() { actions.append(.reportWriteLost(error)) }
        if let hold, hold.until <= now.elapsed {
            self.hold = nil
            mayHaveRows = true
        }
        if case .waiting(let until) = state, until <= now.elapsed { state = .opening }
        judgeSuspects(now: now)
        if let deadline = mustClose.take() { actions.append(.closeSink(within: deadline)) }
        if let settlements = nextSettlements(now: now) { actions.append(.settle(settlements)) }
        // First the end, which may have an errand of its own.
        endDraining(now: now)
        if let action = nextErrand(now: now) { actions.append(action) }
        // Whoever hears of a pause hears of nothing else until it is over.
        if trial == nil, !isPausing, let line = troubles.news() { news.append(line) }
        actions += news.map { .tell($0) }
        news = []
        return actions
    }

    /// When to ask for actions again if no event comes before.
    func wakeUpAt(now: RelayInstant) -> Duration? {
        var times: [Duration] = []
        if let hold { times.append(hold.until) }
        if case .waiting(let until) = state { times.append(until) }
        if case .draining(.stop(let until)) = state { times += [until, settlesUntil ?? until] }
        if !isSettling, !window.outcomes.isEmpty { times.append(settling.until) }
        times.append(reading.until)
        return times.filter { $0 > now.elapsed }.min()
    }

    /// Parks refused records, or pauses because everything is refused.
    private mutating func judgeSuspects(now: RelayInstant) {
        guard case .running = state, let trouble = suspects.trouble(since: now.wall) else { return }
        if suspects.waiting.count < RelaySuspects.waitingMax {
            guard case .none = errand, window.hasNoneSent, !mayHaveRows else { return }
            let blamed = trial?.code == trouble.code ? [] : suspects.alone()
            for settlement in blamed { window.enter(settlement) }
            if !blamed.isEmpty { return }
        }
        destinationFailed(trouble)
    }

    private mutating func nextSettlements(now: RelayInstant) -> [OutboxSettlement]? {
        guard !isSettling, !isWriteLost, !isOver, !window.outcomes.isEmpty, settling.until <= now.elapsed else {
            return nil
        }
        isSettling = true
        return window.beginSettling()
    }

    private mutating func nextErrand(now: RelayInstant) -> Action? {
        guard case .none = errand, reading.until <= now.elapsed else { return nil }
        switch state {
        case .opening:
            guard !isWriteLost else { return nil }
            if let heir, heir.until <= now.elapsed { self.heir = nil }
            if heir != nil {
                errand = .readingLastRow
                return .readLastRow
            }
            errand = .openingSink
            return .openSink
        case .running:
            guard mayHaveRows else { return nextFirstRow() }
            guard window.room > 0 else { return nil }
            errand = .claiming
            mayHaveRows = false
            return .claim(
                ClaimRequest(
                    dataflow: dataflow,
                    limit: min(window.room, options.relayClaimMax),
                    limitPerProfile: options.relayWindowPerProfileMax,
                    bytesMax: min(window.roomBytes, options.relayClaimBytesMax),
                    holdingThrough: hold?.through,
                    through: through
                )
            )
        case .draining:
            guard isDrained(now: now), !hasReleased else { return nil }
            errand = .releasing
            return .releaseClaims
        case .passing(let through):
            guard !isWriteLost else { return nil }
            errand = .passing
            return .pass(through: through)
        case .waiting, .paused, .ended:
            return nil
        }
    }

    /// Asks whether rows of the sink's destination wait, once nothing is in hand and nobody is held.
    private mutating func nextFirstRow() -> Action? {
        guard mayBePast, window.isEmpty, hold == nil else { return nil }
        mayBePast = false
        errand = .readingFirstRow
        return .readFirstRow
    }

    /// The sink is gone and its outcomes are written, or will not be.
    private func isDrained(now: RelayInstant) -> Bool {
        guard !hasSink else { return false }
        if !isSettling, window.outcomes.isEmpty || isWriteLost { return true }
        // Rows whose outcome cannot be written in time stay in the outbox, and go out once more after the next start. A storage
        // without room may not even answer before there is some; whoever ends the relay cancels that.
        guard case .draining(.stop) = state, let settlesUntil else { return false }
        return now.elapsed >= settlesUntil && (isSettling || settling.attempts > 0)
    }

    private mutating func endDraining(now: RelayInstant) {
        guard case .draining(let end) = state, case .none = errand, isDrained(now: now) else { return }
        switch end {
        case .retry:
            guard hasReleased else { return }
            opening.failed(now: now.elapsed)
            state = .waiting(until: opening.until)
            troubles.expect(.records, at: now.wall(at: opening.until))
        case .pass(let through):
            guard hasReleased else { return }
            // What is opened next says how far it goes.
            self.through = nil
            state = .passing(through: through)
        case .pause(let trouble):
            guard hasReleased else { return }
            state = .paused(trouble)
        case .stop(let until):
            // A lost write ends the whole engine, and this relay only with it: another one would send the same again.
            guard stopWithin != nil else { return }
            // A storage that cannot even release claims is as good as gone.
            guard hasReleased || reading.attempts > 0 && now.elapsed >= until else { return }
            state = .ended
        }
    }

    private static func parked(
        _ row: Int64,
        _ code: String,
        _ message: String,
        _ now: RelayInstant
    ) -> OutboxSettlement {
        OutboxSettlement(row: row, outcome: .parked(code: code, message: message, at: now.wall))
    }

    private mutating func drain(_ end: End, within deadline: Duration) {
        state = .draining(end)
        mustClose = deadline
    }

    private mutating func sinkFailed(code: String, message: String, _ now: RelayInstant) {
        guard case .running = state else { return }
        troubles.met(.records, code: code, message: message, attempts: opening.attempts + 1, now: now)
        drain(.retry, within: .zero)
    }

    private mutating func destinationFailed(_ trouble: RelayTrouble) {
        switch state {
        case .running:
            drain(.pause(paused(by: trouble)), within: .zero)
        case .draining(.retry):
            state = .draining(.pause(paused(by: trouble)))
        case .draining, .opening, .passing, .waiting, .paused, .ended:
            break
        }
    }

    private mutating func pause(_ trouble: RelayTrouble) {
        state = .paused(paused(by: trouble))
    }

    /// The trouble as people are told of it: the pause goes on since it began, and is said again only when it is another one.
    private mutating func paused(by trouble: RelayTrouble) -> RelayTrouble {
        var trouble = trouble
        if let trial {
            trouble.since = trial.since
            trouble.attempts = trial.attempts + 1
        }
        if trial?.code != trouble.code { news.append(.paused(trouble)) }
        return trouble
    }

    private mutating func readSucceeded() {
        reading.succeeded()
        troubles.ended(.claiming)
    }

    private mutating func met(_ source: RelayTroubles.Source, _ error: StorageError, attempts: Int, now: RelayInstant) {
        troubles.met(source, code: error.code.rawValue, message: error.message, attempts: attempts, now: now)
        guard error.code == .writeLost, !isWriteLost else { return }
        isWriteLost = true
        lost = error
        // Nothing can be settled any more, so nothing more is sent.
        switch state {
        case .running: drain(.stop(until: now.elapsed), within: .zero)
        case .draining: state = .draining(.stop(until: now.elapsed))
        case .opening, .passing, .waiting, .paused, .ended: break
        }
    }
}
