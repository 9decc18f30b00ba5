import ActivationCore
import ActivationEngine

/// What can be done with dataflows, for the API and the console alike (BEHAVIOUR 1.4 to 1.7).
///
/// Calls may overlap; a change is decided on the newest configuration, and when one throws nothing has changed.
struct DataflowService: Sendable {
    let dependencies: ServerDependencies

    /// What a change made.
    struct Change: Sendable {
        /// The flow as it is now.
        var flow: ControlEntry
        /// The backfill that began with it.
        var backfill: ControlEntry?
        /// The round that tells of audiences which were taken out.
        var unmapping: ControlEntry?
        /// What the client should look at.
        var warnings: [JSONValue] = []
    }

    /// The members of a flow that can be changed.
    static let changeable = [
        ["name"], ["description"], ["state"], ["transformations"], ["marketingActions"], ["alerts"],
    ]

    /// Makes a flow.
    ///
    /// - Parameters:
    ///   - fields: Its body.
    ///   - client: Who asks.
    /// - Returns: The flow and what it began.
    /// - Throws: `1410-400`, `CONFLICT`, the codes of ``FlowBody`` and ``SelectorCheck``.
    func create(_ fields: Fields, by client: AuthenticatedClient) async throws(APIError) -> Change {
        guard fields.object["state"] == nil else {
            throw APIError(.stateOnCreate, "leave state out; a new flow is enabled, and op=disable pauses it")
        }
        let made = try await dependencies.control.write(by: client.author) { draft throws(APIError) in
            try make(fields.object, in: &draft, by: client)
        }
        return Change(
            flow: made.flow,
            backfill: made.backfill,
            warnings: try await warnings(made.check, made.unknownPaths, of: made.flow)
        )
    }

    /// A flow that has been added to a change.
    struct Made: Sendable {
        var flow: ControlEntry
        var check: SelectorCheck
        /// Mapped paths that no profile has had so far.
        var unknownPaths: [[String]]
        var backfill: ControlEntry?
    }

    /// Adds a flow to a change.
    func make(
        _ object: JSONObject,
        in draft: inout ControlDraft,
        by client: AuthenticatedClient
    ) throws(APIError) -> Made {
        guard draft.snapshot.liveFlows < dependencies.dataflowsMax else {
            throw APIError(
                .conflict,
                "there are \(dependencies.dataflowsMax) destinations in this sandbox already; delete a flow first, or start "
                    + "the server with a higher --dataflows-max"
            )
        }
        let fields = try Fields(.object(object))
        var check = SelectorCheck(snapshot: draft.snapshot, previous: nil, now: draft.now)
        var body = try FlowBody.checked(fields, in: draft.snapshot)
        body["transformations"] = try check.transformations(fields)
        try DocumentedTypes.check(.object(fields.object), as: "FlowDraft")
        body["state"] = .string(FlowState.enabled)
        try client.requireActivation(from: nil, to: body)
        let entry = try draft.insert(.flow, body: AuditTrail.created(body, by: client))
        return Made(
            flow: entry,
            check: check,
            unknownPaths: unknownPaths(of: check),
            backfill: try order(check.audiencesToBackfill, of: entry, by: client, in: &draft)
        )
    }

    /// Changes name, description, state, mapping, marketing actions or alerts of a flow.
    ///
    /// - Parameters:
    ///   - id: The flow's id.
    ///   - tag: The version that the change was decided on.
    ///   - patch: The change.
    ///   - client: Who asks.
    /// - Returns: The flow and what it began.
    /// - Throws: `1430-404`, `1411-400`, `1404-412`, the codes of ``FlowBody`` and ``SelectorCheck``.
    func update(
        _ id: String,
        ifMatch tag: String,
        _ patch: JSONPatch,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Change {
        let (entry, check, unknown, orders) = try await dependencies.control.write(by: client.author) {
            draft throws(APIError) in
            let old = try draft.snapshot.flowServiceEntry(.flow, id)
            try EntityTag.check(tag, is: old.etag)
            let (body, check) = try DataflowService.changed(old, by: patch, in: draft.snapshot, now: draft.now)
            try client.requireActivation(from: old.body, to: body)
            let unknown = unknownPaths(of: check)
            let entry = try draft.replace(old, body: AuditTrail.updated(body, from: old, by: client))
            let mapping = try order(check.audiencesToBackfill, of: entry, by: client, in: &draft)
            let unmapping = try order(leavingOf: check.unmapped, of: entry, by: client, in: &draft)
            return (entry, check, unknown, (mapping, unmapping))
        }
        let warnings = try await warnings(check, unknown, of: entry)
        return Change(flow: entry, backfill: orders.0, unmapping: orders.1, warnings: warnings)
    }

    /// The body that a change makes of a flow.
    static func changed(
        _ old: ControlEntry,
        by patch: JSONPatch,
        in snapshot: ControlSnapshot,
        now: Timestamp
    ) throws(APIError) -> (body: JSONObject, check: SelectorCheck) {
        try patch.requirePaths(DataflowService.changeable)
        let after = try Fields(try patch.apply(to: .object(old.body)))
        var check = SelectorCheck(snapshot: snapshot, previous: old, now: now)
        var body = try FlowBody.checked(after, in: snapshot)
        body["transformations"] = try check.transformations(after)
        body["state"] = .string(try FlowBody.state(after))
        return (body, check)
    }

    /// Enables a flow; one that its destination paused is tried again once a test passes.
    ///
    /// - Parameters:
    ///   - id: The flow's id.
    ///   - choice: What is done about what was left undone while it was disabled.
    ///   - client: Who asks.
    /// - Returns: The flow and the backfill that began.
    /// - Throws: `1430-404`, `1422-400` when it is enabled already and not paused, the code of the probe.
    func enable(
        _ id: String,
        _ choice: ResumeChoice,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Change {
        let flow = try dependencies.control.flowServiceEntry(.flow, id)
        guard flow.string("state") != FlowState.enabled else {
            try await resume(flow)
            return Change(flow: flow)
        }
        if choice != .reconcile {
            try client.require(.viewDestinations, .activateDestinations)
            try await dropMarks(flow)
        }
        return try await set(FlowState.enabled, of: flow, choice, by: client)
    }

    /// Disables a flow; what waits stays.
    ///
    /// - Parameters:
    ///   - id: The flow's id.
    ///   - client: Who asks.
    /// - Returns: The flow.
    /// - Throws: `1430-404`, `1422-400` when it is disabled already.
    func disable(_ id: String, by client: AuthenticatedClient) async throws(APIError) -> Change {
        let flow = try dependencies.control.flowServiceEntry(.flow, id)
        return try await set(FlowState.disabled, of: flow, .reconcile, by: client)
    }

    private func set(
        _ state: String,
        of flow: ControlEntry,
        _ choice: ResumeChoice,
        by client: AuthenticatedClient
    ) async throws(APIError) -> Change {
        try await dependencies.control.write(by: client.author) {
            (draft: inout ControlDraft) throws(APIError) -> Change in
            let old = try draft.snapshot.flowServiceEntry(.flow, flow.id)
            if choice != .reconcile { draft.marksToDrop = [old.id] }
            guard old.string("state") != state else {
                throw APIError(.actionNotApplicable, "the flow is \(state) already")
            }
            var body = old.body
            body["state"] = .string(state)
            let entry = try draft.replace(old, body: AuditTrail.updated(body, from: old, by: client))
            guard choice == .backfill else { return Change(flow: entry) }
            let ended = dependencies.endedBackfills
            let order = try draft.order(entry, audiences: nil, origin: .resume, by: client, ended: ended)
            return Change(flow: entry, backfill: order)
        }
    }

    /// Forgets most of what was left undone before decisions wait for the rest.
    private func dropMarks(_ flow: ControlEntry) async throws(APIError) {
        guard let uuid = UUIDBytes(flow.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
        do throws(StorageError) {
            try await dependencies.engine.dropMarks(Dataflow.ID(uuid: uuid))
        } catch {
            throw APIError(storage: error)
        }
    }

    /// Tries again after a fatal answer of the destination, once a test passes.
    ///
    /// - Throws: `1422-400` when nothing is paused by its destination; the probe's code when that still refuses.
    private func resume(_ flow: ControlEntry) async throws(APIError) {
        guard let uuid = UUIDBytes(flow.id) else { throw APIError(.internalError, "a stored flow id is no UUID") }
        let id = Dataflow.ID(uuid: uuid)
        if let reason = dependencies.control.quarantine.reason(flow) {
            throw APIError(.actionNotApplicable, "the flow cannot be used as it is configured: \(reason.message)")
        }
        guard case .paused = dependencies.engine.relayState(id) else {
            throw APIError(.actionNotApplicable, "the flow is \(FlowState.enabled) already and not paused")
        }
        let snapshot = dependencies.control.snapshot
        if let target = flow.body["targetConnectionIds"]?[0]?.string.flatMap({ snapshot.entry(.targetConnection, $0) })
        {
            // A key for writing alone may not ask; then the next record shows it.
            _ = try await dependencies.inspectTarget(target.body, in: snapshot)
        }
        await dependencies.engine.restartRelay(id)
    }

    /// Orders the backfill of audiences that were just mapped (BEHAVIOUR 3.8).
    private func order(
        _ audiences: [Audience.ID],
        of flow: ControlEntry,
        by client: AuthenticatedClient,
        in draft: inout ControlDraft
    ) throws(APIError) -> ControlEntry? {
        guard !audiences.isEmpty else { return nil }
        return try draft.order(
            flow,
            audiences: audiences,
            origin: .mapping,
            by: client,
            ended: dependencies.endedBackfills
        )
    }

    /// Orders that members of audiences which were taken out of a flow are told of, if the flow's target asks for that
    /// (BEHAVIOUR 3.9).
    private func order(
        leavingOf selectors: [JSONValue],
        of flow: ControlEntry,
        by client: AuthenticatedClient,
        in draft: inout ControlDraft
    ) throws(APIError) -> ControlEntry? {
        guard !selectors.isEmpty, draft.snapshot.dataflow(flow)?.options.emitsUnmapping ?? false else { return nil }
        return try draft.order(
            flow,
            audiences: nil,
            unmapped: selectors,
            origin: .unmapping,
            by: client,
            ended: dependencies.endedBackfills
        )
    }

    /// Newly mapped paths that no profile has had; asked before the change makes them known.
    func unknownPaths(of check: SelectorCheck) -> [[String]] {
        check.newPaths.filter { !dependencies.engine.isKnownPath($0) }
    }

    /// What the client should know: members whose state is not exported yet (BEHAVIOUR 3.8), paths never seen
    /// (BEHAVIOUR 1.5).
    func warnings(
        _ check: SelectorCheck,
        _ unknownPaths: [[String]],
        of flow: ControlEntry
    ) async throws(APIError) -> [JSONValue] {
        var warnings = check.warnings
        for audience in check.newAudiences where !check.audiencesToBackfill.contains(audience) {
            let members: Int
            do throws(EngineError) {
                members = try await dependencies.engine.memberCount(audience)
            } catch {
                throw APIError(engine: error)
            }
            guard members > 0 else { continue }
            warnings.append([
                "code": "EXISTING_MEMBERS_NOT_EXPORTED",
                "message": .string(
                    "the audience has members already (\(members)); they are exported when they next change, not now"
                ),
                "audienceId": .string(audience.uuid.description),
                "members": .integer(Int64(members)),
            ])
        }
        warnings += unknownPaths.map { Warning.pathUnknown($0.joined(separator: ".")) }
        if !check.unmapped.isEmpty, FlowTransformation(flow).audiences.isEmpty {
            warnings.append(Warning.nothingMapped)
        }
        return warnings
    }
}

extension ControlSnapshot {
    /// How many flows there are for clients.
    fileprivate var liveFlows: Int { entries(.flow).count { $0.string("state") != FlowState.deleting } }
}
