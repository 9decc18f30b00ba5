import ActivationCore
import ActivationEngine

/// An order to backfill a dataflow, as the configuration holds it (BEHAVIOUR 3.8).
///
/// It is stored with the change that calls for it, so no mapping is without its backfill; how far it is the engine keeps.
struct BackfillOrder: Sendable {
    /// What called for it.
    enum Origin: String, Sendable, CaseIterable {
        /// Audiences were mapped.
        case mapping
        /// A client.
        case request
        /// The dataflow was enabled again.
        case resume
        /// Audiences were taken out of the dataflow, which is to tell of their members.
        case unmapping
    }

    /// The order.
    var backfill: Backfill
    /// What called for it.
    var origin: Origin

    /// Orders that are kept after their end, the newest.
    static let endedMax = 100
    /// Orders that have not ended.
    static let openMax = 1_000
    /// Records a second that can be asked for.
    static let recordsPerSecond = 1...100_000

    /// Reads a stored order; nil when it is not one.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .backfill, let id = UUIDBytes(entry.id),
            let flow = entry.string("dataflowId").flatMap({ UUIDBytes($0) }),
            let origin = entry.string("origin").flatMap({ Origin(rawValue: $0) }),
            let wish = entry.string("wish").flatMap({ Backfill.Wish(rawValue: $0) })
        else { return nil }
        backfill = Backfill(
            id: Backfill.ID(uuid: id),
            dataflow: Dataflow.ID(uuid: flow),
            audiences: entry.body["audiences"]?.array.map { list in
                Set(list.compactMap { $0.string.flatMap { UUIDBytes($0) } }.map { Audience.ID(uuid: $0) })
            },
            unmapped: (entry.body["unmapped"]?.array ?? []).compactMap { Dataflow.MappedAudience($0, of: entry) },
            since: entry.body["since"]?.int64.map { Timestamp(milliseconds: $0) },
            wish: wish,
            recordsPerSecond: entry.body["recordsPerSecond"]?.int64.map { Int(clamping: $0) }
        )
        self.origin = origin
    }
}

extension ControlEntry {
    /// The ids of the audiences whose members an order is about; nil = of all that are mapped.
    var backfilledAudiences: [String]? {
        body["unmapped"]?.array?.compactMap { $0["id"]?.string } ?? body["audiences"]?.array?.compactMap(\.string)
    }
}

extension ControlDraft {
    /// Orders a backfill.
    ///
    /// - Parameters:
    ///   - flow: Whose members are exported.
    ///   - audiences: Of which audiences; nil = all that are mapped.
    ///   - unmapped: Of which that were taken out of the flow, as the values of their selectors; then of no others.
    ///   - since: Only members who qualified then or later.
    ///   - recordsPerSecond: Records a second at most.
    ///   - origin: What calls for it.
    ///   - client: Who asks.
    ///   - ended: Orders that have ended; the oldest of them go when there are many.
    /// - Returns: The order's entry.
    /// - Throws: `CONFLICT` when too many orders have not ended.
    mutating func order(
        _ flow: ControlEntry,
        audiences: [Audience.ID]?,
        unmapped: [JSONValue] = [],
        since: Timestamp? = nil,
        recordsPerSecond: Int64? = nil,
        origin: BackfillOrder.Origin,
        by client: AuthenticatedClient,
        ended: Set<String>
    ) throws(APIError) -> ControlEntry {
        let known = snapshot.entries(.backfill)
        let over = known.filter { ended.contains($0.id) }
        guard known.count - over.count < BackfillOrder.openMax else {
            throw APIError(
                .conflict,
                "\(known.count - over.count) backfills have not ended; wait for some, or cancel them"
            )
        }
        for entry in over.dropLast(BackfillOrder.endedMax - 1) { forget(entry) }
        var body: JSONObject = [
            "dataflowId": .string(flow.id),
            "origin": .string(origin.rawValue),
            "wish": .string(Backfill.Wish.running.rawValue),
        ]
        body["audiences"] = audiences.map { list in .array(list.map { .string($0.uuid.description) }) }
        if !unmapped.isEmpty { body["unmapped"] = .array(unmapped) }
        body["since"] = since.map { .integer($0.milliseconds) }
        body["recordsPerSecond"] = recordsPerSecond.map { .integer($0) }
        return try insert(.backfill, body: AuditTrail.created(body, by: client))
    }
}

extension ServerDependencies {
    /// The ids of backfills that have ended.
    var endedBackfills: Set<String> {
        Set(engine.backfillRuns.values.filter(\.state.isEnd).map(\.id.uuid.description))
    }
}
