import ActivationCore
import ActivationEngine
import Hummingbird

/// `/data/core/ups/config/schedules` (BEHAVIOUR 5.5).
struct ScheduleRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let path = "/data/core/ups/config/schedules"
    /// How many schedules a page has when the client does not say.
    private static let pageItems = 100

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/ups/config/schedules") { request, _ in try list(try QueryItems(request)) }
        adobe.post("core/ups/config/schedules") { request, context in
            let members = try ScheduleDraft.created(try await request.json(), now: dependencies.time.now())
            let entry = try await control.write(by: try context.author()) { draft throws(APIError) in
                try draft.insert(.schedule, body: members)
            }
            return Response(json: shown(entry))
        }
        adobe.get("core/ups/config/schedules/{id}") { _, context in
            Response(json: shown(try ScheduleRoutes.entry(context.pathParameter("id"), in: control.snapshot)))
        }
        adobe.patch("core/ups/config/schedules/{id}") { request, context in
            let patch = try JSONPatch(try await request.json())
            let id = context.pathParameter("id")
            let now = dependencies.time.now()
            try await control.write(by: try context.author()) { draft throws(APIError) in
                let entry = try ScheduleRoutes.entry(id, in: draft.snapshot)
                _ = try draft.replace(entry, body: try ScheduleDraft.patched(entry.body, by: patch, now: now))
            }
            return Response(status: .noContent)
        }
        adobe.delete("core/ups/config/schedules/{id}") { _, context in
            let id = context.pathParameter("id")
            try await control.write(by: try context.author()) { draft throws(APIError) in
                draft.remove(try ScheduleRoutes.entry(id, in: draft.snapshot))
            }
            return Response(status: .noContent)
        }
    }

    private static func entry(_ id: String, in snapshot: ControlSnapshot) throws(APIError) -> ControlEntry {
        guard let uuid = UUIDBytes(id), let entry = snapshot.entry(.schedule, uuid.description) else {
            throw APIError(.scheduleUnknown, "no schedule has this id; GET the list to see them")
        }
        return entry
    }

    private func shown(_ entry: ControlEntry) -> JSONValue {
        Schedule(entry).json(owner: control.owner, now: dependencies.time.now())
    }

    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: ScheduleRoutes.pageItems)
        let schedules = control.entries(.schedule)
        let items = page.items(of: schedules)
        return Response(json: [
            "_page": [
                "totalCount": .integer(Int64(schedules.count)), "pageSize": .integer(Int64(items.count)),
            ],
            "children": .array(items.map(shown)),
            "_links": page.links(query, base: ScheduleRoutes.path, of: schedules.count),
        ])
    }
}

extension APIErrorCode {
    static let scheduleUnknown = APIErrorCode("SCHEDULE_UNKNOWN", status: 404, title: "Schedule not found")
}
