import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/backfills`: members who have not changed are exported (BEHAVIOUR 3.8).
struct BackfillRoutes: Sendable {
    let dependencies: ServerDependencies

    private var backfills: DataflowBackfills { DataflowBackfills(dependencies: dependencies) }

    /// The list.
    static let path = "/v1/backfills"

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("backfills") { request, _ in try list(try QueryItems(request)) }
        own.post("backfills") { request, context in try await create(request, context) }
        own.get("backfills/:id") { _, context in
            Response(json: .object(shown(try backfills.order(context.pathParameter("id")))))
        }
        own.patch("backfills/:id") { request, context in try await change(request, context) }
        own.delete("backfills/:id") { _, context in try await cancel(context) }
    }

    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsDefault)
        let flow = query["dataflowId"].map { $0.lowercased() }
        let state = query["state"]
        guard state.map({ BackfillRoutes.states.contains($0) }) ?? true else {
            throw APIError(.queryInvalid, "state is one of \(BackfillRoutes.states.joined(separator: ", "))")
        }
        let found = backfills.all()
            .filter { flow == nil || $0.string("dataflowId") == flow }
            .map(shown)
            .filter { state == nil || $0["state"] == state.map { .string($0) } }
        return Response(json: [
            "items": .array(page.items(of: found).map { .object($0) }),
            "_page": [
                "totalCount": .integer(Int64(found.count)),
                "pageSize": .integer(Int64(page.items(of: found).count)),
            ],
            "_links": page.links(query, base: BackfillRoutes.path, of: found.count),
        ])
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let body = try await request.json()
        let fields = try Fields(body)
        try DocumentedTypes.check(body, as: "BackfillDraft")
        let id = try fields.requiredString("dataflowId")
        let named =
            fields["audiences"] == nil ? nil : try fields.strings("audiences", itemsMax: ServerLimits.selectorsMax)
        let since = try fields.string("since").map { text throws(APIError) in
            guard let instant = Timestamp(rfc3339: text) else {
                throw APIError(.fieldInvalid, "/since is an instant such as 2026-03-02T09:15:04Z")
            }
            return instant
        }
        let wish = DataflowBackfills.Wish(
            audiences: named,
            since: since,
            recordsPerSecond: try BackfillRoutes.rate(fields)
        )
        return Response(json: .object(shown(try await backfills.begin(id, wish, by: client))), status: .created)
    }

    /// Pauses, resumes, or changes how fast it goes.
    private func change(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let body = try await request.json()
        let fields = try Fields(body)
        try DocumentedTypes.check(body, as: "BackfillChange")
        for member in fields.object.keys where !BackfillRoutes.changeable.contains(member) {
            throw APIError(
                .fieldInvalid,
                "/\(member.excerpt(100)) of a backfill cannot be changed; \(BackfillRoutes.changeable.joined(separator: " and ")) "
                    + "can"
            )
        }
        let wish = try fields.string("state").map { text throws(APIError) in
            guard let wish = Backfill.Wish(rawValue: text) else {
                throw APIError(
                    .fieldInvalid,
                    "/state is one of \(Backfill.Wish.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            return wish
        }
        let rate = try BackfillRoutes.rate(fields)
        let changesRate = fields.object["recordsPerSecond"] != nil
        guard wish != nil || changesRate else {
            throw APIError(.fieldInvalid, "the body has state, recordsPerSecond or both")
        }
        let entry = try await backfills.change(context.pathParameter("id"), by: client) { body in
            if let wish { body["wish"] = .string(wish.rawValue) }
            if changesRate { body["recordsPerSecond"] = rate.map { .integer($0) } }
        }
        return Response(json: .object(shown(entry)))
    }

    private func cancel(_ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let entry = try await backfills.change(context.pathParameter("id"), by: client) { body in
            body["wish"] = .string(Backfill.Wish.cancelled.rawValue)
        }
        return Response(json: .object(shown(entry)))
    }

    private static func rate(_ fields: Fields) throws(APIError) -> Int64? {
        guard let value = fields["recordsPerSecond"] else { return nil }
        return try DataflowBackfills.rate(value.int64)
    }

    /// The members that a client may change.
    private static let changeable = ["state", "recordsPerSecond"]

    // MARK: What callers see

    /// How a backfill can stand: as ``BackfillRun/State`` says, and before it began.
    static let states = [waiting] + BackfillRun.State.allCases.map(\.rawValue).filter { $0 != waiting }
    private static let waiting = BackfillRun.State.waiting.rawValue

    private func shown(_ entry: ControlEntry) -> JSONObject {
        let run = backfills.run(of: entry)
        var object: JSONObject = [
            "id": .string(entry.id),
            "dataflowId": entry.body["dataflowId"] ?? "",
            "origin": entry.body["origin"] ?? "",
            "state": .string(run?.state.rawValue ?? BackfillRoutes.waiting),
            "progress": [
                "processed": .integer(Int64(run?.processed ?? 0)), "total": .integer(Int64(run?.total ?? 0)),
            ],
            "records": .integer(run?.records ?? 0),
            "createdAt": .string(entry.createdAt.rfc3339),
            "createdBy": entry.body["createdBy"] ?? "",
        ]
        object["audiences"] = entry.backfilledAudiences.map { .array($0.map { .string($0) }) }
        object["recordsPerSecond"] = entry.body["recordsPerSecond"]
        object["since"] = entry.body["since"]?.int64.map { .string(Timestamp(milliseconds: $0).rfc3339) }
        object["reason"] = run?.reason.map { .string($0) }
        object["startedAt"] = run.map { .string($0.startedAt.rfc3339) }
        object["endedAt"] = run?.endedAt.map { .string($0.rfc3339) }
        object["secondsLeft"] = run?.secondsLeft.map { .integer(Int64($0.rounded(.up))) }
        return object
    }
}
