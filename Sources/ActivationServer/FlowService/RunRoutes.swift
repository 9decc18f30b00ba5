import ActivationCore
import Hummingbird

/// Runs: what became of a dataflow's records, by the hour and by the backfill (BEHAVIOUR 1.11).
struct RunRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("runs") { request, _ in
            let query = try FlowServiceQuery(request, of: "Run")
            let documents = try await RunDocument(dependencies).documents(of: query.required("flowId"))
            return Response(json: await query.answer(documents))
        }
        router.get("runs/:id") { _, context in
            let document = try await RunDocument(dependencies).document(id: context.pathParameter("id"))
            return Response(json: ["items": [.object(document)]])
        }
    }
}
