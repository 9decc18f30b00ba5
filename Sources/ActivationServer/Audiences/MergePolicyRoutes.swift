import ActivationCore
import HTTPTypes
import Hummingbird

/// `/data/core/ups/config/mergePolicies` (BEHAVIOUR 4.4).
struct MergePolicyRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let path: RouterPath = "core/ups/config/mergePolicies"

    private var control: ControlPlane { dependencies.control }
    private var store: MergePolicyStore { MergePolicyStore(control: control) }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get(MergePolicyRoutes.path) { request, _ in try list(try QueryItems(request)) }
        adobe.post(MergePolicyRoutes.path) { request, context in
            let made = try await store.create(try await request.json(), by: try context.author())
            return Response(json: shown(made), status: .created)
        }
        adobe.post("core/ups/config/mergePolicies/bulk-get") { request, _ in
            try bulkGet(try await request.json())
        }
        adobe.get("core/ups/config/mergePolicies/{id}") { _, context in
            Response(json: shown(try MergePolicyStore.entry(context.pathParameter("id"), in: control.snapshot)))
        }
        adobe.put("core/ups/config/mergePolicies/{id}") { request, context in
            let body = try await request.json()
            let entry = try await store.change(context.pathParameter("id"), by: try context.author()) { _ in body }
            return Response(json: shown(entry))
        }
        adobe.patch("core/ups/config/mergePolicies/{id}") { request, context in
            let patch = try MergePolicyRoutes.patch(try await request.json())
            try patch.requirePaths(MergePolicyDraft.members.map { [$0] })
            let entry = try await store.change(context.pathParameter("id"), by: try context.author()) {
                entry throws(APIError) in
                try patch.apply(to: shown(entry))
            }
            return Response(json: shown(entry))
        }
        adobe.delete("core/ups/config/mergePolicies/{id}") { _, context in
            try await store.delete(context.pathParameter("id"), by: try context.author())
            return Response(status: .ok)
        }
    }

    /// The stored policy with this id, or nil.
    static func policy(_ id: String, in snapshot: ControlSnapshot) -> ControlEntry? {
        UUIDBytes(id).flatMap { snapshot.entry(.mergePolicy, $0.description) }
    }

    /// A JSON Patch; Adobe's pages send a single operation too, and write members of members with a dot.
    private static func patch(_ edit: JSONValue) throws(APIError) -> JSONPatch {
        let operations = edit.object != nil ? [edit] : edit.array
        guard let operations else { return try JSONPatch(edit) }
        return try JSONPatch(
            .array(
                operations.map { operation in
                    guard var object = operation.object, let path = object["path"]?.string else { return operation }
                    object["path"] = .string(String(path.map { $0 == "." ? "/" : $0 }))
                    return .object(object)
                }
            )
        )
    }

    private func bulkGet(_ body: JSONValue) throws(APIError) -> Response {
        let snapshot = control.snapshot
        var results = JSONObject()
        for id in try body.bulkIDs() {
            do throws(APIError) {
                results[id] = shown(try MergePolicyStore.entry(id, in: snapshot))
            } catch {
                results[id] = [
                    "status": .integer(Int64(error.code.status)),
                    "errorCode": .string(error.code.rawValue),
                    "detail": .string(error.detail),
                ]
            }
        }
        return Response(json: ["results": .object(results)], status: HTTPResponse.Status(code: 207))
    }

    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsDefault)
        var policies = try filtered(control.entries(.mergePolicy), by: query)
        switch query["orderBy"] {
        case nil, "", "name", "+name", " name": policies.sort(by: MergePolicyRoutes.isBefore)
        case "-name": policies.sort { MergePolicyRoutes.isBefore($1, $0) }
        default: throw APIError(.queryInvalid, "orderBy is +name or -name")
        }
        let items = page.items(of: policies).map(shown)
        return Response(json: [
            "_page": [
                "totalCount": .integer(Int64(policies.count)),
                "pageSize": .integer(Int64(items.count)),
            ],
            "children": .array(items),
            "_links": page.links(query, base: MergePolicyRoutes.link, of: policies.count),
        ])
    }

    private func filtered(
        _ policies: [ControlEntry],
        by query: QueryItems
    ) throws(APIError) -> [ControlEntry] {
        var policies = policies
        if query["default"] != nil {
            let wanted = try query.bool("default")
            policies = policies.filter { $0.isDefaultPolicy == wanted }
        }
        if let version = try query.integer("version", in: 0...Int(Int32.max)) {
            policies = policies.filter { $0.policyVersion == Int64(version) }
        }
        for (item, words) in MergePolicyRoutes.words {
            guard let wanted = query[item] else { continue }
            guard words.contains(wanted) else {
                throw APIError(.queryInvalid, "\(item) is \(words.joined(separator: " or "))")
            }
            let keys = item.split(separator: ".").map(String.init)
            policies = policies.filter { $0.body[keys[0]]?[keys[1]]?.string == wanted }
        }
        return policies
    }

    /// Items of the query that name a member, with the words it can have.
    static let words = [
        ("schema.name", [MergePolicyDraft.schemaName]),
        ("identityGraph.type", ["none", "pdg"]),
        ("attributeMerge.type", ["timestampOrdered", "dataSetPrecedence"]),
    ]

    /// How Adobe's links name the list.
    private static let link = "@/mergePolicies"

    private static func isBefore(_ left: ControlEntry, _ right: ControlEntry) -> Bool {
        let (one, other) = (name(left), name(right))
        return one.hasSameBytes(as: other) ? left.id.comesBefore(right.id) : one.comesBefore(other)
    }

    private static func name(_ entry: ControlEntry) -> String {
        entry.string("name") ?? ""
    }

    private func shown(_ entry: ControlEntry) -> JSONValue {
        var object: JSONObject = [
            "id": .string(entry.id),
            "name": .string(MergePolicyRoutes.name(entry)),
            "schema": ["name": .string(MergePolicyDraft.schemaName)],
            "version": .integer(entry.policyVersion),
            "identityGraph": entry.body["identityGraph"] ?? ["type": "pdg"],
            "attributeMerge": entry.body["attributeMerge"] ?? ["type": "timestampOrdered"],
            "default": .bool(entry.isDefaultPolicy),
            "updateEpoch": .integer(entry.updatedAt.milliseconds / 1_000),
            "_links": ["self": ["href": .string("\(MergePolicyRoutes.link)/\(entry.id)")]],
        ]
        object["isActiveOnEdge"] = entry.body["isActiveOnEdge"]
        for (key, value) in control.owner { object[key] = value }
        return .object(object)
    }
}
