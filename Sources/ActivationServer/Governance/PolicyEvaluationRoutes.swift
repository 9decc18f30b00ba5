import ActivationCore
import ActivationEngine
import HTTPTypes
import Hummingbird

/// Says which policies data would break if it were used for a marketing action (BEHAVIOUR 9.3); changes nothing.
struct PolicyEvaluationRoutes: Sendable {
    let dependencies: ServerDependencies

    /// Evaluations of one request.
    private static let bulkMax = 100
    /// Datasets of one evaluation, and of all in a request.
    private static let entitiesMax = 100
    /// Fields of one dataset.
    private static let fieldsMax = 1_000

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        let service = adobe.group("foundation/dulepolicy")
        for kind in MarketingAction.Kind.allCases {
            let path = "marketingActions/\(kind.rawValue)/:name/constraints"
            service.get("\(path)") { request, context in
                let query = try QueryItems(request)
                let labels = query["duleLabels"].map { $0.split(separator: ",").map(String.init) } ?? []
                guard !labels.isEmpty else {
                    throw APIError(.queryInvalid, "duleLabels is required, the labels with commas between them")
                }
                let action = try action(kind, context)
                return Response(
                    json: try answer(
                        action,
                        .labels(labels),
                        try query.bool("includeDraft"),
                        try context.authenticatedClient()
                    )
                )
            }
            service.post("\(path)") { request, context in
                let body = try await request.json()
                try DocumentedTypes.check(body, as: "PolicyEntities")
                let action = try action(kind, context)
                let includesDrafts = try QueryItems(request).bool("includeDraft")
                return Response(
                    json: try answer(action, .entities(body), includesDrafts, try context.authenticatedClient())
                )
            }
        }
        service.post("bulk-eval") { request, context in try await evaluateAll(request, context) }
    }

    private func action(_ kind: MarketingAction.Kind, _ context: ServerContext) throws(APIError) -> ActionReference {
        ActionReference(kind, context.pathParameter("name"))
    }

    /// What is evaluated.
    private enum Data {
        case labels([String])
        case entities(JSONValue)
    }

    private func answer(
        _ action: ActionReference,
        _ data: Data,
        _ includesDrafts: Bool,
        _ client: AuthenticatedClient
    ) throws(APIError) -> JSONValue {
        let snapshot = control.snapshot
        guard snapshot.marketingAction(action) != nil else { throw UsagePolicyRoutes.unknownAction }
        var labels: [String] = []
        var object = JSONObject()
        switch data {
        case .labels(let names): labels = names
        case .entities(let list):
            let found = try PolicyEvaluationRoutes.discover(list, in: snapshot)
            labels = found.labels
            object["discoveredLabels"] = .array(found.entities)
        }
        let policies = ([UsagePolicy.noExport] + snapshot.corePolicies + snapshot.customPolicies).filter { policy in
            policy.status == .enabled || includesDrafts && policy.status == .draft
        }
        let violated = policies.filter { $0.forbids(Set(labels), for: [action]) }
        object["timestamp"] = .integer(dependencies.time.now().milliseconds)
        object["clientId"] = .string(client.clientID)
        object["userId"] = .string(client.clientID)
        object["imsOrg"] = .string(control.orgID)
        object["sandboxName"] = .string(control.sandbox.name)
        object["marketingActionRef"] = .string(action.link)
        object["duleLabels"] = .array(labels.map { .string($0) })
        object["violatedPolicies"] = .array(violated.map { PolicyDocument.json($0, in: snapshot) })
        return .object(object)
    }

    // MARK: Labels of datasets

    /// The labels of datasets, with those of some of their fields, or of all that have some.
    private static func discover(
        _ list: JSONValue,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> (labels: [String], entities: [JSONValue]) {
        var (labels, entities): ([String], [JSONValue]) = ([], [])
        for entity in try Fields(["entities": list]).objects("entities", itemsMax: entitiesMax) {
            guard try entity.requiredString("entityType") == "dataSet" else {
                throw APIError(.fieldInvalid, "\(entity.pointer)/entityType is dataSet")
            }
            let id = try entity.requiredString("entityId")
            do throws(APIError) {
                try snapshot.requireDataset(id)
            } catch {
                throw APIError(.fieldInvalid, "\(entity.pointer)/entityId: \(error.detail)")
            }
            let own = snapshot.placedLabels.datasets[ByteKey(id)] ?? []
            let pointers = try entity.fields("entityMeta")?.strings("fields", itemsMax: fieldsMax)
            var fields: [(path: String, labels: [String])] = []
            if let pointers {
                for pointer in pointers {
                    let keys = try keys(of: pointer)
                    let found = snapshot.placedLabels.labels(at: keys).map(\.label)
                    fields.append((pointer, found.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }))
                }
            } else {
                for entry in snapshot.entries(.placedLabels) {
                    guard case .field(let keys) = LabelPlace(entry.id) else { continue }
                    fields.append((keys.map { "/properties/\($0)" }.joined(), entry.labels))
                }
            }
            for label in own + fields.flatMap(\.labels) where !labels.contains(label) { labels.append(label) }
            entities.append([
                "entityType": "dataSet", "entityId": .string(id),
                "dataSetLabels": [
                    "connection": ["labels": []], "dataSet": ["labels": .array(own.map { .string($0) })],
                    "fields": .array(
                        fields.filter { !$0.labels.isEmpty }.map { field in
                            ["path": .string(field.path), "labels": .array(field.labels.map { .string($0) })]
                        }
                    ),
                ],
            ])
        }
        return (labels, entities)
    }

    /// The keys of a pointer such as `/properties/person/properties/email`.
    private static func keys(of pointer: String) throws(APIError) -> [String] {
        let parts = pointer.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.first == "", parts.count >= 3, parts.count % 2 == 1,
            stride(from: 1, to: parts.count, by: 2).allSatisfy({ parts[$0] == "properties" })
        else {
            throw APIError(
                .fieldInvalid,
                "fields are named as in schemas, such as /properties/person/properties/email"
            )
        }
        return stride(from: 2, to: parts.count, by: 2).map { parts[$0] }
    }

    // MARK: Several at once

    private func evaluateAll(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "PolicyEvaluations")
        let client = try context.authenticatedClient()
        var answers: [JSONValue] = []
        var entities = 0
        for item in try Fields(["list": body]).objects("list", itemsMax: PolicyEvaluationRoutes.bulkMax) {
            entities += item["entityList"]?.array?.count ?? 0
            guard entities <= PolicyEvaluationRoutes.entitiesMax else {
                throw APIError(
                    .fieldInvalid,
                    "a request is about at most \(PolicyEvaluationRoutes.entitiesMax) datasets"
                )
            }
            guard (item["labels"] == nil) != (item["entityList"] == nil) else {
                throw APIError(.fieldInvalid, "\(item.pointer) has either labels or an entityList")
            }
            let link = try item.requiredString("evalRef")
            let includesDrafts = try item.bool("includeDraft") ?? false
            let data: Data =
                if let entities = item["entityList"] { .entities(entities) } else {
                    .labels(try item.strings("labels", itemsMax: 1_000))
                }
            do throws(APIError) {
                let action = try PolicyEvaluationRoutes.action(link)
                answers.append(["status": 200, "body": try answer(action, data, includesDrafts, client)])
            } catch {
                let problem = error.body(requestID: context.requestID)
                answers.append(["status": .integer(Int64(error.code.status)), "error": problem])
            }
        }
        return Response(json: .array(answers))
    }

    /// The action of a link to its constraints.
    private static func action(_ link: String) throws(APIError) -> ActionReference {
        let suffix = "/constraints"
        guard link.hasSuffix(suffix) else {
            throw APIError(
                .fieldInvalid,
                "evalRef is a link such as \(ActionReference.list)/core/analytics/constraints"
            )
        }
        return try ActionReference(String(link.dropLast(suffix.count)))
    }
}
