import ActivationCore
import ActivationEngine

/// Where a flow delivered to before its target moved, as long as records wait that were triggered before (BEHAVIOUR 1.6).
struct FormerTarget: Sendable {
    /// Moves whose records wait, at most, for one flow.
    static let pendingMax = 16

    /// The flow.
    var flow: String
    /// The last outbox row that belongs there.
    var through: Int64
    /// `params` of the target connection as they were.
    var params: JSONObject
    /// `auth` and sealed secrets of the base connection as they were; nil = as they are now, since only the target moved.
    var account: JSONObject?
    /// When the target moved.
    var since: Timestamp

    init(flow: String, through: Int64, params: JSONObject, account: JSONObject?, since: Timestamp) {
        self.flow = flow
        self.through = through
        self.params = params
        self.account = account
        self.since = since
    }

    /// Reads a stored one; nil when it is none.
    init?(_ entry: ControlEntry) {
        guard entry.kind == .formerTarget, let flow = entry.string("flowId"), let through = entry.body["through"]?.int64
        else { return nil }
        self.init(
            flow: flow,
            through: through,
            params: entry.body["params"]?.object ?? [:],
            account: entry.body["account"]?.object,
            since: entry.createdAt
        )
    }

    /// The stored form.
    var body: JSONObject {
        var body: JSONObject = ["flowId": .string(flow), "through": .integer(through), "params": .object(params)]
        body["account"] = account.map { .object($0) }
        return body
    }

    /// What clients see in `headwaterState`.
    var json: JSONValue {
        var object: JSONObject = ["params": .object(params), "since": .string(since.rfc3339)]
        // Without its secrets, which are sealed beside it.
        object["account"] = account?["auth"]?["params"]
        return .object(object)
    }

    /// The members of a base connection that say how it is reached.
    static func account(of base: ControlEntry) -> JSONObject {
        var account = JSONObject()
        for key in ["auth", ConnectionSecrets.sealedKey] { account[key] = base.body[key] }
        return account
    }
}

extension ControlSnapshot {
    /// Former targets of a flow to which records still belong, the oldest first, with their entries.
    func formerTargets(of flow: String) -> [(entry: ControlEntry, former: FormerTarget)] {
        guard count(.formerTarget) > 0 else { return [] }
        return entries(.formerTarget).compactMap { entry in FormerTarget(entry).map { (entry, $0) } }
            .filter { $0.former.flow.hasSameBytes(as: flow) }
            .sorted { $0.former.through < $1.former.through }
    }
}

extension ControlDraft {
    /// Makes records that wait in a flow's outbox go to where they were triggered for, whatever the draft makes of the
    /// flow's target or its account; those of now on go to the new place.
    ///
    /// - Parameters:
    ///   - flow: The flow.
    ///   - target: Its target connection before the change.
    ///   - account: The account's members before the change; nil when it stays.
    /// - Throws: `CONFLICT` when too many former targets have not got all of theirs yet.
    mutating func move(_ flow: ControlEntry, from target: ControlEntry, account: JSONObject?) throws(APIError) {
        let pending = snapshot.formerTargets(of: flow.id)
        guard pending.count < FormerTarget.pendingMax else {
            throw APIError(
                .conflict,
                "records of flow \(flow.id) wait for \(pending.count) former targets already; let them leave, or send them "
                    + "to the present one by POST /flows/\(flow.id)/action?op=redirect"
            )
        }
        if let account {
            // What waits for an earlier target of the same account stays with that account.
            for (entry, former) in pending where former.account == nil {
                var body = entry.body
                body["account"] = .object(account)
                try replace(entry, body: body)
            }
        }
        addMove(
            FormerTarget(
                flow: flow.id,
                through: 0,
                params: target.body["params"]?.object ?? [:],
                account: account,
                since: now
            )
        )
    }

    /// Notes where a flow moves away from, once it is known which records wait.
    ///
    /// - Parameters:
    ///   - former: The move.
    ///   - row: The last record that waits; 0 when none does.
    mutating func enter(_ former: FormerTarget, through row: Int64) {
        // Records that wait for an earlier target are that one's.
        let last = snapshot.formerTargets(of: former.flow).last?.former.through ?? 0
        guard row > last else { return }
        var former = former
        former.through = row
        add(.formerTarget, body: former.body)
    }
}

extension ControlPlane {
    /// Notes that a flow's records have left up to a row: former targets of theirs are done with.
    func passed(_ row: Int64, of dataflow: Dataflow.ID) async throws(StorageError) {
        let flow = dataflow.uuid.description
        try await forget(by: .server) { snapshot in
            snapshot.formerTargets(of: flow).filter { $0.former.through <= row }.map(\.entry)
        }
    }

    /// Sends what waits for former targets of a flow to the present one.
    ///
    /// - Parameters:
    ///   - id: The flow's id.
    ///   - author: Who asks.
    /// - Returns: The flow.
    /// - Throws: `1430-404`; `1422-400` when nothing waits for a former target.
    func redirect(_ id: String, by author: ConfigurationChange.Author) async throws(APIError) -> ControlEntry {
        try await write(by: author) { draft throws(APIError) in
            let flow = try draft.snapshot.flowServiceEntry(.flow, id)
            let pending = draft.snapshot.formerTargets(of: flow.id)
            guard !pending.isEmpty else {
                throw APIError(.actionNotApplicable, "no record of the flow waits for a former target")
            }
            for (entry, _) in pending { draft.remove(entry) }
            draft.relaysToRestart = [flow.id]
            return flow
        }
    }
}
