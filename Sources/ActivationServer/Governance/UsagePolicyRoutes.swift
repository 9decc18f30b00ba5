import ActivationCore
import HTTPTypes
import Hummingbird

/// Policies and marketing actions, as Adobe's policy service has them (BEHAVIOUR 9.2, 9.3).
struct UsagePolicyRoutes: Sendable {
    let dependencies: ServerDependencies

    private var control: ControlPlane { dependencies.control }

    func add(to adobe: some RouterMethods<ServerContext>) {
        let service = adobe.group("foundation/dulepolicy")
        for kind in MarketingAction.Kind.allCases {
            service.get("policies/\(kind.rawValue)") { request, _ in try list(kind, try QueryItems(request)) }
            service.get("policies/\(kind.rawValue)/:id") { _, context in
                let snapshot = control.snapshot
                let policy = try UsagePolicyRoutes.policy(context.pathParameter("id"), kind, in: snapshot)
                return Response(json: PolicyDocument.json(policy, in: snapshot))
            }
            service.get("marketingActions/\(kind.rawValue)") { request, _ in
                try listActions(kind, try QueryItems(request))
            }
            service.get("marketingActions/\(kind.rawValue)/:name") { _, context in
                let snapshot = control.snapshot
                let reference = ActionReference(kind, context.pathParameter("name"))
                guard let action = snapshot.marketingAction(reference) else { throw UsagePolicyRoutes.unknownAction }
                return Response(json: PolicyDocument.json(action, in: snapshot))
            }
        }
        service.post("policies/custom") { request, context in try await create(request, context) }
        service.put("policies/custom/:id") { request, context in
            let body = try await UsagePolicyRoutes.policyBody(request)
            return try await change(context) { _ in body }
        }
        service.patch("policies/custom/:id") { request, context in
            let patch = try JSONPatch(try await request.json())
            try patch.requirePaths([
                ["name"], ["description"], ["status"], ["marketingActionRefs"], ["deny"], ["consent"],
            ])
            return try await change(context) { before throws(APIError) in try patch.apply(to: before) }
        }
        service.delete("policies/custom/:id") { _, context in
            try await control.deletePolicy(context.pathParameter("id"), by: try context.author())
            return Response(status: .ok)
        }
        service.put("marketingActions/custom/:name") { request, context in try await putAction(request, context) }
        service.delete("marketingActions/custom/:name") { _, context in try await deleteAction(context) }
        service.get("enabledCorePolicies") { _, _ in
            Response(json: PolicyDocument.enabledPolicies(in: control.snapshot))
        }
        service.put("enabledCorePolicies") { request, context in try await enable(request, context) }
    }

    static let unknownPolicy = APIError(.resourceUnknown, "no policy has the id in the path")
    static let unknownAction = APIError(.resourceUnknown, "no marketing action has the name in the path")

    private static func policy(
        _ id: String,
        _ kind: MarketingAction.Kind,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> UsagePolicy {
        let policies = kind == .core ? snapshot.corePolicies : snapshot.customPolicies
        guard let policy = policies.first(where: { $0.id.hasSameBytes(as: id) }) else { throw unknownPolicy }
        return policy
    }

    // MARK: Policies

    /// The policies of a kind; `duleLabels` and `marketingAction` select those that name one of the labels, or the action.
    private func list(_ kind: MarketingAction.Kind, _ query: QueryItems) throws(APIError) -> Response {
        let snapshot = control.snapshot
        var policies = kind == .core ? snapshot.corePolicies : snapshot.customPolicies
        if let labels = query["duleLabels"].map({ Set($0.split(separator: ",").map(String.init)) }) {
            policies.removeAll { labels.isDisjoint(with: $0.deny?.labels ?? []) }
        }
        if let action = query["marketingAction"] {
            policies.removeAll { !$0.actions.contains { $0.name == action || $0.link == action } }
        }
        let all = policies.map { PolicyDocument.json($0, in: snapshot) }
        return Response(json: try PolicyDocument.page(all, by: "id", list: "policies/\(kind.rawValue)", query))
    }

    private static func policyBody(_ request: Request) async throws(APIError) -> JSONValue {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "PolicyDraft")
        return body
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await UsagePolicyRoutes.policyBody(request)
        let made = try await control.makePolicy(body, by: try context.authenticatedClient())
        return Response(json: PolicyDocument.json(made, in: control.snapshot), status: .created)
    }

    private func change(
        _ context: ServerContext,
        _ edit: @escaping @Sendable (JSONValue) throws(APIError) -> JSONValue
    ) async throws(APIError) -> Response {
        let changed = try await control.changePolicy(
            context.pathParameter("id"),
            by: try context.authenticatedClient(),
            edit
        )
        return Response(json: PolicyDocument.json(changed, in: control.snapshot))
    }

    /// Says which core policies are on; those that are not in the list are off.
    private func enable(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "EnabledPoliciesDraft")
        let ids = try Fields(body).strings("policyIds", itemsMax: UsagePolicy.core.count * 2)
        guard body["policyIds"] != nil else {
            throw APIError(.fieldInvalid, "/policyIds is required, the ids of all core policies that are to be on")
        }
        try await control.enableCorePolicies(by: try context.authenticatedClient()) { _ in ids }
        return Response(json: PolicyDocument.enabledPolicies(in: control.snapshot))
    }

    // MARK: Marketing actions

    private func listActions(_ kind: MarketingAction.Kind, _ query: QueryItems) throws(APIError) -> Response {
        let snapshot = control.snapshot
        let actions = kind == .core ? MarketingAction.core : snapshot.customActions
        let all = actions.map { PolicyDocument.json($0, in: snapshot) }
        return Response(
            json: try PolicyDocument.page(all, by: "name", list: "marketingActions/\(kind.rawValue)", query)
        )
    }

    private func putAction(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let body = try await request.json()
        try DocumentedTypes.check(body, as: "MarketingActionDraft")
        let fields = try Fields(body)
        let name = context.pathParameter("name")
        guard try fields.requiredString("name").hasSameBytes(as: name) else {
            throw APIError(.fieldInvalid, "/name is the name in the path")
        }
        let isNew = try await control.putAction(
            name,
            meaning: try fields.string("description") ?? "",
            by: try context.authenticatedClient()
        )
        let snapshot = control.snapshot
        guard let made = snapshot.marketingAction(ActionReference(.custom, name)) else {
            throw UsagePolicyRoutes.unknownAction
        }
        return Response(json: PolicyDocument.json(made, in: snapshot), status: isNew ? .created : .ok)
    }

    private func deleteAction(_ context: ServerContext) async throws(APIError) -> Response {
        try await control.deleteAction(context.pathParameter("name"), by: try context.author())
        return Response(status: .ok)
    }
}
