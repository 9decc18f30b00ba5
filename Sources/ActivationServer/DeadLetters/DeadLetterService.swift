import ActivationCore
import ActivationEngine
import Logging

/// Dead letters of a dataflow, also of one that is deleted, and what is sent again (BEHAVIOUR 3.18).
struct DeadLetterService: Sendable {
    let dependencies: ServerDependencies

    private var engine: any ServerEngine { dependencies.engine }

    /// Dead letters that one commit lets go, at most: others wait for no more than these.
    private static let step = 1_000
    /// Entries of the ledger that one commit looks at, at most.
    private static let ledgerStep = 5_000
    /// How long a request goes on; who asked for more asks again.
    private static let time = Duration.seconds(10)

    /// A dataflow that has or may have dead letters.
    struct Subject: Sendable {
        /// The id.
        var id: Dataflow.ID
        /// The dataflow; nil when it is deleted.
        var flow: ControlEntry?

        /// Refuses to send anything for a dataflow that is deleted.
        ///
        /// - Throws: `DATAFLOW_DELETED`.
        func refuseDeleted() throws(APIError) {
            guard flow == nil else { return }
            throw APIError(
                .dataflowDeleted,
                "the dataflow is deleted, so nothing goes anywhere; its dead letters can be read and discarded"
            )
        }
    }

    /// Which dead letters are meant, and how many are let go at most.
    struct Selection: Sendable {
        /// Only these rows; nil = all.
        var rows: [Int64]?
        /// Only those with this code; nil = all.
        var code: String?
    }

    /// The dataflow with an id.
    ///
    /// - Throws: `1430-404` when there is none, and no dead letter of one either.
    func subject(_ id: String) async throws(APIError) -> Subject {
        do throws(APIError) {
            let flow = try dependencies.control.flowServiceEntry(.flow, id)
            guard let uuid = UUIDBytes(flow.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
            return Subject(id: Dataflow.ID(uuid: uuid), flow: flow)
        } catch {
            guard let uuid = UUIDBytes(id) else { throw error }
            let deleted = Dataflow.ID(uuid: uuid)
            let count = try await counts()[deleted]
            guard count != nil else { throw error }
            return Subject(id: deleted, flow: nil)
        }
    }

    /// How many dead letters dataflows have, deleted ones too.
    func counts() async throws(APIError) -> [Dataflow.ID: Int64] {
        try await APIError.mapping { () throws(EngineError) in try await engine.deadLetterCounts() }
    }

    /// Refuses to do anything with records of which whoever asks may not see everything (BEHAVIOUR 8.5).
    private func requireVisible(_ subject: Subject) throws(APIError) {
        guard let flow = subject.flow else { return }
        let clearance = AuthenticatedClient.current?.clearance ?? .everything
        try dependencies.control.whole.requireVisibleMessages(of: flow, clearance)
    }

    /// Lets dead letters go, step by step, for as long as a request may take.
    ///
    /// - Parameters:
    ///   - selection: Which.
    ///   - subject: Whose.
    ///   - way: What becomes of them.
    /// - Returns: What was done; `next` is nil when everything is.
    /// - Throws: `DATAFLOW_DELETED`, or the store's error; what was done before stays done.
    func release(
        _ selection: Selection,
        of subject: Subject,
        as way: DeadLetterRelease.Way
    ) async throws(APIError) -> DeadLetterRelease.Outcome {
        try requireVisible(subject)
        if way != .discarded { try subject.refuseDeleted() }
        let start = ContinuousClock.now
        var whole = DeadLetterRelease.Outcome()
        repeat {
            let release = DeadLetterRelease(
                of: subject.id,
                as: way,
                rows: selection.rows,
                code: selection.code,
                after: whole.next ?? 0,
                limit: DeadLetterService.step,
                at: dependencies.time.now()
            )
            let done = try await APIError.mapping { () throws(EngineError) in try await engine.release(release) }
            whole.released += done.released
            whole.kept += done.kept
            whole.next = done.next
        } while whole.next != nil && ContinuousClock.now - start < DeadLetterService.time
        dependencies.logger.notice(
            "Dead letters let go",
            metadata: [
                "dataflow.id": "\(subject.id.uuid)", "count": "\(whole.released)", "as": "\(way.rawValue)",
            ]
        )
        return whole
    }

    /// Sends the present state of everybody of whom a dataflow has delivered something since an instant.
    ///
    /// - Parameters:
    ///   - subject: The dataflow.
    ///   - instant: Since when.
    /// - Throws: `DATAFLOW_DELETED`, `LEDGER_TOO_SHORT` when nothing is known of the beginning of that time, or the store's error.
    func replay(_ subject: Subject, since instant: Timestamp) async throws(APIError) {
        try requireVisible(subject)
        try subject.refuseDeleted()
        let days = Int64(dependencies.ledgerDays)
        let first = Timestamp(milliseconds: dependencies.time.now().milliseconds - days * 86_400_000)
        guard days > 0 else {
            throw APIError(
                .ledgerTooShort,
                "the server keeps no ledger of what was delivered (--ledger-days 0); a backfill sends all members"
            )
        }
        guard instant >= first else {
            throw APIError(
                .ledgerTooShort,
                "the server keeps a ledger of what was delivered for \(days) days, since \(first.rfc3339); a backfill sends all members"
            )
        }
        var place: ReplayRequest.Place?
        repeat {
            let from = place
            place = try await APIError.mapping { () throws(EngineError) in
                try await engine.replay(subject.id, since: instant, after: from, limit: DeadLetterService.ledgerStep)
            }
        } while place != nil && !Task.isCancelled
        dependencies.logger.notice(
            "Replayed",
            metadata: ["dataflow.id": "\(subject.id.uuid)", "since": "\(instant.rfc3339)"]
        )
    }
}

extension APIErrorCode {
    static let dataflowDeleted = APIErrorCode("DATAFLOW_DELETED", status: 409, title: "The dataflow is deleted")
    static let deadLetterUnknown = APIErrorCode("DEAD_LETTER_UNKNOWN", status: 404, title: "No such dead letter")
    static let ledgerTooShort = APIErrorCode("LEDGER_TOO_SHORT", status: 409, title: "Not known for so long")
}
