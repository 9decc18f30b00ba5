import ActivationCore
import ActivationEngine

/// What the messages of a dataflow look like, for the API and the console alike (BEHAVIOUR 3.4); the dataflow may be one
/// that is not stored.
struct DataflowMessages: Sendable {
    let dependencies: ServerDependencies

    /// The JSON Schema of a flow's messages.
    func schema(of flow: ControlEntry) throws(APIError) -> JSONObject {
        guard let schema = dependencies.control.snapshot.messageSchema(of: flow) else {
            throw APIError(.internalError, "a stored flow id is no UUID")
        }
        return schema
    }

    /// What consumers of a flow may count on now.
    ///
    /// - Throws: `UNAVAILABLE` when it could not be entered.
    func version(of flow: ControlEntry) throws(APIError) -> SchemaVersion {
        guard let version = dependencies.control.snapshot.schemaVersions(of: flow.id).last else {
            throw APIError(
                .unavailable,
                "the schema could not be entered when the server started; its log says why, start it again",
                retryAfterSeconds: 5
            )
        }
        return version
    }

    /// What consumers of a flow could count on at some time.
    ///
    /// - Throws: `SCHEMA_VERSION_UNKNOWN`.
    func version(_ text: String, of flow: ControlEntry) throws(APIError) -> SchemaVersion {
        let versions = dependencies.control.snapshot.schemaVersions(of: flow.id)
        guard let version = versions.first(where: { String($0.number).hasSameBytes(as: text) }) else {
            let kept = versions.first.map { "\($0.number) to \(versions.last?.number ?? $0.number)" } ?? "none"
            throw APIError(
                .schemaVersionUnknown,
                "the schema has no version \"\(text.excerpt(20))\", or no longer; kept are \(kept)"
            )
        }
        return version
    }

    /// Records as they could be, of made-up values.
    ///
    /// - Parameters:
    ///   - flow: The flow.
    ///   - snapshot: Holds its target; nil = the present configuration does.
    /// - Returns: The records.
    /// - Throws: `CONFLICT` when it cannot be used.
    func samples(of flow: ControlEntry, in snapshot: ControlSnapshot? = nil) throws(APIError) -> [OutboxRow] {
        let snapshot = snapshot ?? dependencies.control.snapshot
        guard let dataflow = snapshot.dataflow(flow) else {
            throw APIError(.internalError, "a stored flow id is no UUID")
        }
        var definition = CatalogDefinition(
            mergePolicies: snapshot.mergePolicies(),
            namespaces: snapshot.namespaces,
            audiences: try audiences(shownBy: dataflow, in: snapshot),
            dataflows: [dataflow]
        )
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

    /// The audiences that made-up messages show: those that are mapped and, of each merge policy, one that is not.
    ///
    /// Their rules are not read: messages do not show them.
    private func audiences(
        shownBy dataflow: Dataflow,
        in snapshot: ControlSnapshot
    ) throws(APIError) -> [AudienceDefinition] {
        let noRule: PQLExpression
        do throws(PQLError) {
            noRule = try PQLExpression(parsing: "1 = 1")
        } catch {
            throw APIError(.internalError, "a constant rule cannot be read: \(error)")
        }
        let mapped = Set(dataflow.audiences.map(\.audience))
        var policies: Set<MergePolicy.ID> = []
        var shown: [AudienceDefinition] = []
        let quarantine = dependencies.control.quarantine
        for entry in snapshot.entries(.segmentDefinition) {
            guard let id = UUIDBytes(entry.id).map({ Audience.ID(uuid: $0) }),
                quarantine.reason(audience: id) == nil,
                let policy = entry.string("mergePolicyId").flatMap({ UUIDBytes($0) }).map({ MergePolicy.ID(uuid: $0) }),
                mapped.contains(id) || policies.insert(policy).inserted
            else { continue }
            shown.append(
                AudienceDefinition(
                    id: id,
                    name: entry.string("name") ?? "",
                    mergePolicy: policy,
                    rule: entry.externalAudience.map(AudienceRule.external) ?? .expression(noRule),
                    createdAt: entry.createdAt,
                    updatedAt: entry.updatedAt
                )
            )
        }
        return shown
    }
}
