import ActivationCore
import HTTPTypes
import Hummingbird

/// Labels that there are, and the fields and datasets that have them (BEHAVIOUR 9.1).
struct UsageLabelRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        let labels = adobe.group("foundation/dulepolicy/labels")
        for kind in UsageLabel.Kind.allCases {
            labels.get("\(kind.rawValue)") { request, _ in
                let snapshot = control.snapshot
                let all = snapshot.labels.filter { $0.kind == kind }.map { PolicyDocument.json($0, in: snapshot) }
                let list = "labels/\(kind.rawValue)"
                return Response(json: try PolicyDocument.page(all, by: "name", list: list, try QueryItems(request)))
            }
            labels.get("\(kind.rawValue)/:name") { _, context in
                let snapshot = control.snapshot
                guard let label = snapshot.label(context.pathParameter("name")), label.kind == kind else {
                    throw APIError(.resourceUnknown, "no \(kind.rawValue) label has the name in the path")
                }
                return Response(json: PolicyDocument.json(label, in: snapshot))
            }
        }
        labels.put("custom/:name") { request, context in try await put(request, context) }
        adobe.get("foundation/dataset/datasets/:id/labels") { _, context in try showDataset(context) }
        adobe.put("foundation/dataset/datasets/:id/labels") { request, context in
            try await putDataset(request, context)
        }
    }

    /// `/v1/labels/fields`, since there are no schemas whose fields could be described.
    func add(toOwn own: some RouterMethods<ServerContext>) {
        own.get("labels/fields") { request, _ in try listFields(try QueryItems(request)) }
        own.get("labels/fields/:path") { _, context in
            let path = context.pathParameter("path")
            let keys = try AttributePath.fieldNames(of: path, at: "the path")
            return Response(json: UsageLabelRoutes.field(path, control.entry(.placedLabels, LabelPlace.field(keys).id)))
        }
        own.put("labels/fields/:path") { request, context in
            let path = context.pathParameter("path")
            let place = try LabelPlace(field: path, at: "the path")
            let names = try await names(request)
            _ = try await control.put(names, on: place, by: try context.authenticatedClient())
            return Response(json: UsageLabelRoutes.field(path, control.entry(.placedLabels, place.id)))
        }
        own.get("audiences/:id/labels") { _, context in
            try showAudience(context.pathParameter("id"), to: try context.authenticatedClient().clearance)
        }
    }

    private func put(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "LabelDraft")
        let label = try UsageLabel(try Fields(body), named: context.pathParameter("name"))
        let isNew = try await control.put(label, by: try context.authenticatedClient())
        return Response(json: PolicyDocument.json(label, in: control.snapshot), status: isNew ? .created : .ok)
    }

    private func names(_ request: Request) async throws(APIError) -> [String] {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "LabelsBody")
        let fields = try Fields(body)
        guard fields["labels"] != nil else {
            throw APIError(
                .fieldInvalid,
                "/labels is required, all labels that it is to have; an empty list takes them off"
            )
        }
        return try fields.strings("labels", itemsMax: UsageLabel.perPlaceMax)
    }

    // MARK: Fields

    private func listFields(_ query: QueryItems) throws(APIError) -> Response {
        let limit = try query.integer("limit", in: 1...ServerLimits.pageItemsMax) ?? ServerLimits.pageItemsMax
        var fields = control.entries(.placedLabels).compactMap { entry -> (path: String, entry: ControlEntry)? in
            guard case .field(let keys) = LabelPlace(entry.id) else { return nil }
            return (keys.joined(separator: "."), entry)
        }
        fields.sort { $0.path.comesBefore($1.path) }
        if let after = query["after"] { fields.removeAll { !after.comesBefore($0.path) } }
        let page = fields.prefix(limit)
        var answer: JSONObject = ["items": .array(page.map { UsageLabelRoutes.field($0.path, $0.entry) })]
        if fields.count > limit, let last = page.last {
            answer["_links"] = [
                "next": ["href": .string("/v1/labels/fields?limit=\(limit)&after=\(last.path.percentEncoded())")]
            ]
        }
        return Response(json: .object(answer))
    }

    private static func field(_ path: String, _ entry: ControlEntry?) -> JSONValue {
        ["path": .string(path), "labels": .array((entry?.labels ?? []).map { .string($0) })]
    }

    // MARK: Datasets

    /// The id of a dataset, also of an external audience's.
    private func dataset(_ context: ServerContext, _ snapshot: ControlSnapshot) throws(APIError) -> String {
        let id = context.pathParameter("id")
        try snapshot.requireDataset(id)
        return id
    }

    private func showDataset(_ context: ServerContext) throws(APIError) -> Response {
        let snapshot = control.snapshot
        let id = try dataset(context, snapshot)
        let entry = snapshot.entry(.placedLabels, LabelPlace.dataset(id).id)
        var shown = JSONObject()
        shown["AEP:dataset:\(id)"] = [
            "imsOrg": .string(control.orgID), "labels": .array((entry?.labels ?? []).map { .string($0) }),
            "optionalLabels": [],
        ]
        var response = Response(json: .object(shown))
        if let entry { response.headers[.eTag] = EntityTag.quoted(entry.etag) }
        return response
    }

    private func putDataset(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let id = try dataset(context, control.snapshot)
        let names = try await names(request)
        let tag = try EntityTag.given(request)
        let place = LabelPlace.dataset(id)
        let put = try await control.put(names, on: place, ifMatch: tag, by: try context.authenticatedClient())
        return Response(json: [
            "labels": .array(put.map { .string($0) }), "optionalLabels": [], "parents": [], "code": "PES-200",
            "message": "PUT Successful",
        ])
    }

    // MARK: Audiences

    /// All labels that concern an audience, with where each comes from.
    private func showAudience(_ id: String, to clearance: Clearance) throws(APIError) -> Response {
        let entry = try SegmentDefinitionStore.entry(id, in: control.snapshot)
        let whole = control.whole
        var governance = Governance(whole, at: dependencies.instant)
        let found = governance.labels(ofAudience: entry.id).map { $0.told(to: clearance, in: whole) }
        return Response(json: ["audienceId": .string(entry.id), "labels": .array(found.map(\.json))])
    }
}
