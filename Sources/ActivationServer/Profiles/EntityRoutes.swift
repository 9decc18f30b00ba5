import ActivationCore
import ActivationEngine
import Hummingbird

/// `GET /data/core/ups/access/entities`: one profile or its events (BEHAVIOUR 4.5).
struct EntityRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/ups/access/entities") { request, context in
            try await access(request, try context.authenticatedClient().clearance)
        }
    }

    private func access(_ request: Request, _ clearance: Clearance) async throws(APIError) -> Response {
        let items = try QueryItems(request)
        let snapshot = dependencies.control.snapshot
        let query = try EntityQuery(items, namespaces: snapshot.namespaces)
        let policy = try EntityRoutes.policy(items, in: snapshot)
        let engine = dependencies.engine
        guard
            let profile = try await APIError.mapping({ () throws(EngineError) in
                try await engine.profile(query.identity, mergePolicy: policy)
            })
        else {
            throw APIError(.profileUnknown, "no profile has this identity")
        }
        try await dependencies.audit.view(profile.id, "entities")
        let visible = EntityView(
            snapshot: dependencies.control.whole,
            clearance: clearance,
            projection: query.projection
        )
        guard case .events(let window) = query.subject else { return try EntityRoutes.shown(profile, visible) }
        let events = try await APIError.mapping { () throws(EngineError) in
            try await engine.events(query.identity, limit: Limits.profileEventsMax)
        }
        return EntityRoutes.shown(events ?? [], of: profile, window, visible, request: items)
    }

    /// The merge policy that a request names; nil = the default.
    private static func policy(
        _ items: QueryItems,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> MergePolicy.ID? {
        guard let id = items["mergePolicyId"] else { return nil }
        guard let entry = MergePolicyRoutes.policy(id, in: snapshot), let uuid = UUIDBytes(entry.id) else {
            throw APIError(.queryInvalid, "mergePolicyId: no merge policy has this id; GET the list to see them")
        }
        return MergePolicy.ID(uuid: uuid)
    }

    private static func shown(_ profile: ProfileSnapshot, _ view: EntityView) throws(APIError) -> Response {
        let id = profile.id.uuid.description
        let entity: JSONValue
        do {
            entity = try JSONValue(parsing: profile.entity)
        } catch {
            throw APIError(.internalError, "the stored profile \(id) is damaged; restore a backup")
        }
        var answer = JSONObject()
        answer[id] = [
            "entityId": .string(id),
            "mergePolicy": ["id": .string(profile.mergePolicy.uuid.description)],
            "sources": .array(profile.datasets.map { .string($0) }),
            "tags": [],
            "identityGraph": [.string(id)],
            "entity": view.apply(to: entity),
            "revision": .integer(profile.revision),
            "lastModifiedAt": .string(profile.updatedAt.rfc3339),
        ]
        return Response(json: .object(answer))
    }

    private static func shown(
        _ events: [ProfileEvent],
        of profile: ProfileSnapshot,
        _ window: EntityQuery.EventWindow,
        _ view: EntityView,
        request: QueryItems
    ) -> Response {
        let id = profile.id.uuid.description
        var matching = events.filter {
            window.from <= $0.timestamp.milliseconds && $0.timestamp.milliseconds <= window.through
        }
        if !window.isAscending { matching.reverse() }
        let page = matching.dropFirst(window.start).prefix(window.limit)
        let next = window.start + window.limit
        let hasNext = next < matching.count
        let children = page.map { event -> JSONValue in
            [
                "relatedEntityId": .string(id),
                "entityId": .string(event.id),
                "timestamp": .integer(event.timestamp.milliseconds),
                "entity": view.apply(to: JSONValue(event.body.root)),
                "lastModifiedAt": .string(profile.updatedAt.rfc3339),
            ]
        }
        return Response(json: [
            "_page": [
                "orderby": .string(window.isAscending ? "timestamp" : "-timestamp"),
                "start": .integer(Int64(window.start)),
                "count": .integer(Int64(children.count)),
                "next": hasNext ? .string(String(next)) : "",
            ],
            "children": .array(children),
            "_links": ["next": ["href": hasNext ? .string(path(request, start: next)) : ""]],
        ])
    }

    /// The same request for another part of the list.
    private static func path(_ request: QueryItems, start: Int) -> String {
        // Adobe's clients take `offsets` out of the link, people read `start`.
        let own = ["start", "offsets"]
        var items = request.without(own)
        items.items += own.map { ($0, String(start)) }
        return "/data/core/ups/access/entities?\(items.text)"
    }
}

/// What of an entity a caller may see and asked to see.
private struct EntityView {
    let snapshot: ControlSnapshot
    let clearance: Clearance
    let projection: EntityProjection

    func apply(to entity: JSONValue) -> JSONValue {
        projection.apply(to: withoutHiddenAudiences(snapshot.placedLabels.visible(entity, by: clearance)))
    }

    private func withoutHiddenAudiences(_ entity: JSONValue) -> JSONValue {
        guard !clearance.isUnlimited, var namespaces = entity["segmentMembership"]?.object else { return entity }
        for (namespace, memberships) in namespaces {
            var object = memberships.object ?? [:]
            for (id, _) in object {
                let audience = snapshot.entry(.segmentDefinition, id)
                if let audience, !clearance.admits(audience.labels) { object.removeValue(forKey: id) }
            }
            namespaces[namespace] = .object(object)
        }
        var shown = entity
        shown["segmentMembership"] = .object(namespaces)
        return shown
    }
}

extension APIErrorCode {
    static let profileUnknown = APIErrorCode("PROFILE_UNKNOWN", status: 404, title: "Profile not found")
}
