import ActivationCore

/// What the engine is measured with: audiences, of which updates affect up to 20, and a dataflow that exports six updates
/// in ten.
///
/// Further dataflows share an audience and an attribute that no update concerns.
struct BenchCatalog {
    private let customers: BenchCustomers
    private let count: Int
    private let flowCount: Int
    private let policy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
        name: "Default",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )
    /// The dataflow.
    let dataflow = Dataflow.ID(uuid: UUIDBytes(high: 2, low: 1))

    /// The rules that updates affect, or some of them; the first one is mapped.
    private static let rules = [
        "loyalty.tier < 6",
        "web.visits > 50",
        "web.visits > 90",
        "web.visits < 5",
        "web.device = \"mobile\"",
        "web.device = \"television\"",
        "commerce.lastOrder.total > 250",
        "commerce.lastOrder.total > 100 and commerce.lastOrder.total < 120",
        "commerce.lastOrder.category = \"books\"",
        "commerce.lastOrder.category = \"garden\"",
        "commerce.lastOrder.category in [\"toys\", \"games\"]",
        "loyalty.tier >= 8 and web.visits > 60",
        "preferences.newsletter and commerce.lastOrder.total > 200",
        "homeAddress.countryCode in [\"DE\", \"FR\"] and web.device = \"mobile\"",
        "person.birthYear < 1960 and web.device = \"desktop\"",
        "homeAddress.countryCode = \"JP\"",
        "person.birthYear > 2000",
        "loyalty.points > 45000",
        "web.browser = \"browser-7\" and web.visits > 20",
        "web.lastPage.startsWith(\"/shop/777\")",
    ]

    /// The rule of an audience; those that updates affect stand evenly among the others, the first of them first.
    private func rule(_ index: Int) -> String {
        let distance = max(count / BenchCatalog.rules.count, 1)
        let (place, rest) = index.quotientAndRemainder(dividingBy: distance)
        return rest == 0 && place < BenchCatalog.rules.count
            ? BenchCatalog.rules[place] : BenchCatalog.furtherRule(index)
    }

    /// Further rules, of attributes that no update writes; they have few members.
    private static func furtherRule(_ index: Int) -> String {
        switch index % 4 {
        case 0: "loyalty.points = \(index)"
        case 1: #"homeAddress.postalCode = "\#(10_000 + index)""#
        case 2: #"personalEmail.address = "customer.\#(index)@example.com""#
        default: #"notes.first = "note-\#(index)""#
        }
    }

    /// - Parameters:
    ///   - customers: Whom it is about.
    ///   - count: How many audiences there are; one more when there are further dataflows.
    ///   - flowCount: How many dataflows there are.
    init(_ customers: BenchCustomers, audiences count: Int, dataflows flowCount: Int = 1) {
        self.customers = customers
        self.count = count
        self.flowCount = flowCount
    }

    /// The audiences' ids.
    var audiences: [Audience.ID] { (0..<(flowCount > 1 ? count + 1 : count)).map(BenchCatalog.audience) }

    /// The catalog.
    ///
    /// - Parameter hasDataflow: False while profiles are loaded, so that loading exports nothing.
    /// - Returns: A catalog with the same ids every time.
    /// - Throws: When a rule of ours is no expression.
    func definition(hasDataflow: Bool) throws(PQLError) -> CatalogDefinition {
        let made = Timestamp(milliseconds: 1_750_000_000_000)
        var definitions: [AudienceDefinition] = []
        for index in audiences.indices {
            definitions.append(
                AudienceDefinition(
                    id: BenchCatalog.audience(index),
                    name: "Audience \(index)",
                    mergePolicy: policy.id,
                    expression: try PQLExpression(parsing: index < count ? rule(index) : #"notes.first = "none""#),
                    createdAt: made,
                    updatedAt: made
                )
            )
        }
        let flow = Dataflow(
            id: dataflow,
            isEnabled: true,
            audiences: [Dataflow.MappedAudience(audience: BenchCatalog.audience(0), createdAt: made, updatedAt: made)],
            attributes: [
                ["web", "lastPage"], ["web", "device"], ["commerce", "lastOrder", "total"],
                ["person", "name", "firstName"],
            ]
        )
        return CatalogDefinition(
            mergePolicies: [policy],
            namespaces: customers.namespaces,
            audiences: definitions,
            dataflows: hasDataflow ? [flow] + (1..<max(flowCount, 1)).map { further($0, made) } : []
        )
    }

    /// A dataflow that no update concerns.
    private func further(_ number: Int, _ made: Timestamp) -> Dataflow {
        Dataflow(
            id: Dataflow.ID(uuid: UUIDBytes(high: 2, low: UInt64(number) + 1)),
            isEnabled: true,
            audiences: [
                Dataflow.MappedAudience(audience: BenchCatalog.audience(count), createdAt: made, updatedAt: made)
            ],
            attributes: [["notes", "first"]]
        )
    }

    private static func audience(_ index: Int) -> Audience.ID {
        Audience.ID(uuid: UUIDBytes(high: 3, low: UInt64(index) + 1))
    }
}
