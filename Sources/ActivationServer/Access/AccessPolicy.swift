import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// The one access policy that there is, off until it is switched on (BEHAVIOUR 8.5).
///
/// A field or audience with labels is seen by those whose roles have all of them.
enum AccessPolicy {
    /// Its id, also of its stored object.
    static let id = "default"
    static let name = "Default-Field-Level-Access-Control-Policy"

    enum Status: String, Sendable, CaseIterable {
        case active
        case inactive
    }

    /// As Adobe's access control API shows policies.
    static func json(in snapshot: ControlSnapshot, orgID: String) -> JSONValue {
        let entry = snapshot.entry(.accessPolicy, id)
        let condition =
            #"{"!":[{"adobe.match_all_labels_by_prefix":[{"var":"subject.roles.labels"},"",{"var":"resource.labels"}]}]}"#
        func rule(_ resource: String) -> JSONValue {
            [
                "effect": "Deny", "resource": .string("/orgs/\(orgID)/sandboxes/*/\(resource)"),
                "condition": .string(condition), "actions": ["com.adobe.action.read"],
            ]
        }
        var object: JSONObject = [
            "id": .string(id), "recordType": "policy", "imsOrgId": .string(orgID), "name": .string(name),
            "description": "A field or audience with labels is seen by those whose roles have all of them.",
            "status": .string((snapshot.hidesByLabels ? Status.active : Status.inactive).rawValue),
            "subjectCondition": .null, "rules": [rule("schemas/*/schema-fields/*"), rule("segments/*")],
            "isDefault": true,
        ]
        if let entry {
            object["createdBy"] = entry.body["createdBy"]
            object["createdAt"] = .integer(entry.createdAt.milliseconds)
            object["modifiedBy"] = entry.body["updatedBy"]
            object["modifiedAt"] = .integer(entry.updatedAt.milliseconds)
            object["etag"] = .string(EntityTag.quoted(entry.etag))
        }
        return .object(object)
    }
}

extension ControlPlane {
    /// Switches the access policy on or off.
    func setAccessPolicy(_ status: AccessPolicy.Status, by client: AuthenticatedClient) async throws(APIError) {
        try await write(by: client.author) { draft throws(APIError) in
            let body: JSONObject = ["name": .string(AccessPolicy.name), "status": .string(status.rawValue)]
            if let entry = draft.snapshot.entry(.accessPolicy, AccessPolicy.id) {
                guard entry.body["status"] != body["status"] else { return }
                try draft.replace(entry, body: AuditTrail.updated(body, from: entry, by: client))
            } else {
                try draft.insert(.accessPolicy, id: AccessPolicy.id, body: AuditTrail.created(body, by: client))
            }
        }
    }
}

/// `/data/foundation/access-control/administration/policies`.
struct AccessPolicyRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        let policies = adobe.group("foundation/access-control/administration/policies")
        policies.get("") { _, _ in
            let policy = AccessPolicy.json(in: control.snapshot, orgID: control.orgID)
            return Response(json: ["items": [policy], "_page": ["count": 1]])
        }
        policies.get(":id") { _, context in try show(context) }
        policies.patch(":id") { request, context in
            let patch = try RoleRoutes.patch(try await request.json())
            try patch.requirePaths([["status"]])
            _ = try show(context)
            let before: JSONValue = ["status": "inactive"]
            let status = try Fields(try patch.apply(to: before)).word("status", AccessPolicy.Status.self)
            guard let status else { throw APIError(.fieldInvalid, "/status is active or inactive") }
            try await control.setAccessPolicy(status, by: try context.authenticatedClient())
            return try show(context)
        }
    }

    private func show(_ context: ServerContext) throws(APIError) -> Response {
        guard context.pathParameter("id") == AccessPolicy.id else {
            throw APIError(.resourceUnknown, "there is one access policy, \(AccessPolicy.id)")
        }
        return Response(json: AccessPolicy.json(in: control.snapshot, orgID: control.orgID))
    }
}
