import ActivationCore
import ActivationEngine

/// What can be done with backfills, for the API and the console alike (BEHAVIOUR 3.8).
///
/// Calls may overlap; a change is decided on the newest configuration, and when one throws nothing has changed.
struct DataflowBackfills: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    /// What is asked for.
    struct Wish: Sendable {
        /// The ids of the audiences whose members are exported; nil = of all that are mapped.
        var audiences: [String]?
        /// Only members who qualified then or later.
        var since: Timestamp?
        /// Records a second at most.
        var recordsPerSecond: Int64?
    }

    /// All orders that are kept, the newest first.
    func all() -> [ControlEntry] { control.entries(.backfill).reversed() }

    /// How an order stands; nil before it began.
    func run(of entry: ControlEntry) -> BackfillRun? {
        UUIDBytes(entry.id).flatMap { dependencies.engine.backfillRuns[Backfill.ID(uuid: $0)] }
    }

    /// The order with an id.
    ///
    /// - Throws: `BACKFILL_UNKNOWN`.
    func order(_ id: String) throws(APIError) -> ControlEntry {
        try DataflowBackfills.order(id, in: control.snapshot)
    }

    /// Orders a backfill.
    ///
    /// - Parameters:
    ///   - flow: The id of the dataflow.
    ///   - wish: What is asked for.
    ///   - client: Who asks.
    /// - Returns: The order.
    /// - Throws: `FIELD_INVALID` for a dataflow that exports nobody, `1439-400` for what does not exist, `CONFLICT` when too
    ///   many have not ended.
    func begin(
        _ flow: String,
        _ wish: Wish,
        by client: AuthenticatedClient
    ) async throws(APIError) -> ControlEntry {
        let ended = dependencies.endedBackfills
        return try await control.write(by: client.author) { draft throws(APIError) in
            let flow = try draft.snapshot.referenced(.flow, flow, at: "/dataflowId")
            let mapped = FlowTransformation(flow).audiences.map(\.audience)
            guard flow.string("state") != FlowState.deleting, !mapped.isEmpty else {
                throw APIError(.fieldInvalid, "/dataflowId: the dataflow maps no audience, so nobody is exported")
            }
            return try draft.order(
                flow,
                audiences: try DataflowBackfills.audiences(wish.audiences, mapped),
                since: wish.since,
                recordsPerSecond: wish.recordsPerSecond,
                origin: .request,
                by: client,
                ended: ended
            )
        }
    }

    /// Changes what is wanted of a backfill that has not ended.
    ///
    /// - Parameters:
    ///   - id: Its id.
    ///   - client: Who asks.
    ///   - edit: Changes the order's body.
    /// - Returns: The order.
    /// - Throws: `BACKFILL_UNKNOWN`, or `CONFLICT` when it has ended.
    func change(
        _ id: String,
        by client: AuthenticatedClient,
        _ edit: (inout JSONObject) -> Void
    ) async throws(APIError) -> ControlEntry {
        let ended = dependencies.endedBackfills
        return try await control.write(by: client.author) { draft throws(APIError) in
            let old = try DataflowBackfills.order(id, in: draft.snapshot)
            guard !ended.contains(old.id), old.string("wish") != Backfill.Wish.cancelled.rawValue else {
                throw APIError(.conflict, "the backfill has ended; order another one")
            }
            var body = old.body
            edit(&body)
            return try draft.replace(old, body: AuditTrail.updated(body, from: old, by: client))
        }
    }

    /// A number of records a second, if it may be asked for.
    ///
    /// - Throws: `FIELD_INVALID`.
    static func rate(_ rate: Int64?) throws(APIError) -> Int64 {
        guard let rate, BackfillOrder.recordsPerSecond.contains(Int(clamping: rate)) else {
            let range = BackfillOrder.recordsPerSecond
            throw APIError(
                .fieldInvalid,
                "/recordsPerSecond is a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
        return rate
    }

    private static func order(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> ControlEntry {
        guard let entry = snapshot.entry(.backfill, id.lowercased()) else {
            throw APIError(
                .backfillUnknown,
                "no backfill has this id; those that ended long ago are forgotten, GET \(BackfillRoutes.path) lists the others"
            )
        }
        return entry
    }

    private static func audiences(
        _ named: [String]?,
        _ mapped: [Audience.ID]
    ) throws(APIError) -> [Audience.ID]? {
        guard let named else { return nil }
        var audiences: [Audience.ID] = []
        for (index, text) in named.enumerated() {
            guard let uuid = UUIDBytes(text), mapped.contains(Audience.ID(uuid: uuid)) else {
                throw APIError(
                    .referenceUnknown,
                    "/audiences/\(index): the dataflow maps no audience with the id \"\(text.excerpt(64))\""
                )
            }
            audiences.append(Audience.ID(uuid: uuid))
        }
        guard !audiences.isEmpty else {
            throw APIError(.fieldInvalid, "/audiences is empty; leave it out for all that are mapped")
        }
        return audiences
    }
}

extension APIErrorCode {
    static let backfillUnknown = APIErrorCode("BACKFILL_UNKNOWN", status: 404, title: "Backfill not found")
}
