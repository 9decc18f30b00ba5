import ActivationCore

extension ReferenceCatalog {
    /// All rules as audiences, spread over both policies, and three dataflows.
    static func first(at instant: Int64) -> ReferenceCatalog {
        var catalog = ReferenceCatalog()
        for rule in ReferenceAudience.Rule.allCases {
            catalog.audiences.append(audience(rule, number: rule.rawValue + 1, at: instant - Int64(rule.rawValue % 4)))
        }
        func mappings(_ rules: [ReferenceAudience.Rule]) -> [ReferenceFlow.Mapping] {
            rules.map { ReferenceFlow.Mapping(audience: catalog.id($0), createdAt: instant, updatedAt: instant + 1) }
        }
        func attributes(_ paths: [String]) -> [ReferenceFlow.Attribute] { paths.map { ReferenceFlow.Attribute($0) } }
        catalog.flows = [
            ReferenceFlow(
                id: flow(1),
                mappings: mappings([.chained, .gold, .spender, .active, .buyer]),
                attributes: attributes(["loyalty.tier", "person", "visits", "loyalty.points"]),
                showsNames: true
            ),
            ReferenceFlow(
                id: flow(2),
                mappings: mappings([.visitor, .reachable, .recent, .renewing]),
                attributes: attributes(["person.name", "city", "tags"]),
                showsTimestamps: true
            ),
            ReferenceFlow(id: flow(3), mappings: mappings([.reader]), attributes: attributes(["loyalty"])),
        ]
        return catalog
    }

    /// A new audience of a rule; the number makes its id.
    static func audience(_ rule: ReferenceAudience.Rule, number: Int, at instant: Int64) -> ReferenceAudience {
        ReferenceAudience(
            rule: rule,
            // Ids do not follow the order in which audiences are made.
            id: Audience.ID(uuid: UUIDBytes(high: 0xB, low: UInt64(number % 7 * 1_000 + number))),
            bound: ReferenceAudience.bound(of: rule),
            policy: [.gold, .visitor, .active, .goldSpender, .chained].contains(rule)
                ? ReferencePolicy(number: 2).id : ReferencePolicy(number: 1).id,
            createdAt: instant,
            updatedAt: instant + 900_500
        )
    }

    static func flow(_ number: Int) -> Dataflow.ID { Dataflow.ID(uuid: UUIDBytes(high: 0xF, low: UInt64(number))) }
}
