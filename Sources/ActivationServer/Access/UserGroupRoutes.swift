import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Groups of users, under `/v1/groups` (BEHAVIOUR 8.8).
struct UserGroupRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to own: some RouterMethods<ServerContext>) {
        own.get("groups") { _, _ in
            Response(json: ["items": .array(control.snapshot.groups.map(shown))])
        }
        own.post("groups") { request, context in
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "GroupDraft")
            let draft = try UserGroupDraft(try Fields(body))
            let made = try await control.makeGroup(draft, by: try context.authenticatedClient())
            return Response(json: try shown(made), status: .created)
        }
        own.get("groups/:id") { _, context in
            guard let group = control.entry(.userGroup, context.pathParameter("id")) else {
                throw APIError(.resourceUnknown, "no group has this id")
            }
            return Response(json: try shown(group))
        }
        own.patch("groups/:id") { request, context in
            let body = try await request.json()
            try DocumentedTypes.check(body, as: "GroupChange")
            let fields = try Fields(body)
            let changed = try await control.changeGroup(
                context.pathParameter("id"),
                by: try context.authenticatedClient()
            ) { group throws(APIError) in try UserGroupDraft(fields, changing: group) }
            return Response(json: try shown(changed))
        }
        own.delete("groups/:id") { _, context in
            try await control.deleteGroup(context.pathParameter("id"), by: try context.author())
            return Response(status: .noContent)
        }
    }

    private func shown(_ entry: ControlEntry) throws(APIError) -> JSONValue {
        guard let group = UserGroup(entry) else { throw APIError(.internalError, "a stored group does not read back") }
        return shown(group)
    }

    private func shown(_ group: UserGroup) -> JSONValue {
        var object = group.body
        object["id"] = .string(group.id)
        return .object(object)
    }
}
