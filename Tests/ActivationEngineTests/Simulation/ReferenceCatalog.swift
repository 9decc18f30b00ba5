import ActivationCore

/// The configuration of a model.
struct ReferenceCatalog {
    /// The merge policies; the first is the default.
    var policies = [ReferencePolicy(number: 2), ReferencePolicy(number: 1), ReferencePolicy(number: 3)]
    /// What is demanded of identities, by symbol.
    var namespaceRules: [String: ReferenceNamespaceRules] = [:]
    /// Values that mean nobody besides those that always do, by symbol.
    var ignoredValues: [String: [String]] = [:]
    var audiences: [ReferenceAudience] = []
    var flows: [ReferenceFlow] = []
    var backfills: [ReferenceBackfill] = []
    /// What dataflows ask of those they tell of.
    var consents: [Dataflow.ID: ReferenceConsent] = [:]
    /// When datasets end, with all that they have stated.
    var ends: [String: Int64] = [:]
    /// No revision that is begun is less.
    var revisionsFrom = 0

    /// The number of a person's next revision.
    func revision(after last: Int) -> Int { max(last + 1, revisionsFrom) }

    /// The external audience, if it is there and in use.
    var uploaded: ReferenceAudience? { audiences.first { $0.rule == .uploaded && $0.lifecycle != .inactive } }

    /// What the external audience stands under, in use or not.
    var externalNamespaces: [Audience.ID: String] {
        let external = audiences.filter { $0.rule == .uploaded }.map { ($0.id, ReferenceContent.namespace) }
        return Dictionary(uniqueKeysWithValues: external)
    }

    var policiesByID: [ReferencePolicy] { policies.sorted { $0.id.uuid < $1.id.uuid } }

    func policy(_ id: MergePolicy.ID) -> ReferencePolicy { policies.first { $0.id == id } ?? policies[0] }

    /// The id of the audience that follows a rule now.
    func id(_ rule: ReferenceAudience.Rule) -> Audience.ID {
        audiences.first { $0.rule == rule }?.id ?? Audience.ID(uuid: UUIDBytes(high: 0, low: 0))
    }

    /// The attributes that it names.
    var paths: [ReferencePath] {
        audiences.flatMap(\.paths) + flows.flatMap(\.paths)
            + flows.compactMap { consents[$0.id] }.flatMap(\.paths)
    }

    /// The audiences that are evaluated, each after those it asks for.
    var inOrder: [ReferenceAudience] {
        audiences.filter { $0.lifecycle != .inactive }.sorted { $0.rule.rawValue < $1.rule.rawValue }
    }

    /// The audiences that may be mapped.
    var published: [ReferenceAudience] { audiences.filter { $0.lifecycle == .published } }

    /// Whether any policy links nobody, so that somebody looks at identities by themselves.
    var hasSingles: Bool { policies.contains(where: \.linksNobody) }

    /// Whether an audience is asked about each identity by itself (BEHAVIOUR 4.4).
    func isOfSingles(_ audience: ReferenceAudience) -> Bool { policy(audience.policy).linksNobody }

    func audience(_ id: Audience.ID) -> ReferenceAudience? { audiences.first { $0.id == id } }

    /// The policy by which an audience is evaluated; nil for one that is not (BEHAVIOUR 5.2).
    func policy(evaluating id: Audience.ID) -> MergePolicy.ID? {
        audience(id).flatMap { $0.lifecycle == .inactive ? nil : $0.policy }
    }

    /// The namespaces as the engine is told.
    var directory: NamespaceDirectory { ReferenceIdentities.directory(namespaceRules, ignoring: ignoredValues) }

    /// As the engine is told; the audiences in an order in which dependents come first.
    func definition() throws -> CatalogDefinition {
        var definition = CatalogDefinition(
            mergePolicies: policies.map(\.definition),
            namespaces: directory,
            audiences: try audiences.sorted { $0.rule.rawValue > $1.rule.rawValue }.map { audience in
                var definition = AudienceDefinition(
                    id: audience.id,
                    name: audience.name,
                    mergePolicy: audience.policy,
                    rule: try audience.rule == .uploaded
                        ? .external(audience.external) : .expression(PQLExpression(parsing: audience.pql(id))),
                    createdAt: Timestamp(milliseconds: audience.createdAt),
                    updatedAt: Timestamp(milliseconds: audience.updatedAt)
                )
                definition.lifecycle = audience.lifecycle
                return definition
            },
            dataflows: flows.map { flow in
                var dataflow = Dataflow(
                    id: flow.id,
                    isEnabled: flow.isEnabled,
                    audiences: flow.mappings.map(\.definition),
                    attributes: [],
                    includesSegmentNames: flow.showsNames,
                    includesSegmentTimestamps: flow.showsTimestamps
                )
                dataflow.attributes = flow.attributes.map(\.definition)
                dataflow.options = flow.options
                return dataflow
            }
        )
        definition.backfills = backfills.map(\.definition)
        definition.revisionsFrom = Int64(revisionsFrom)
        definition.datasetEnds = DatasetEnds(ends.mapValues { Timestamp(milliseconds: $0) })
        definition.audiences += try flows.compactMap { flow in try consents[flow.id]?.definition(of: flow.id) }
        return definition
    }
}

extension ReferenceCatalog {
    /// For people.
    var lines: [String] {
        policies.map { policy in
            let rules = audiences.filter { $0.policy == policy.id }.map { "\($0.rule)" }
            return
                "policy \(policy.number)\(policy.linksNobody ? ", links nobody," : "") by \(policy.order ?? ["time"]): \(rules.joined(separator: ", "))"
        } + flows.map { "dataflow \($0.id.uuid): \($0.options), \($0.attributes)" }
            + consents.map { "consent of \($0.uuid): \($1)" } + ["rules \(namespaceRules)"]
            + ends.map { "dataset \($0) ends at \($1)" }
    }
}
