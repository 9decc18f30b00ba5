import ActivationCore

/// The configuration of a model.
struct ReferenceCatalog {
    /// Two policies; the one with the higher id comes first, and is the default.
    static let policies = [policy(2), policy(1)]

    /// The places of the policies in the order of their ids.
    static let policiesByID = policies.indices.sorted { policies[$0].id.uuid < policies[$1].id.uuid }

    private static func policy(_ number: UInt64) -> MergePolicy {
        MergePolicy(
            id: MergePolicy.ID(uuid: UUIDBytes(high: 0xA, low: number)),
            name: "policy \(number)",
            attributeMerge: .timestampOrdered,
            identityGraph: .pdg
        )
    }

    var audiences: [ReferenceAudience] = []
    var flows: [ReferenceFlow] = []
    var backfills: [ReferenceBackfill] = []

    /// The id of the audience that follows a rule now.
    func id(_ rule: ReferenceAudience.Rule) -> Audience.ID {
        audiences.first { $0.rule == rule }?.id ?? Audience.ID(uuid: UUIDBytes(high: 0, low: 0))
    }

    /// The attributes that it names.
    var paths: [ReferencePath] {
        audiences.flatMap(\.paths) + flows.flatMap { $0.attributes.map { ReferencePath($0) } }
    }

    /// The audiences, each after those it asks for.
    var inOrder: [ReferenceAudience] { audiences.sorted { $0.rule.rawValue < $1.rule.rawValue } }

    func audience(_ id: Audience.ID) -> ReferenceAudience? { audiences.first { $0.id == id } }

    /// As the engine is told; the audiences in an order in which dependents come first.
    func definition() throws -> CatalogDefinition {
        var definition = CatalogDefinition(
            mergePolicies: ReferenceCatalog.policies,
            namespaces: ReferenceIdentities.directory,
            audiences: try audiences.sorted { $0.rule.rawValue > $1.rule.rawValue }.map { audience in
                AudienceDefinition(
                    id: audience.id,
                    name: audience.name,
                    mergePolicy: ReferenceCatalog.policies[audience.policy].id,
                    expression: try PQLExpression(parsing: audience.pql(id)),
                    createdAt: Timestamp(milliseconds: audience.createdAt),
                    updatedAt: Timestamp(milliseconds: audience.updatedAt)
                )
            },
            dataflows: flows.map { flow in
                var dataflow = Dataflow(
                    id: flow.id,
                    isEnabled: flow.isEnabled,
                    audiences: flow.mappings.map {
                        Dataflow.MappedAudience(
                            audience: $0.audience,
                            createdAt: Timestamp(milliseconds: $0.createdAt),
                            updatedAt: Timestamp(milliseconds: $0.updatedAt)
                        )
                    },
                    attributes: flow.attributes.map { $0.split(separator: ".").map(String.init) },
                    includesSegmentNames: flow.showsNames,
                    includesSegmentTimestamps: flow.showsTimestamps
                )
                dataflow.options.emitsDeletes = flow.emitsDeletes
                return dataflow
            }
        )
        definition.backfills = backfills.map(\.definition)
        return definition
    }
}
