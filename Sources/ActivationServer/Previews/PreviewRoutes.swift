import ActivationCore
import ActivationEngine
import Hummingbird

/// `/data/core/ups/preview` and `/data/core/ups/estimate` (BEHAVIOUR 5.8).
struct PreviewRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let previews = "/data/core/ups/preview"

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.post("core/ups/preview") { request, _ in try await create(request) }
        adobe.get("core/ups/preview/{id}") { request, context in
            try await shown(try preview(context), try QueryItems(request))
        }
        adobe.delete("core/ups/preview/{id}") { _, context in
            guard dependencies.previews.remove(context.pathParameter("id")) else { throw PreviewRoutes.unknown }
            return Response(status: .noContent)
        }
        adobe.get("core/ups/estimate/{id}") { _, context in estimate(of: try preview(context)) }
    }

    private static let unknown = APIError(
        .previewUnknown,
        "no preview has this id; they end with the server and some time after they began, POST a new one"
    )

    private func preview(_ context: ServerContext) throws(APIError) -> Preview {
        guard let preview = dependencies.previews.preview(context.pathParameter("id")) else {
            throw PreviewRoutes.unknown
        }
        return preview
    }

    private func create(_ request: Request) async throws(APIError) -> Response {
        let draft = try PreviewDraft(try await request.json(), in: dependencies.control.snapshot)
        try dependencies.check(draft.expression, in: draft.textForm, for: draft.audience)
        let preview = try dependencies.previews.begin(
            ProfileQuestion(
                expression: draft.expression,
                mergePolicy: draft.mergePolicy,
                audience: draft.audience
            )
        )
        return Response(
            json: [
                "state": .string(preview.state.rawValue),
                "previewQueryId": .string(preview.queryID),
                "previewQueryStatus": .string(preview.state.rawValue),
                "previewId": .string(preview.id),
                "previewExecutionId": 0,
            ],
            status: .created
        )
    }

    // MARK: Answers

    private func url(_ preview: Preview) -> String {
        "\(dependencies.endpoint.value)\(PreviewRoutes.previews)/\(preview.id)"
    }

    private func estimate(of preview: Preview) -> Response {
        let estimate = preview.estimate
        var answer: JSONObject = [
            "estimatedSize": .integer(Int64(estimate.size)),
            "numRowsToRead": .integer(Int64(estimate.total)),
            "state": .string(preview.state.rawValue),
            "profilesReadSoFar": .integer(Int64(estimate.profilesRead)),
            "standardError": JSONValue(estimate.standardError),
            "error": ["description": .string(preview.failure ?? ""), "traceback": ""],
            "profilesMatchedSoFar": .integer(Int64(estimate.profilesMatched)),
            "totalRows": .integer(Int64(estimate.total)),
            "confidenceInterval": "95%",
            "_links": ["preview": .string(url(preview))],
        ]
        if let audience = preview.audience, let effect = estimate.effect {
            func figure(_ count: PreviewEstimate.Count) -> JSONObject {
                let figure = estimate.figure(count)
                return [
                    "estimatedSize": .integer(Int64(figure.size)), "standardError": JSONValue(figure.standardError),
                ]
            }
            answer["audienceId"] = .string(audience.uuid.description)
            answer["entering"] = .object(figure(effect.entering))
            answer["exiting"] = .object(figure(effect.exiting))
            answer["records"] = .array(
                dependencies.control.entries(.flow).compactMap { flow in
                    let id = UUIDBytes(flow.id).map { Dataflow.ID(uuid: $0) }
                    guard let count = id.flatMap({ effect.records[$0] }) else { return nil }
                    var record = figure(count)
                    record["flowId"] = .string(flow.id)
                    record["name"] = flow.string("name").map { .string($0) }
                    return .object(record)
                }
            )
        }
        return Response(json: .object(answer))
    }

    /// Who would be in the audience: ids and where they are looked up, no attributes.
    private func shown(_ preview: Preview, _ query: QueryItems) async throws(APIError) -> Response {
        try dependencies.control.whole.requireVisibleIdentities()
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsMax)
        let matches = page.items(of: preview.matches)
        if !matches.isEmpty { try await dependencies.audit.exportAgain(AuditSubject(kind: "preview", id: preview.id)) }
        let next = page.start + page.limit
        let previous = max(page.start - page.limit, 0)
        func link(_ start: Int) -> JSONValue { .string("\(url(preview))?start=\(start)&limit=\(page.limit)") }
        return Response(json: [
            "results": .array(matches.map { result($0, of: preview) }),
            "state": .string(preview.state.rawValue),
            "page": ["offset": .integer(Int64(page.start)), "size": .integer(Int64(matches.count))],
            "links": [
                "_self": link(page.start),
                "next": next < preview.matches.count ? link(next) : "",
                "prev": page.start > 0 ? link(previous) : "",
            ],
        ])
    }

    private func result(_ match: ProfileMatches.Match, of preview: Preview) -> JSONValue {
        func href(_ identity: Identity) -> JSONValue { self.href(identity, in: preview.mergePolicy) }
        var identities = JSONObject()
        for identity in match.identities { identities[PreviewRoutes.xid(identity)] = ["_href": href(identity)] }
        var entity: JSONObject = ["endCustomerIds": .object(identities)]
        entity["_href"] = match.identities.first.map(href)
        var result = JSONObject()
        result[match.id.uuid.description] = .object(entity)
        return .object(result)
    }

    /// One text for a namespace and a value, as Adobe's XIDs are.
    private static func xid(_ identity: Identity) -> String {
        Base64URL.encode(Array("\(identity.namespace):\(identity.value)".utf8))
    }

    /// Where the profile of an identity is shown as a merge policy (nil = the default) sees it.
    private func href(_ identity: Identity, in policy: MergePolicy.ID?) -> JSONValue {
        var query = QueryItems([
            ("schema.name", "_xdm.context.profile"), ("entityId", identity.value), ("entityIdNS", identity.namespace),
        ])
        if let policy { query.items.append(("mergePolicyId", policy.uuid.description)) }
        return .string("\(dependencies.endpoint.value)/data/core/ups/access/entities?\(query.text)")
    }
}

extension APIErrorCode {
    static let previewUnknown = APIErrorCode("PREVIEW_UNKNOWN", status: 404, title: "Preview not found")
}
