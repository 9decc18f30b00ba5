import ActivationCore
import ActivationEngine

/// Whether a flow's records are leaving and, if not, why: `headwaterState` in flow objects and stats (BEHAVIOUR 3.18).
struct HeadwaterState: Sendable {
    var word: String
    private var trouble: RelayTrouble?
    /// What is other than was wanted though records leave; nil = nothing.
    var notice: String?
    /// When the message behind the oldest waiting record was admitted.
    var oldestPendingAt: Timestamp?
    /// Where records that were triggered before the target moved still go, the oldest first.
    var formerTargets: [FormerTarget] = []
    /// How far it is in making up for what was left undone while it was disabled; nil when it is not at that.
    var reconcile: ResumeProgress?

    /// The state of a flow.
    ///
    /// - Parameters:
    ///   - relay: What its relay is doing.
    ///   - leftOut: Why it is not in use, when the engine cannot use what it says.
    init(_ relay: RelayState, leftOut: Quarantine.Reason?) {
        if let leftOut {
            word = "paused"
            trouble = RelayTrouble(
                code: Quarantine.Reason.code,
                message: leftOut.message,
                since: leftOut.since,
                attempts: 0
            )
            return
        }
        switch relay {
        case .running: word = "running"
        case .disabled: word = "disabled"
        case .retrying(let trouble):
            word = "retrying"
            self.trouble = trouble
        case .paused(let trouble):
            word = "paused"
            self.trouble = trouble
        }
    }

    /// All words that a state can be.
    static let words = ["running", "retrying", "paused", "disabled"]

    /// One of ``words``.
    var state: JSONValue { .string(word) }

    /// The code and the message of what is in the way; nil when nothing is.
    var reason: JSONValue? {
        trouble.map { ["code": .string($0.code), "message": .string($0.message)] }
    }

    /// The object that clients see.
    var json: JSONValue {
        var object: JSONObject = ["state": state]
        if let trouble {
            object["code"] = .string(trouble.code)
            object["message"] = .string(trouble.message)
            object["since"] = .string(trouble.since.rfc3339)
            object["attempts"] = .integer(Int64(trouble.attempts))
            object["nextAttemptAt"] = trouble.nextAttemptAt.map { .string($0.rfc3339) }
        }
        object["notice"] = notice.map { .string($0) }
        if !formerTargets.isEmpty { object["formerTargets"] = .array(formerTargets.map(\.json)) }
        if let reconcile {
            var progress: JSONObject = [
                "processed": .integer(Int64(reconcile.processed)), "total": .integer(Int64(reconcile.total)),
            ]
            progress["secondsLeft"] = reconcile.secondsLeft.map { .integer(Int64($0.rounded(.up))) }
            object["reconcile"] = .object(progress)
        }
        if let oldestPendingAt { object["oldestPendingAt"] = .string(oldestPendingAt.rfc3339) }
        return .object(object)
    }
}

extension ServerDependencies {
    /// A flow's state without a look into the store.
    func headwaterState(of flow: ControlEntry) -> HeadwaterState {
        let relay = UUIDBytes(flow.id).map { engine.relayState(Dataflow.ID(uuid: $0)) } ?? .disabled
        return headwaterState(of: flow, relay)
    }

    /// The state of a flow whose relay does this.
    func headwaterState(of flow: ControlEntry, _ relay: RelayState) -> HeadwaterState {
        var state = HeadwaterState(relay, leftOut: control.quarantine.reason(flow))
        state.formerTargets = control.snapshot.formerTargets(of: flow.id).map(\.former)
        state.notice = UUIDBytes(flow.id).flatMap { engine.relayNotice(Dataflow.ID(uuid: $0)) }
        state.reconcile = UUIDBytes(flow.id).flatMap { engine.resumeProgress(Dataflow.ID(uuid: $0)) }
        return state
    }

    /// The document of a flow with the age of what waits, which is read from the store.
    ///
    /// A store that cannot be read has other ways of being noticed; the flow is shown without that age then.
    func withOldestPending(_ document: JSONObject) async -> JSONObject {
        guard
            let id = document["id"]?.string.flatMap({ UUIDBytes($0) }),
            var state = document["headwaterState"],
            let books = try? await engine.books(Dataflow.ID(uuid: id)),
            let oldest = books.oldestPendingAt
        else { return document }
        state["oldestPendingAt"] = .string(oldest.rfc3339)
        var document = document
        document["headwaterState"] = state
        return document
    }
}
