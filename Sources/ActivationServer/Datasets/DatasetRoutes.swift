import ActivationCore
import ActivationEngine
import Hummingbird

/// `/data/foundation/catalog/dataSets` (BEHAVIOUR 6.2).
struct DatasetRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        adobe.get("foundation/catalog/dataSets") { request, _ in try list(try QueryItems(request)) }
        adobe.post("foundation/catalog/dataSets") { request, context in try await create(request, context) }
        adobe.get("foundation/catalog/dataSets/{id}") { _, context in try show(context.pathParameter("id")) }
        adobe.patch("foundation/catalog/dataSets/{id}") { request, context in try await change(request, context) }
    }

    /// All datasets, of which there are few, unless the client asks for pages as Adobe's do.
    private func list(_ query: QueryItems) throws(APIError) -> Response {
        let page = try ListPage(query, limitDefault: ServerLimits.pageItemsMax)
        var shown = JSONObject()
        let snapshot = control.snapshot
        let present = snapshot.entries(.dataset).filter { !snapshot.hasEnded(dataset: $0.id, at: dependencies.instant) }
        let items = present.map(self.shown) + snapshot.audienceDatasets.map(self.shown)
        for item in page.items(of: items) { shown[item.id] = item.body }
        return Response(json: .object(shown))
    }

    private func show(_ id: String) throws(APIError) -> Response {
        let snapshot = control.snapshot
        try snapshot.refuseEnded(dataset: id, at: dependencies.instant)
        guard let item = snapshot.entry(.dataset, id).map(shown) ?? snapshot.audienceDataset(id).map(shown) else {
            throw DatasetRoutes.unknown
        }
        var found = JSONObject()
        found[item.id] = item.body
        return Response(json: .object(found))
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        var body = try DatasetRoutes.body(try await request.json())
        let author = try context.author()
        for member in ["createdClient", "createdUser", "updatedUser"] { body[member] = .string(author.name) }
        let given = body
        let id = try await control.write(by: author) { draft throws(APIError) in
            let id = String(draft.makeID().filter { $0 != "-" }.prefix(24))
            var stored = given
            EventExpiration.note(in: &stored, before: [:], now: draft.now)
            return try DatasetRegistry.insert(stored, id: id, into: &draft).id
        }
        return Response(json: [.string("@/dataSets/" + id)], status: .created)
    }

    /// Changes a dataset by the members that the body has, or by JSON Patch.
    private func change(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let id = context.pathParameter("id")
        let edit = try await request.json()
        let patch = edit.array != nil ? try JSONPatch(edit) : nil
        guard patch != nil || edit.object != nil else {
            throw APIError(.fieldInvalid, "the body is an object with the members to change, or a JSON Patch")
        }
        if patch == nil { try DocumentedTypes.check(edit, as: "DatasetChange") }
        for operation in patch?.operations ?? [] {
            guard let member = operation.path.tokens.first, !DatasetRoutes.serverMembers.contains(member) else {
                throw APIError(
                    .pathInvalid,
                    "\(operation.path.text.excerpt(200)) cannot be changed; members that the server does not set can"
                )
            }
        }
        let author = try context.author()
        try await control.write(by: author) { draft throws(APIError) in
            guard let entry = draft.snapshot.entry(.dataset, id) else {
                try draft.snapshot.refuseAudienceDataset(id)
                throw DatasetRoutes.unknown
            }
            try draft.snapshot.refuseEnded(dataset: id, at: draft.instant)
            if let members = edit.object { try serverMembers(of: entry).check(members) }
            let before = JSONValue.object(entry.body)
            var body = try DatasetRoutes.body(
                patch.map { patch throws(APIError) in try patch.apply(to: before) } ?? before.merging(edit)
            )
            body["createdClient"] = entry.body["createdClient"]
            body["createdUser"] = entry.body["createdUser"]
            body["updatedUser"] = .string(author.name)
            EventExpiration.note(in: &body, before: entry.body, now: draft.now)
            try draft.replace(entry, body: body)
        }
        return Response(json: [.string("@/dataSets/" + id)])
    }

    /// What is kept of a dataset that a client describes.
    private static func body(_ document: JSONValue) throws(APIError) -> JSONObject {
        guard var body = document.object else {
            throw APIError(.fieldInvalid, "a dataset is a JSON object with a name")
        }
        try DocumentedTypes.check(document, as: "DatasetDraft")
        guard let name = body["name"]?.string, DatasetRegistry.isName(name) else {
            let most = IngestionLimits.datasetNameCharactersMax
            throw APIError(.fieldInvalid, "name is a text of 1 to \(most) characters without controls")
        }
        guard body["schemaRef"] == nil || body["schemaRef"]?["id"]?.string != nil else {
            throw APIError(.fieldInvalid, "schemaRef is an object with the schema's id")
        }
        try EventExpiration.check(body)
        for (member, value) in body where value.isNull || serverMembers.contains(member) {
            body.removeValue(forKey: member)
        }
        return body
    }

    private static let unknown = APIError(.datasetUnknown, "no dataset has this id; GET the list to see them")

    /// Members that only the server sets; what clients send back of them is ignored.
    private static let serverMembers: Set<String> = [
        "id", "imsOrg", "sandboxId", "version", "created", "updated", "createdClient", "createdUser", "updatedUser",
        "classification", "audienceId", EventExpiration.since,
    ]

    /// Adobe's tag of a dataset that has a date on which it ends, in milliseconds.
    private static let expiryTag = "adobe/hygiene/ttl"

    private func serverMembers(of entry: ControlEntry) -> ServerMembers {
        var fixed: JSONObject = [
            "id": .string(entry.id), "imsOrg": .string(control.orgID), "sandboxId": .string(control.sandboxID),
            "created": .integer(entry.createdAt.milliseconds),
        ]
        for member in ["createdClient", "createdUser"] { fixed[member] = entry.body[member] }
        return ServerMembers(names: DatasetRoutes.serverMembers, fixed: fixed)
    }

    /// A dataset as it is shown, under its id.
    private typealias Item = (id: String, body: JSONValue)

    private func shown(_ entry: ControlEntry) -> Item {
        let dataset = Dataset(entry)
        var classification: JSONObject = ["managedBy": "CUSTOMER"]
        classification["dataBehavior"] = dataset.behavior.map { .string($0) }
        var members = entry.body
        var tags = members["tags"]?.object ?? [:]
        let active = control.snapshot.expiration(ofDataset: entry.id).flatMap { $0.cancelledAt == nil ? $0 : nil }
        tags[DatasetRoutes.expiryTag] = active.map { [.string(String($0.expiry.milliseconds))] }
        members["tags"] = .object(tags)
        return (entry.id, shown(entry, members, classification, table: dataset.tableName))
    }

    private func shown(_ dataset: AudienceDataset) -> Item {
        let name = dataset.audience.string("name") ?? dataset.id
        return (
            dataset.id,
            shown(dataset.audience, dataset.members, ["managedBy": "SYSTEM"], table: Dataset.tableName(of: name))
        )
    }

    private func shown(
        _ entry: ControlEntry,
        _ members: JSONObject,
        _ classification: JSONObject,
        table: String
    ) -> JSONValue {
        var body = members
        body["imsOrg"] = .string(control.orgID)
        body["sandboxId"] = .string(control.sandboxID)
        body["version"] = "1.0.0"
        body["created"] = .integer(entry.createdAt.milliseconds)
        body["updated"] = .integer(entry.updatedAt.milliseconds)
        body["classification"] = .object(classification)
        var tags = body["tags"]?.object ?? [:]
        // Adobe's clients look datasets up by the name of their table.
        if tags["adobe/pqs/table"] == nil { tags["adobe/pqs/table"] = [.string(table)] }
        body["tags"] = .object(tags)
        return .object(body)
    }
}
