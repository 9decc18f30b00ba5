import ActivationCore

/// A message as a dataflow with certain options would send it, about nobody: for who chooses the options.
struct ExampleMessage: Sendable {
    /// The present.
    let now: Timestamp
    /// The namespaces there are.
    let namespaces: NamespaceDirectory
    /// What was chosen beside the two switches.
    let options: Dataflow.Options

    /// The message as lines.
    ///
    /// - Parameters:
    ///   - names: Whether it names its audiences.
    ///   - timestamps: Whether it tells when audiences and mappings were made.
    /// - Returns: The text; nil when it cannot be made.
    func text(names: Bool, timestamps: Bool) -> String? {
        let id = UUIDBytes(high: 0x2C5A_2F5E_8A3B_4E1E, low: 0x9A01_2F77_C1A1_BE02)
        guard let rule = try? PQLExpression(parsing: "person.age >= 18") else { return nil }
        let policy = MergePolicy(
            id: MergePolicy.ID(uuid: id),
            name: "",
            attributeMerge: .timestampOrdered,
            identityGraph: .pdg
        )
        var dataflow = Dataflow(
            id: Dataflow.ID(uuid: id),
            isEnabled: true,
            audiences: [Dataflow.MappedAudience(audience: Audience.ID(uuid: id), createdAt: now, updatedAt: now)],
            attributes: [["person", "name", "firstName"]],
            includesSegmentNames: names,
            includesSegmentTimestamps: timestamps
        )
        dataflow.options = options
        dataflow.options.triggers = .changes
        var definition = CatalogDefinition(
            mergePolicies: [policy],
            namespaces: namespaces,
            audiences: [
                AudienceDefinition(
                    id: Audience.ID(uuid: id),
                    name: "Adults",
                    mergePolicy: policy.id,
                    expression: rule,
                    createdAt: now,
                    updatedAt: now
                )
            ],
            dataflows: [dataflow]
        )
        var paths = PathDictionary()
        var leftOut: [CatalogError] = []
        guard let catalog = try? Catalog(compilingUsable: &definition, paths: &paths, leftOut: &leftOut),
            let row = catalog.samples(of: dataflow.id, paths: paths, at: now).first,
            let message = try? JSONValue(parsing: row.payload)
        else { return nil }
        return message.indented
    }
}
