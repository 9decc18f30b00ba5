import ActivationCore
import ActivationEngine
import Hummingbird

/// `/data/foundation/audit/*`: the audit log in Adobe's shapes (BEHAVIOUR 7.5).
struct AuditRoutes: Sendable {
    let dependencies: ServerDependencies

    static let path = "/data/foundation/audit"
    /// Events of one page.
    static let limitMax = 1_000
    /// Events that pages reach, the newest ones; those before them are reached by `before`.
    static let reachedMax = 1_000

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("foundation/audit/events") { request, context in try await events(request, context) }
        adobe.get("foundation/audit/export") { request, context in try await export(request, context) }
    }

    private func log(_ context: ServerContext) throws(APIError) -> AuditLog {
        AuditLog(control: dependencies.control, clearance: try context.authenticatedClient().clearance)
    }

    private func events(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let items = try QueryItems(request)
        let limit = try items.integer("limit", in: 1...AuditRoutes.limitMax) ?? 50
        let start = try items.integer("start", in: 0...AuditRoutes.reachedMax) ?? 0
        let log = try log(context)
        let saved = try await SavedAuditQuery(items, log)
        var found = try await log.part(saved.query, before: saved.end, limit: AuditRoutes.reachedMax)
        if saved.query.isAscending { found.events.reverse() }
        let page = found.events.dropFirst(start).prefix(limit)
        let control = dependencies.control
        let base = "\(AuditRoutes.path)/events"
        let again = "\(base)?queryId=\(saved.id)&limit=\(limit)"
        var links: JSONObject = [
            "self": ["href": .string("\(base)\(items.items.isEmpty ? "" : "?\(items.text)")")],
            "page": ["href": .string("\(again){&start}"), "templated": true],
        ]
        let next = start + page.count
        if next < found.events.count { links["next"] = ["href": .string("\(again)&start=\(next)")] }
        var answer: JSONObject = [
            "_embedded": [
                "events": .array(
                    page.map {
                        $0.json(
                            orgID: control.orgID,
                            sandbox: control.sandbox.name,
                            authorName: control.credentialName(of: $0.change.author)
                        )
                    }
                )
            ],
            "_links": .object(links),
            "page": [
                "size": .integer(Int64(limit)), "totalElements": .integer(Int64(found.events.count)),
                "totalPages": .integer(Int64((found.events.count + limit - 1) / limit)),
                "number": .integer(Int64(start / limit)),
            ],
            "queryId": .string(saved.id),
        ]
        answer["before"] = found.next.map { .integer($0) }
        return Response(json: .object(answer))
    }

    private func export(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let items = try QueryItems(request)
        let log = try log(context)
        let saved = try await SavedAuditQuery(items, log)
        var format: AuditFile.Format?
        if let word = items["format"] {
            format = AuditFile.Format(rawValue: word)
            guard format != nil else { throw APIError(.queryInvalid, "format is csv or json") }
        } else if request.headers[.accept]?.lowercased().contains("text/csv") ?? false {
            format = .csv
        }
        guard let format else {
            // As Adobe does: elsewhere is the file. It is here.
            let part = try await log.part(saved.query, before: saved.end, limit: 1)
            guard !part.events.isEmpty || part.next != nil else { return Response(status: .noContent) }
            let path = "\(AuditRoutes.path)/export?queryId=\(saved.id)&format=csv"
            return Response(status: .temporaryRedirect, headers: [.location: path])
        }
        let file = AuditFile(log: log, query: saved.query, format: format, end: saved.end)
        return try await file.response(dependencies.audit) ?? Response(status: .noContent)
    }
}

/// A query that stays the same over its pages while new events come.
private struct SavedAuditQuery {
    let query: AuditQuery
    /// Only events before this entry.
    let end: Int64
    let id: String

    /// The query of a request, or the one that its `queryId` names.
    init(_ items: QueryItems, _ log: AuditLog) async throws(APIError) {
        if let id = items["queryId"] {
            guard let bytes = Base64URL.decode(id), bytes.count <= 8_192, let saved = try? JSONValue(parsing: bytes),
                let properties = saved["property"]?.array, let end = saved["before"]?.int64
            else { throw APIError(.queryInvalid, "queryId is the one of an answer") }
            query = try AuditQuery(properties: properties.compactMap(\.string), orderBy: saved["orderBy"]?.string)
            self.end = end
            self.id = id
            return
        }
        query = try AuditQuery(properties: items.values("property"), orderBy: items["orderBy"])
        let last = try await log.end(of: query)
        let before = try items.integer("before", in: 1...Int.max).map { Int64($0) }
        end = min(before ?? last, last)
        let saved: JSONValue = [
            "property": .array(query.properties.map { .string($0) }),
            "orderBy": query.isAscending ? "timestamp" : "-timestamp", "before": .integer(end),
        ]
        id = Base64URL.encode(saved.text.utf8)
    }
}
