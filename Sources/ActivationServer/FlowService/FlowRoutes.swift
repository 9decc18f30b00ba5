import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Flows: what is exported where (BEHAVIOUR 1.4 to 1.7).
struct FlowRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("flows") { request, context in try await create(request, context) }
        router.patch("flows/:id") { request, context in try await update(request, context) }
        router.post("flows/:id/action") { request, context in try await act(request, context) }
        router.delete("flows/:id") { request, context in try await delete(request, context) }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let fields = try Fields(try await request.json())
        guard fields.object["state"] == nil else {
            throw APIError(.stateOnCreate, "leave state out; a new flow is enabled, and op=disable pauses it")
        }
        let (entry, check, backfill) = try await dependencies.control.write { draft throws(APIError) in
            guard draft.snapshot.liveFlows < ServerLimits.destinationsMax else {
                throw APIError(
                    .conflict,
                    "there are \(ServerLimits.destinationsMax) destinations in this sandbox already; delete a flow first"
                )
            }
            var check = SelectorCheck(snapshot: draft.snapshot, previous: nil, now: draft.now)
            var body = try FlowBody.checked(fields, in: draft.snapshot)
            body["transformations"] = try check.transformations(fields)
            try DocumentedTypes.check(.object(fields.object), as: "FlowDraft")
            body["state"] = .string(FlowState.enabled)
            let entry = try draft.insert(.flow, body: AuditTrail.created(body, by: client))
            return (entry, check, try order(check.audiencesToBackfill, of: entry, by: client, in: &draft))
        }
        return Response(
            changed: entry,
            status: .created,
            backfill: backfill,
            warnings: try await warnings(check)
        )
    }

    private func update(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let id = context.pathParameter("id")
        _ = try dependencies.control.flowServiceEntry(.flow, id)
        let tag = try EntityTag.required(request)
        let patch = try JSONPatch(try await request.json())
        try patch.requirePaths([["name"], ["description"], ["state"], ["transformations"]])
        let engine = dependencies.engine
        let (entry, check, unknown, orders) = try await dependencies.control.write { draft throws(APIError) in
            let old = try draft.snapshot.flowServiceEntry(.flow, id)
            try EntityTag.check(tag, is: old.etag)
            let after = try Fields(try patch.apply(to: .object(old.body)))
            var check = SelectorCheck(snapshot: draft.snapshot, previous: old, now: draft.now)
            var body = try FlowBody.checked(after, in: draft.snapshot)
            body["transformations"] = try check.transformations(after)
            body["state"] = .string(try FlowBody.state(after))
            // Asked before the change makes the paths known.
            let unknown = check.newPaths.filter { !engine.isKnownPath($0) }
            let entry = try draft.replace(old, body: AuditTrail.updated(body, from: old, by: client))
            let mapping = try order(check.audiencesToBackfill, of: entry, by: client, in: &draft)
            let unmapping = try order(leavingOf: check.unmapped, of: entry, by: client, in: &draft)
            return (entry, check, unknown, (mapping, unmapping))
        }
        return Response(
            changed: entry,
            status: .accepted,
            backfill: orders.0,
            unmapping: orders.1,
            warnings: try await warnings(check, unknown)
        )
    }

    /// `POST …/action?op=enable|disable`; enable also resumes a dataflow that its destination stopped (appendix B).
    private func act(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let flow = try dependencies.control.flowServiceEntry(.flow, context.pathParameter("id"))
        let state: String
        switch try QueryItems(request)["op"] {
        case "enable": state = FlowState.enabled
        case "disable": state = FlowState.disabled
        case "redirect": return Response(changed: try await dependencies.control.redirect(flow.id), status: .ok)
        default: throw APIError(.actionNotApplicable, "the query needs op=enable, op=disable or op=redirect")
        }
        if state == FlowState.enabled, flow.string("state") == state {
            try await resume(flow)
            return Response(changed: flow, status: .ok)
        }
        let choice = try state == FlowState.enabled ? ResumeChoice(request) : .reconcile
        if choice != .reconcile { try await dropMarks(flow) }
        let (entry, backfill) = try await dependencies.control.write {
            (draft: inout ControlDraft) throws(APIError) -> (ControlEntry, ControlEntry?) in
            let old = try draft.snapshot.flowServiceEntry(.flow, flow.id)
            if choice != .reconcile { draft.marksToDrop = [old.id] }
            guard old.string("state") != state else {
                throw APIError(.actionNotApplicable, "the flow is \(state) already")
            }
            var body = old.body
            body["state"] = .string(state)
            let entry = try draft.replace(old, body: AuditTrail.updated(body, from: old, by: client))
            guard choice == .backfill else { return (entry, nil) }
            let ended = dependencies.endedBackfills
            return (entry, try draft.order(entry, audiences: nil, origin: .resume, by: client, ended: ended))
        }
        return Response(changed: entry, status: .ok, backfill: backfill)
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
            try await dependencies.probeTarget(target.body, in: snapshot)
        }
        await dependencies.engine.restartRelay(id)
    }

    private func delete(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let tag = try EntityTag.given(request)
        try await dependencies.control.deleteFlow(context.pathParameter("id"), ifMatch: tag)
        return Response(status: .accepted)
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

    /// What the client should know: members whose state is not exported yet (BEHAVIOUR 3.8), paths never seen
    /// (BEHAVIOUR 1.5).
    private func warnings(_ check: SelectorCheck, _ unknownPaths: [[String]] = []) async throws(APIError) -> [JSONValue]
    {
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
        return warnings + unknownPaths.map { Warning.pathUnknown($0.joined(separator: ".")) }
    }
}

extension ControlSnapshot {
    /// How many flows there are for clients.
    fileprivate var liveFlows: Int { entries(.flow).count { $0.string("state") != FlowState.deleting } }
}

/// Checks the body of a flow beside its transformations.
enum FlowBody {
    /// Name, description, spec and connections.
    ///
    /// - Throws: `1413-400`, `1439-400`, `FIELD_INVALID`.
    static func checked(_ fields: Fields, in snapshot: ControlSnapshot) throws(APIError) -> JSONObject {
        var body = try ConnectionBody.common(fields)
        let spec = try ConnectionBody.specID(fields, key: "flowSpec", among: [WellKnownSpec.destinationFlow])
        body["flowSpec"] = ["id": .string(spec), "version": .string(WellKnownSpec.version)]
        let source = try connection(fields, "sourceConnectionIds", .sourceConnection, in: snapshot)
        let target = try connection(fields, "targetConnectionIds", .targetConnection, in: snapshot)
        for (entry, key) in [(source, "sourceConnectionIds"), (target, "targetConnectionIds")] {
            _ = try snapshot.referenced(.connection, entry.string("baseConnectionId") ?? "", at: "/\(key)/0 (its base)")
        }
        body["sourceConnectionIds"] = [.string(source.id)]
        body["targetConnectionIds"] = [.string(target.id)]
        return body
    }

    /// A state a client may set.
    ///
    /// - Throws: `1456-400`.
    static func state(_ fields: Fields) throws(APIError) -> String {
        guard let state = fields["state"]?.string, state == FlowState.enabled || state == FlowState.disabled else {
            throw APIError(.stateInvalid, "/state is \(FlowState.enabled) or \(FlowState.disabled)")
        }
        return state
    }

    private static func connection(
        _ fields: Fields,
        _ key: String,
        _ kind: ControlKind,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> ControlEntry {
        let ids = try fields.strings(key, itemsMax: 1)
        guard let id = ids.first else { throw APIError(.fieldInvalid, "/\(key) is required, an array with one id") }
        return try snapshot.referenced(kind, id, at: "/\(key)/0")
    }
}
