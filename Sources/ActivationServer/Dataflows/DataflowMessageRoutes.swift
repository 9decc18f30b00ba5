import ActivationCore
import Hummingbird

/// What a dataflow's messages look like, under `/v1/dataflows` (BEHAVIOUR 3.4).
struct DataflowMessageRoutes: Sendable {
    let dependencies: ServerDependencies

    private var messages: DataflowMessages { DataflowMessages(dependencies: dependencies) }

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("dataflows/:id/schema") { _, context in
            Response(json: .object(try messages.schema(of: try flow(context))))
        }
        router.get("dataflows/:id/samples") { _, context in
            let rows = try messages.samples(of: try flow(context))
            return Response(json: ["items": .array(rows.map(\.sampleDocument))])
        }
    }

    private func flow(_ context: ServerContext) throws(APIError) -> ControlEntry {
        try dependencies.control.snapshot.flowServiceEntry(.flow, context.pathParameter("id"))
    }
}

extension OutboxRow {
    /// A sample as answers and downloads show it.
    var sampleDocument: JSONValue {
        [
            "mergePolicyId": .string(mergePolicy.uuid.description),
            "reasons": .array(reasons.names.map { .string($0) }),
            "partitionKey": .string(partitionKey),
            "payload": (try? JSONValue(parsing: payload)) ?? .null,
        ]
    }
}
