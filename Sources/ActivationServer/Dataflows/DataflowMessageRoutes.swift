import ActivationCore
import ActivationEngine
import Hummingbird

/// What a dataflow's messages look like, under `/v1/dataflows` (BEHAVIOUR 3.4).
struct DataflowMessageRoutes: Sendable {
    let dependencies: ServerDependencies

    func add(to router: some RouterMethods<ServerContext>) {
        router.get("dataflows/:id/schema") { _, context in try schema(context) }
        router.get("dataflows/:id/samples") { _, context in try samples(context) }
    }

    private func schema(_ context: ServerContext) throws(APIError) -> Response {
        let (entry, dataflow, definition) = try dataflow(context)
        let schema = MessageSchema(
            dataflow: dataflow,
            name: entry.string("name") ?? "",
            namespaces: definition.namespaces
        )
        return Response(json: .object(schema.document))
    }

    private func samples(_ context: ServerContext) throws(APIError) -> Response {
        let (_, dataflow, complete) = try dataflow(context)
        var definition = complete
        definition.dataflows = [dataflow]
        var paths = PathDictionary()
        var leftOut: [CatalogError] = []
        let catalog: Catalog
        do throws(CatalogError) {
            catalog = try Catalog(compilingUsable: &definition, paths: &paths, leftOut: &leftOut)
        } catch {
            throw APIError(.conflict, "the flow cannot be used as it is configured: \(error.message)")
        }
        let rows = catalog.samples(of: dataflow.id, paths: paths, at: dependencies.time.now())
        return Response(json: ["items": .array(rows.map(DataflowMessageRoutes.document))])
    }

    /// The flow that a path names, as decisions see it.
    private func dataflow(
        _ context: ServerContext
    ) throws(APIError) -> (ControlEntry, Dataflow, CatalogDefinition) {
        let snapshot = dependencies.control.snapshot
        let flow = try snapshot.flowServiceEntry(.flow, context.pathParameter("id"))
        var unreadable: [CatalogError] = []
        let definition = snapshot.catalogDefinition(in: .utc, unreadable: &unreadable)
        guard let dataflow = definition.dataflows.first(where: { $0.id.uuid.description == flow.id }) else {
            throw APIError(.internalError, "a stored flow id is no UUID")
        }
        return (flow, dataflow, definition)
    }

    private static func document(_ row: OutboxRow) -> JSONValue {
        [
            "mergePolicyId": .string(row.mergePolicy.uuid.description),
            "reasons": .array(row.reasons.names.map { .string($0) }),
            "partitionKey": .string(row.partitionKey),
            "payload": (try? JSONValue(parsing: row.payload)) ?? .null,
        ]
    }
}
