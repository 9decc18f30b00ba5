import ActivationCore
import HTTPTypes
import Hummingbird

/// Flows: what is exported where (BEHAVIOUR 1.4 to 1.7).
struct FlowRoutes: Sendable {
    let dependencies: ServerDependencies
    private let service: DataflowService

    init(dependencies: ServerDependencies) {
        self.dependencies = dependencies
        service = DataflowService(dependencies: dependencies)
    }

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("flows") { request, context in try await create(request, context) }
        router.patch("flows/:id") { request, context in try await update(request, context) }
        router.post("flows/:id/action") { request, context in try await act(request, context) }
        router.delete("flows/:id") { request, context in try await delete(request, context) }
    }

    private func create(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let change = try await service.create(try Fields(try await request.json()), by: client)
        return Response(change, status: .created)
    }

    private func update(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let id = context.pathParameter("id")
        _ = try dependencies.control.flowServiceEntry(.flow, id)
        let tag = try EntityTag.required(request)
        let patch = try JSONPatch(try await request.json())
        return Response(try await service.update(id, ifMatch: tag, patch, by: client), status: .accepted)
    }

    /// `POST …/action?op=enable|disable`; enable also resumes a dataflow that its destination stopped (appendix B).
    private func act(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let client = try context.authenticatedClient()
        let flow = try dependencies.control.flowServiceEntry(.flow, context.pathParameter("id"))
        switch try QueryItems(request)["op"] {
        case "enable":
            let isEnabled = flow.string("state") == FlowState.enabled
            let choice = isEnabled ? .reconcile : try ResumeChoice(request)
            return Response(try await service.enable(flow.id, choice, by: client), status: .ok)
        case "disable":
            return Response(try await service.disable(flow.id, by: client), status: .ok)
        case "redirect":
            return Response(changed: try await dependencies.control.redirect(flow.id, by: client.author), status: .ok)
        default:
            throw APIError(.actionNotApplicable, "the query needs op=enable, op=disable or op=redirect")
        }
    }

    private func delete(_ request: Request, _ context: ServerContext) async throws(APIError) -> Response {
        let tag = try EntityTag.given(request)
        _ = try await service.delete(
            context.pathParameter("id"),
            ifMatch: tag,
            .flow,
            by: try context.authenticatedClient()
        )
        return Response(status: .accepted)
    }
}

extension Response {
    /// The answer to a change of a flow.
    fileprivate init(_ change: DataflowService.Change, status: HTTPResponse.Status) {
        self.init(
            changed: change.flow,
            status: status,
            backfill: change.backfill,
            unmapping: change.unmapping,
            warnings: change.warnings
        )
    }
}
