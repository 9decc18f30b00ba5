import ActivationCore
import Hummingbird

/// `/data/core/ups/config/mergePolicies`, to be read (SPEC 4.4).
struct MergePolicyRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("core/ups/config/mergePolicies") { request, context in
            try list(try QueryItems(request), organization: try context.authenticatedClient().orgID)
        }
        adobe.get("core/ups/config/mergePolicies/{id}") { _, context in
            let snapshot = control.snapshot
            guard let entry = MergePolicyRoutes.policy(context.pathParameter("id"), in: snapshot) else {
                throw APIError(.mergePolicyUnknown, "no merge policy has this id; GET the list to see them")
            }
            return Response(
                json: MergePolicyRoutes.shown(entry, organization: try context.authenticatedClient().orgID)
            )
        }
    }

    /// The stored policy with this id, or nil.
    static func policy(_ id: String, in snapshot: ControlSnapshot) -> ControlEntry? {
        UUIDBytes(id).flatMap { snapshot.entry(.mergePolicy, $0.description) }
    }

    private func list(_ query: QueryItems, organization: String) throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsDefault)
        var policies = control.entries(.mergePolicy)
        if query["default"] != nil {
            let wanted = try query.bool("default")
            policies = policies.filter { ($0.body["default"]?.bool ?? false) == wanted }
        }
        let shown = page.items(of: policies).map { MergePolicyRoutes.shown($0, organization: organization) }
        return Response(json: [
            "_page": [
                "totalCount": .integer(Int64(policies.count)),
                "pageSize": .integer(Int64(shown.count)),
            ],
            "children": .array(shown),
        ])
    }

    private static func shown(_ entry: ControlEntry, organization: String) -> JSONValue {
        [
            "id": .string(entry.id),
            "name": .string(entry.string("name") ?? ""),
            "imsOrgId": .string(organization),
            "sandbox": ["sandboxName": "prod", "type": "production", "default": true],
            "schema": ["name": "_xdm.context.profile"],
            "version": entry.body["version"] ?? 1,
            "identityGraph": entry.body["identityGraph"] ?? ["type": "pdg"],
            "attributeMerge": entry.body["attributeMerge"] ?? ["type": "timestampOrdered"],
            "default": entry.body["default"] ?? false,
            "updateEpoch": .integer(entry.updatedAt.milliseconds / 1_000),
        ]
    }
}
