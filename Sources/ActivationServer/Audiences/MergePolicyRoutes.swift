import ActivationCore
import Hummingbird

/// `/data/core/ups/config/mergePolicies`, to be read (BEHAVIOUR 4.4).
struct MergePolicyRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/ups/config/mergePolicies") { request, _ in try list(try QueryItems(request)) }
        adobe.get("core/ups/config/mergePolicies/{id}") { _, context in
            guard let entry = MergePolicyRoutes.policy(context.pathParameter("id"), in: control.snapshot) else {
                throw APIError(.mergePolicyUnknown, "no merge policy has this id; GET the list to see them")
            }
            return Response(json: shown(entry))
        }
    }

    /// The stored policy with this id, or nil.
    static func policy(_ id: String, in snapshot: ControlSnapshot) -> ControlEntry? {
        UUIDBytes(id).flatMap { snapshot.entry(.mergePolicy, $0.description) }
    }

    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsDefault)
        var policies = control.entries(.mergePolicy)
        if query["default"] != nil {
            let wanted = try query.bool("default")
            policies = policies.filter { ($0.body["default"]?.bool ?? false) == wanted }
        }
        switch query["orderBy"] {
        case nil, "": break
        case "name", "+name", " name": policies.sort(by: MergePolicyRoutes.isBefore)
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

    /// How Adobe's links name the list.
    private static let link = "@/mergePolicies"

    private static func isBefore(_ left: ControlEntry, _ right: ControlEntry) -> Bool {
        name(left).comesBefore(name(right))
    }

    private static func name(_ entry: ControlEntry) -> String {
        entry.string("name") ?? ""
    }

    private func shown(_ entry: ControlEntry) -> JSONValue {
        var object: JSONObject = [
            "id": .string(entry.id),
            "name": .string(MergePolicyRoutes.name(entry)),
            "schema": ["name": "_xdm.context.profile"],
            "version": entry.body["version"] ?? 1,
            "identityGraph": entry.body["identityGraph"] ?? ["type": "pdg"],
            "attributeMerge": entry.body["attributeMerge"] ?? ["type": "timestampOrdered"],
            "default": entry.body["default"] ?? false,
            "updateEpoch": .integer(entry.updatedAt.milliseconds / 1_000),
            "_links": ["self": ["href": .string("\(MergePolicyRoutes.link)/\(entry.id)")]],
        ]
        for (key, value) in control.owner { object[key] = value }
        return .object(object)
    }
}
