import ActivationCore
import ActivationEngine
import Hummingbird

/// `/v1/audiences/bulk`: one thing done to up to 25 audiences, all of them or none (BEHAVIOUR 5.2).
struct AudienceBulkRoute: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.post("audiences/bulk") { request, context in
            let action = try AudienceBulkAction(try await request.json())
            let store = SegmentDefinitionStore(dependencies: dependencies)
            let definitions = try await store.perform(action, by: try context.author())
            let documents = AudienceDocuments(.audience, dependencies)
            return Response(json: ["audiences": .array(definitions.map { documents.json($0) })])
        }
    }
}
