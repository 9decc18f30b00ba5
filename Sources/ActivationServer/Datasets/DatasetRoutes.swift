import ActivationCore
import Hummingbird

/// `/data/foundation/catalog/dataSets` (SPEC 6.2, RULINGS 25).
struct DatasetRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("foundation/catalog/dataSets") { _, _ in list() }
        adobe.post("foundation/catalog/dataSets") { request, context in try await create(request, context) }
        adobe.get("foundation/catalog/dataSets/{id}") { _, context in try show(context.pathParameter("id")) }
    }

    private func list() -> Response {
        var all = JSONObject()
        for entry in control.entries(.dataset) { all[entry.id] = DatasetRoutes.shown(entry) }
        return Response(json: .object(all))
    }

    private func show(_ id: String) throws(APIError) -> Response {
        guard let entry = control.entry(.dataset, id) else {
            throw APIError(.datasetUnknown, "no dataset has this id; GET the list to see them")
        }
        var found = JSONObject()
        found[entry.id] = DatasetRoutes.shown(entry)
        return Response(json: .object(found))
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        guard var body = try await request.json().object else {
            throw APIError(.fieldInvalid, "a dataset is a JSON object with a name")
        }
        guard let name = body["name"]?.string, DatasetRegistry.isName(name) else {
            let most = IngestionLimits.datasetNameCharactersMax
            throw APIError(.fieldInvalid, "name is a text of 1 to \(most) characters without controls")
        }
        guard body["schemaRef"] == nil || body["schemaRef"]?["id"]?.string != nil else {
            throw APIError(.fieldInvalid, "schemaRef is an object with the schema's id")
        }
        guard body["usesSourceTime"] == nil || body["usesSourceTime"]?.bool != nil else {
            throw APIError(.fieldInvalid, "usesSourceTime is true or false")
        }
        for member in ["id", "created", "updated", "imsOrg", "version"] { body.removeValue(forKey: member) }
        body["imsOrg"] = .string(try context.authenticatedClient().orgID)
        let stored = body
        let id = try await control.write { draft throws(APIError) in
            let id = String(draft.makeID().filter { $0 != "-" }.prefix(24))
            return try DatasetRegistry.insert(stored, id: id, into: &draft).id
        }
        return Response(json: [.string("@/dataSets/" + id)], status: .created)
    }

    private static func shown(_ entry: ControlEntry) -> JSONValue {
        var body = entry.body
        body["created"] = .integer(entry.createdAt.milliseconds)
        body["updated"] = .integer(entry.updatedAt.milliseconds)
        return .object(body)
    }
}
