import ActivationCore
import ActivationEngine
import Logging
import Synchronization

/// Looks at what rules name, remembers how it stands, and tells channels (BEHAVIOUR 7.1).
///
/// What is the matter, what happened and what is still to be told are stored in one transaction, so nothing is forgotten or told
/// for nothing after a crash. While the store refuses it, on a full disk for instance, it is told from memory. It only looks: neither the engine nor a change of the configuration waits for it.
public final class AlertDesk: Sendable {
    /// What is known between two looks.
    struct Memory {
        /// By the alert's id; nil = not read yet.
        var states: [String: AlertState]?
        /// When runs were looked at last.
        var runsSeenAt: Timestamp?
        /// What the store has refused; it is told all the same, and stored when the store takes something.
        var unstored = AlertChange()
    }

    let control: ControlPlane
    let engine: any ServerEngine
    let store: any AlertStore
    let transport: any AlertTransport
    let time: any TimeSource
    let ids: any IDSource
    let endpoint: ServerEndpoint
    let space: @Sendable () -> StoreSpace?
    let logger: Logger
    let scope: Scope
    /// One look, acknowledgement or snooze at a time.
    let gate = ControlGate()
    let memory = Mutex(Memory())

    /// The time between two looks.
    static let lookInterval = Duration.seconds(5)
    /// The time between two looks at runs, Adobe's.
    static let runsInterval = Duration.seconds(30)
    /// The time between two looks at what is to be told.
    static let deliveryInterval = Duration.seconds(1)
    /// For how long it is known what happened.
    static let entryTime: Int64 = 365 * 86_400_000
    /// For how long it is known what was told.
    static let deliveryTime: Int64 = 30 * 86_400_000

    init(
        control: ControlPlane,
        engine: any ServerEngine,
        store: any AlertStore,
        transport: any AlertTransport,
        time: any TimeSource,
        ids: any IDSource,
        endpoint: ServerEndpoint,
        space: @escaping @Sendable () -> StoreSpace?,
        logger: Logger,
        scope: Scope = .production
    ) {
        self.control = control
        self.engine = engine
        self.store = store
        self.transport = transport
        self.time = time
        self.ids = ids
        self.endpoint = endpoint
        self.space = space
        self.logger = logger
        self.scope = scope
    }

    /// Looks and tells until the task is cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await AlertDesk.repeating(AlertDesk.lookInterval) { await self.look() } }
            group.addTask { await AlertDesk.repeating(AlertDesk.deliveryInterval) { await self.deliver() } }
        }
    }

    private static func repeating(_ interval: Duration, _ work: () async -> Void) async {
        while !Task.isCancelled {
            await work()
            // Cancelled at the end, where the loop ends too.
            try? await Task.sleep(for: interval)
        }
    }

    // MARK: What is watched

    /// A rule about one thing.
    struct Watch: Sendable {
        var rule: AlertRule
        /// Nil = the server.
        var flow: ControlEntry?

        /// The alert's id.
        var id: String { flow == nil ? "\(rule.id).server" : "\(rule.id).\(flow?.id ?? "")" }
        /// What entries are about.
        var subject: String { flow?.id ?? "" }
    }

    /// All rules about all that they are about.
    ///
    /// - Parameter snapshot: The configuration.
    /// - Returns: Those that are on.
    static func watches(_ snapshot: ControlSnapshot) -> [Watch] {
        let flows = snapshot.entries(.flow).filter { $0.string("state") != FlowState.deleting }
        let rules = snapshot.entries(.alertRule).compactMap(AlertRule.init).filter(\.isEnabled)
        var watches: [Watch] = []
        for rule in rules {
            guard rule.kind.isOfDataflow else {
                watches.append(Watch(rule: rule))
                continue
            }
            let subjects = flows.filter { flow in rule.dataflow.map { $0.hasSameBytes(as: flow.id) } ?? true }
            watches += subjects.map { Watch(rule: rule, flow: $0) }
        }
        return watches
            + flows.flatMap { flow in AlertRule.subscriptions(of: flow).map { Watch(rule: $0, flow: flow) } }
    }

    /// How alerts stand; read from the store at first.
    func states() async throws(StorageError) -> [String: AlertState] {
        if let known = memory.withLock({ $0.states }) { return known }
        var states: [String: AlertState] = [:]
        for standing in try await store.alertStandings(scope: scope) {
            // Bytes of ours that do not parse are as if nobody had looked yet.
            if let json = try? JSONValue(parsing: standing.body) { states[standing.id] = AlertState(json) }
        }
        let read = states
        memory.withLock { $0.states = read }
        return states
    }

    // MARK: What is the matter

    /// An alert that is told.
    struct Alert: Sendable {
        var watch: Watch
        var state: AlertState
        var firing: AlertState.Firing
    }

    /// What is the matter now, the worst first, and of those the newest.
    func alerts() -> [Alert] {
        let states = (memory.withLock { $0.states } ?? [:]).filter(\.value.isFiring)
        guard !states.isEmpty else { return [] }
        return AlertDesk.watches(control.snapshot).compactMap { watch in
            guard let state = states[watch.id], let firing = state.firing else { return nil }
            return Alert(watch: watch, state: state, firing: firing)
        }.sorted { left, right in
            (left.watch.rule.severity.rank, left.firing.since, left.watch.id)
                > (right.watch.rule.severity.rank, right.firing.since, right.watch.id)
        }
    }

    /// Notes that somebody knows; it is not told again until it is over, or something else.
    ///
    /// - Parameters:
    ///   - id: The alert.
    ///   - note: What they say of it.
    ///   - author: Who.
    /// - Returns: The alert.
    /// - Throws: `ALERT_UNKNOWN`, or the store's error.
    func acknowledge(_ id: String, note: String, by author: String) async throws(APIError) -> Alert {
        let now = time.now()
        return try await change(id, "acknowledged", ["by": .string(author), "note": .string(note)], at: now) { state in
            state.acknowledge(by: author, note: note, at: now)
        }
    }

    /// Keeps channels silent about an alert for a while.
    ///
    /// - Parameters:
    ///   - id: The alert.
    ///   - end: Until when; an instant that is over ends the silence.
    ///   - author: Who.
    /// - Returns: The alert.
    /// - Throws: `ALERT_UNKNOWN`, or the store's error.
    func snooze(_ id: String, until end: Timestamp, by author: String) async throws(APIError) -> Alert {
        let more: JSONObject = ["by": .string(author), "until": .string(end.rfc3339)]
        return try await change(id, "snoozed", more, at: time.now()) { state in
            state.snoozedUntil = end
            return true
        }
    }

    private func change(
        _ id: String,
        _ event: String,
        _ more: JSONObject,
        at now: Timestamp,
        _ edit: @Sendable (inout AlertState) -> Bool
    ) async throws(APIError) -> Alert {
        await gate.enter()
        defer { gate.leave() }
        let unknown = APIError(.alertUnknown, "no such alert is told now; GET /v1/alerts/now lists those that are")
        guard let watch = AlertDesk.watches(control.snapshot).first(where: { $0.id.hasSameBytes(as: id) }) else {
            throw unknown
        }
        var states: [String: AlertState]
        do throws(StorageError) {
            states = try await self.states()
        } catch {
            throw APIError(storage: error)
        }
        guard var state = states[watch.id], state.isFiring, edit(&state), let firing = state.firing else {
            throw unknown
        }
        var change = memory.withLock { $0.unstored }
        change.put(AlertDesk.standing(watch.id, state))
        change.entries.append(AlertDesk.entry(event, watch, firing.finding, more, at: now))
        do throws(StorageError) {
            try await store.apply(change, scope: scope)
        } catch {
            throw APIError(storage: error)
        }
        states[watch.id] = state
        let changed = states
        memory.withLock { memory in
            memory.states = changed
            memory.unstored = AlertChange()
        }
        return Alert(watch: watch, state: state, firing: firing)
    }

    static func standing(_ id: String, _ state: AlertState) -> AlertStanding {
        AlertStanding(id: id, body: Array(JSONValue.object(state.json).text.utf8))
    }

    /// What the history says of an alert.
    static func entry(
        _ event: String,
        _ watch: Watch,
        _ finding: AlertFinding,
        _ more: JSONObject = [:],
        at now: Timestamp
    ) -> AlertEntry {
        var object: JSONObject = [
            "event": .string(event), "alertId": .string(watch.id), "ruleId": .string(watch.rule.id),
            "name": .string(watch.rule.name), "kind": .string(watch.rule.kind.rawValue),
            "severity": .string(watch.rule.severity.rawValue), "text": .string(finding.text),
        ]
        object["figure"] = finding.figure.map(AlertThreshold.number)
        object["flowId"] = watch.flow.map { .string($0.id) }
        object["flowName"] = watch.flow?.string("name").map { .string($0) }
        for (key, value) in more { object[key] = value }
        return AlertEntry(at: now, subject: watch.subject, body: Array(JSONValue.object(object).text.utf8))
    }
}

extension APIErrorCode {
    static let alertUnknown = APIErrorCode("ALERT_UNKNOWN", status: 404, title: "No such alert")
    static let alertRuleUnknown = APIErrorCode("ALERT_RULE_UNKNOWN", status: 404, title: "No such alert rule")
    static let alertChannelUnknown = APIErrorCode("ALERT_CHANNEL_UNKNOWN", status: 404, title: "No such alert channel")
    static let alertChannelInUse = APIErrorCode("ALERT_CHANNEL_IN_USE", status: 409, title: "The channel is in use")
    static let alertChannelRefused = APIErrorCode(
        "ALERT_CHANNEL_REFUSED",
        status: 400,
        title: "The channel does not answer as it should"
    )
}
