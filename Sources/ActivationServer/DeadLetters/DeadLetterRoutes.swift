import ActivationCore
import ActivationEngine
import Hummingbird

/// Dead letters under `/v1/dataflows/{id}/dead-letters` and `/v1/dead-letters`, and replays (BEHAVIOUR 3.18).
struct DeadLetterRoutes: Sendable {
    let dependencies: ServerDependencies

    private var service: DeadLetterService { DeadLetterService(dependencies: dependencies) }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("dead-letters") { _, _ in try await counts() }
        own.get("dataflows/:id/dead-letters") { request, context in try await list(request, context) }
        own.get("dataflows/:id/dead-letters/causes") { _, context in try await causes(context) }
        own.get("dataflows/:id/dead-letters/:letter") { _, context in try await show(context) }
        own.post("dataflows/:id/dead-letters/replay") { request, context in
            let fields = try await fields(request, "DeadLetterReplay")
            let way = try fields.word("as", Form.self) ?? .present
            return try await release(fields, context, as: way == .present ? .present : .original)
        }
        own.post("dataflows/:id/dead-letters/discard") { request, context in
            try await release(try await fields(request, "DeadLetterSelection"), context, as: .discarded)
        }
        own.post("dataflows/:id/replay") { request, context in try await replay(request, context) }
    }

    /// What a replay sends.
    private enum Form: String, CaseIterable {
        case present
        case original
    }

    private func counts() async throws(APIError) -> Response {
        let counts = try await service.counts()
        let control = dependencies.control
        let items = counts.sorted { ($1.value, $0.key.uuid) < ($0.value, $1.key.uuid) }.map { id, count in
            // One whose deletion is under way is deleted for everybody.
            let flow = try? control.flowServiceEntry(.flow, id.uuid.description)
            var item: JSONObject = [
                "flowId": .string(id.uuid.description), "count": .integer(count), "isDeleted": .bool(flow == nil),
            ]
            item["name"] = flow?.string("name").map { .string($0) }
            return JSONValue.object(item)
        }
        return Response(json: ["items": .array(items)])
    }

    private func list(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let subject = try await service.subject(context.pathParameter("id"))
        let query = try QueryItems(request)
        let limit = try query.integer("limit", in: 1...1_000) ?? ServerLimits.pageItemsMax
        let row = try query.integer("after", in: 0...Int.max) ?? 0
        let code = query["code"]
        let engine = dependencies.engine
        // One more tells whether there are more.
        let letters = try await APIError.mapping { () throws(EngineError) in
            try await engine.deadLetters(subject.id, code: code, after: Int64(row), limit: limit + 1)
        }
        let page = letters.prefix(limit)
        let showsContents = showsContents(to: try context.authenticatedClient())
        if showsContents, !page.isEmpty {
            try await dependencies.audit.export(subject.deadLetters, ["count": .integer(Int64(page.count))])
        }
        var answer: JSONObject = [
            "items": .array(
                page.map { $0.json(keptFor: dependencies.deadLetterDays, showsContents: showsContents) }
            )
        ]
        if letters.count > limit, let last = page.last { answer["next"] = .string(String(last.record.row)) }
        return Response(json: .object(answer))
    }

    private func causes(_ context: ServerContext) async throws(APIError) -> Response {
        let subject = try await service.subject(context.pathParameter("id"))
        let engine = dependencies.engine
        let causes = try await APIError.mapping { () throws(EngineError) in
            try await engine.deadLetterCauses(subject.id)
        }
        return Response(json: ["items": .array(causes.map(\.json))])
    }

    private func show(_ context: ServerContext) async throws(APIError) -> Response {
        let subject = try await service.subject(context.pathParameter("id"))
        let engine = dependencies.engine
        guard let row = Int64(context.pathParameter("letter")), row > 0,
            let letter = try await APIError.mapping({ () throws(EngineError) in
                try await engine.deadLetters(subject.id, code: nil, after: row - 1, limit: 1).first
            }), letter.record.row == row
        else {
            throw APIError(.deadLetterUnknown, "the dataflow has no dead letter of this id; GET the list to see them")
        }
        guard showsContents(to: try context.authenticatedClient()) else {
            throw APIError(.fieldHidden, "the dead letter holds fields with labels that none of your roles has")
        }
        try await dependencies.audit.export(subject.deadLetters, ["count": 1, "letter": .string("\(row)")])
        return Response(json: letter.json(keptFor: dependencies.deadLetterDays, showsContents: true))
    }

    /// Whether a client may see what letters hold.
    private func showsContents(to client: AuthenticatedClient) -> Bool {
        guard client.permissions.contains(.viewProfiles) else { return false }
        // A letter was made by a mapping of before, and tells of audiences too.
        return dependencies.control.whole.admitsAll(client.clearance)
    }

    private func fields(_ request: Request, _ schema: String) async throws(APIError) -> Fields {
        let body = try await request.json()
        let fields = try Fields(body)
        try DocumentedTypes.check(body, as: schema)
        return fields
    }

    private func release(
        _ fields: Fields,
        _ context: ServerContext,
        as way: DeadLetterRelease.Way
    ) async throws(APIError) -> Response {
        let subject = try await service.subject(context.pathParameter("id"))
        let outcome = try await service.release(try DeadLetterRoutes.selection(fields), of: subject, as: way)
        return Response(json: outcome.json)
    }

    /// Reads which dead letters are meant; that all are has to be said.
    private static func selection(_ fields: Fields) throws(APIError) -> DeadLetterService.Selection {
        let ids = fields["ids"] == nil ? nil : try fields.strings("ids", itemsMax: 1_000)
        let code = try fields.string("code")
        let isAll = try fields.bool("all") ?? false
        guard [ids != nil, code != nil, isAll].count(where: \.self) == 1 else {
            throw APIError(
                .fieldInvalid,
                "the body has one of ids, code, or all: true; it says which dead letters are meant"
            )
        }
        var rows: [Int64]?
        if let ids {
            rows = []
            for id in ids {
                guard let row = Int64(id), row > 0 else {
                    throw APIError(.fieldInvalid, "ids: \"\(id.excerpt(64))\" is no id of a dead letter")
                }
                rows?.append(row)
            }
        }
        return DeadLetterService.Selection(rows: rows, code: code)
    }

    private func replay(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let fields = try await fields(request, "ReplayOrder")
        guard let since = try Timestamp(rfc3339: fields.requiredString("since")) else {
            throw APIError(.fieldInvalid, "since is an instant such as 2026-11-27T09:00:00Z")
        }
        let subject = try await service.subject(context.pathParameter("id"))
        try await service.replay(subject, since: since)
        return Response(json: ["since": .string(since.rfc3339)], status: .accepted)
    }
}
