import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Roles and who has them, as Adobe's access control API shapes them (BEHAVIOUR 8.3).
struct RoleRoutes: Sendable {
    let dependencies: ServerDependencies

    private static let base = "foundation/access-control/administration/roles"

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        let roles = adobe.group("foundation/access-control/administration/roles")
        roles.get("") { request, _ in try list(try QueryItems(request)) }
        roles.post("") { request, context in
            let draft = try RoleDraft(try await fields(request, "RoleDraft"))
            return Response(json: shown(try await control.makeRole(draft, by: try context.authenticatedClient())))
        }
        roles.get(":id") { _, context in Response(json: shown(try role(context))) }
        roles.put(":id") { request, context in
            let fields = try await fields(request, "RoleDraft")
            let draft = try RoleDraft(fields)
            // Who does not say where it counts does not change that.
            let saysWhere = fields["sandboxes"] != nil
            return try await change(context) { entry in
                var new = draft
                if !saysWhere, let role = Role(entry) { new.sandboxes = role.sandboxes }
                return new
            }
        }
        roles.patch(":id") { request, context in
            let patch = try RoleRoutes.patch(try await request.json())
            try patch.requirePaths([
                ["name"], ["description"], ["permissionSets"], ["subjectAttributes"], ["subjectAttributes", "labels"],
                ["sandboxes"],
            ])
            return try await change(context) { entry throws(APIError) in
                try RoleDraft(try Fields(try patch.apply(to: RoleRoutes.document(entry))))
            }
        }
        roles.delete(":id") { _, context in
            try await control.deleteRole(context.pathParameter("id"), by: try context.author())
            return Response(status: .noContent)
        }
        roles.get(":id/subjects") { _, context in
            let role = try role(context)
            return Response(json: RoleRoutes.subjects(control.snapshot.holders(ofRole: role.id), of: role))
        }
        roles.patch(":id/subjects") { request, context in try await changeSubjects(request, context) }
    }

    // MARK: Roles

    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsDefault)
        let roles = control.snapshot.roles
        let items = page.items(of: roles).map(shown)
        return Response(json: [
            "items": .array(items),
            "_page": ["count": .integer(Int64(items.count)), "totalCount": .integer(Int64(roles.count))],
            "_links": page.links(query, base: "/data/\(RoleRoutes.base)", of: roles.count),
        ])
    }

    private func role(_ context: ServerContext) throws(APIError) -> Role {
        guard let role = control.snapshot.role(context.pathParameter("id")) else {
            throw APIError(.resourceUnknown, "no role has the id in the path")
        }
        return role
    }

    private func change(
        _ context: ServerContext,
        _ edit: @escaping @Sendable (ControlEntry) throws(APIError) -> RoleDraft
    ) async throws(APIError) -> Response {
        let entry = try await control.changeRole(
            context.pathParameter("id"),
            by: try context.authenticatedClient(),
            edit
        )
        return Response(json: shown(entry))
    }

    private func fields(_ request: Request, _ schema: String) async throws(APIError) -> Fields {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: schema)
        return try Fields(body)
    }

    /// A JSON Patch; Adobe's clients send one operation, a list of them, or `{"operations": […]}`.
    static func patch(_ body: JSONValue) throws(APIError) -> JSONPatch {
        if let operations = body["operations"] { return try JSONPatch(operations) }
        return try JSONPatch(body.object == nil ? body : .array([body]))
    }

    /// What a patch is applied to.
    private static func document(_ entry: ControlEntry) -> JSONValue {
        [
            "name": entry.body["name"] ?? "", "description": entry.body["description"] ?? "",
            "permissionSets": entry.body["permissions"] ?? [],
            "subjectAttributes": ["labels": entry.body["labels"] ?? []],
            "sandboxes": entry.body["sandboxes"] ?? [.string(Sandbox.defaultName)],
        ]
    }

    private func shown(_ entry: ControlEntry) -> JSONValue {
        guard let role = Role(entry) else { return [:] }
        return shown(role)
    }

    private func shown(_ role: Role) -> JSONValue {
        var object: JSONObject = [
            "id": .string(role.id), "recordType": "role", "imsOrgID": .string(control.orgID),
            "name": .string(role.name), "description": .string(role.meaning),
            "roleType": role.isBuiltIn ? "system-defined" : "user-defined",
            "permissionSets": .array(role.permissions.listed.map { .string($0.apiName) }),
            "sandboxes": .array(
                control.whole.sandboxes.map(\.name).filter { role.counts(in: $0) }.map { .string($0) }
            ),
            "subjectAttributes": ["labels": .array(control.whole.prefixed(role.labels))],
        ]
        if let entry = control.entry(.role, role.id) {
            object["createdBy"] = entry.body["createdBy"]
            object["createdAt"] = .integer(entry.createdAt.milliseconds)
            object["modifiedBy"] = entry.body["updatedBy"]
            object["modifiedAt"] = .integer(entry.updatedAt.milliseconds)
            object["etag"] = .string(EntityTag.quoted(entry.etag))
        }
        return .object(object)
    }

    // MARK: Who has them

    /// `add` and `remove` of `/user` (an id or e-mail address), `/user-group` (an id or name) and `/api-integration` (a
    /// client id).
    private func changeSubjects(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let role = try role(context)
        let subjects = try RoleRoutes.patch(try await request.json()).operations.map(RoleRoutes.subject)
        try await control.changeSubjects(subjects, ofRole: role.id, by: try context.author())
        return Response(json: RoleRoutes.subjects(control.snapshot.holders(ofRole: role.id), of: role))
    }

    /// By the words that Adobe has for kinds of subjects.
    private static let kinds: [String: ControlKind] = [
        "user": .consoleUser, "user-group": .userGroup, "api-integration": .credential,
    ]

    private static func subject(_ operation: JSONPatch.Operation) throws(APIError) -> RoleSubjectChange {
        guard operation.path.tokens.count == 1, let kind = kinds[operation.path.tokens[0]],
            operation.kind != .replace, let name = operation.value?.string
        else {
            throw APIError(
                .fieldInvalid,
                "an operation adds or removes /user, by id or e-mail address, /user-group, by id or name, or "
                    + "/api-integration, by client id"
            )
        }
        return RoleSubjectChange(kind: kind, name: name, isGiven: operation.kind == .add)
    }

    private static func subjects(_ holders: [ControlEntry], of role: Role) -> JSONValue {
        let items = holders.map { holder -> JSONValue in
            [
                "roleId": .string(role.id),
                "subjectType": .string(kinds.first { $0.value == holder.kind }?.key ?? ""),
                "subjectId": .string(holder.string("email") ?? holder.id),
            ]
        }
        return ["items": .array(items), "_page": ["count": .integer(Int64(items.count))]]
    }
}
