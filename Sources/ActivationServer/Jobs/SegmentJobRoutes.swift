import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// `/data/core/ups/segment/jobs` (BEHAVIOUR 5.5).
struct SegmentJobRoutes: Sendable {
    let dependencies: ServerDependencies

    /// The list.
    static let path = "/data/core/ups/segment/jobs"
    /// How many jobs a page has when the client does not say.
    private static let pageItems = 100

    private var store: SegmentJobStore {
        SegmentJobStore(engine: dependencies.engine, control: dependencies.control)
    }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/ups/segment/jobs") { request, _ in try await list(try QueryItems(request)) }
        adobe.post("core/ups/segment/jobs") { request, context in
            let segments = try SegmentJobRoutes.segments(try await request.json())
            let origin = SegmentJobStore.Origin(source: "api", requestID: context.requestID)
            let job = try await store.begin(segments, by: origin)
            var object = try await shown([job])[0]
            // Whatever has become of it meanwhile: a job is new in the answer that makes it.
            object["status"] = "NEW"
            return Response(json: .object(object))
        }
        adobe.post("core/ups/segment/jobs/bulk-get") { request, _ in
            try await bulkGet(try await request.json().bulkIDs())
        }
        adobe.get("core/ups/segment/jobs/{id}") { _, context in
            let job = try store.job(context.pathParameter("id"))
            return Response(json: .object(try await shown([job])[0]))
        }
        adobe.delete("core/ups/segment/jobs/{id}") { _, context in
            try await store.cancel(context.pathParameter("id"))
            return Response(status: .noContent)
        }
    }

    /// The ids of `[{"segmentId"}]`, or of `{"segments": [{"segmentId"}]}`.
    private static func segments(_ body: JSONValue) throws(APIError) -> [String] {
        guard let items = body.array ?? body["segments"]?.array, items.count <= ServerLimits.objectsMax else {
            throw APIError(
                .fieldInvalid,
                "the body is a list [{\"segmentId\": \"…\"}] of at most \(ServerLimits.objectsMax), or an object with it as "
                    + "segments"
            )
        }
        var ids: [String] = []
        for item in items {
            guard let id = item["segmentId"]?.string else {
                throw APIError(.fieldInvalid, "every item has a segmentId, the id of a definition or \"*\" for all")
            }
            ids.append(id)
        }
        return ids
    }

    private func shown(_ jobs: [SegmentJob]) async throws(APIError) -> [JSONObject] {
        let engine = dependencies.engine
        let members = try await APIError.mapping { () throws(EngineError) in try await engine.memberCounts() }
        let snapshot = dependencies.control.snapshot
        let owner = dependencies.control.owner
        return jobs.map { $0.json(snapshot, owner: owner, members: members) }
    }

    private func list(_ query: QueryItems) async throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: SegmentJobRoutes.pageItems)
        let wanted = try SegmentJobQuery(query)
        let jobs = try await shown(wanted.sorted(store.all)).filter(wanted.matches)
        let items = page.items(of: jobs)
        return Response(json: [
            "_page": [
                "totalCount": .integer(Int64(jobs.count)), "pageSize": .integer(Int64(items.count)),
            ],
            "children": .array(items.map { .object($0) }),
            "_links": page.links(query, base: SegmentJobRoutes.path, of: jobs.count),
        ])
    }

    private func bulkGet(_ ids: [String]) async throws(APIError) -> Response {
        var results = JSONObject()
        for id in ids {
            do throws(APIError) {
                results[id] = .object(try await shown([try store.job(id)])[0])
            } catch {
                results[id] = [
                    "status": .integer(Int64(error.code.status)), "errorCode": .string(error.code.rawValue),
                    "detail": .string(error.detail),
                ]
            }
        }
        return Response(json: ["results": .object(results)], status: HTTPResponse.Status(code: 207))
    }
}
