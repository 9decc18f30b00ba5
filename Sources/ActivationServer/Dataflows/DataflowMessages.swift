import ActivationCore
import ActivationEngine

/// What the messages of a dataflow look like, for the API and the console alike (BEHAVIOUR 3.4); the dataflow may be one
/// that is not stored.
struct DataflowMessages: Sendable {
    let dependencies: ServerDependencies

    /// Profiles that a member is looked for among.
    private static let profilesMax = 1_000

    /// The JSON Schema of a flow's messages.
    func schema(of flow: ControlEntry) throws(APIError) -> JSONObject {
        let snapshot = dependencies.control.snapshot
        let schema = MessageSchema(
            dataflow: try dataflow(flow),
            name: flow.string("name") ?? "",
            namespaces: snapshot.namespaces
        )
        return schema.document
    }

    /// Records as they could be, of made-up values.
    func samples(of flow: ControlEntry) throws(APIError) -> [OutboxRow] {
        let dataflow = try dataflow(flow)
        var unreadable: [CatalogError] = []
        var definition = dependencies.control.snapshot.catalogDefinition(in: .utc, unreadable: &unreadable)
        definition.dataflows = [dataflow]
        var paths = PathDictionary()
        var leftOut: [CatalogError] = []
        let catalog: Catalog
        do throws(CatalogError) {
            catalog = try Catalog(compilingUsable: &definition, paths: &paths, leftOut: &leftOut)
        } catch {
            throw APIError(.conflict, "the flow cannot be used as it is configured: \(error.message)")
        }
        return catalog.samples(of: dataflow.id, paths: paths, at: dependencies.time.now())
    }

    /// A record of a stored profile, as a backfill would send it now; nil when no member was found among some of them.
    func storedSample(of flow: ControlEntry) async throws(APIError) -> OutboxRow? {
        let dataflow = try dataflow(flow)
        let engine = dependencies.engine
        return try await APIError.mapping { () throws(EngineError) in
            let rows = try await engine.lastProfileRow()
            let start = rows > Int64(DataflowMessages.profilesMax) ? Int64.random(in: 0..<rows) : 0
            return try await engine.sample(of: dataflow, after: start, limit: DataflowMessages.profilesMax)
        }
    }

    /// The flow as decisions see it.
    private func dataflow(_ flow: ControlEntry) throws(APIError) -> Dataflow {
        guard let dataflow = dependencies.control.snapshot.dataflow(flow) else {
            throw APIError(.internalError, "a stored flow id is no UUID")
        }
        return dataflow
    }
}
