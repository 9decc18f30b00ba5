import ActivationCore

/// A rule over events whose cost is measured.
public enum EventSet: String, CaseIterable, Sendable {
    case sum, count, exists, max
    case sumInWindow = "sum-30d"
    case countInWindow = "count-30d"
    case existsInWindow = "exists-30d"
    case maxInWindow = "max-30d"
    /// A chain over the last 24 hours, in which there are as many events whatever the history.
    case chain = "chain-24h"
    /// The same chain over a history that is all of the last 24 hours.
    case denseChain = "chain-24h-dense"

    /// The rule; few profiles ever enter or leave it while it is measured.
    var rule: String {
        let purchases = #"xEvent[eventType = "purchase"]"#
        let recent = #"xEvent[eventType = "purchase" and timestamp occurs < 30 days before now]"#
        return switch self {
        case .sum: "\(purchases).sum(amount) > 1000000000"
        case .count: "\(purchases).count() > 3"
        case .exists: "\(purchases).exists(amount >= 0)"
        case .max: "\(purchases).max(amount) > 1000000000"
        case .sumInWindow: "\(recent).sum(amount) > 1000000000"
        case .countInWindow: "\(recent).count() > 1"
        case .existsInWindow: "\(recent).exists(amount >= 0)"
        case .maxInWindow: "\(recent).max(amount) > 1000000000"
        case .chain, .denseChain:
            """
            CHAIN(xEvent, timestamp, [A: WHAT(eventType = "view") WHEN(< 24 hours before now), \
            B: WHAT(eventType = "purchase")])
            """
        }
    }

    /// When its events happen.
    func timeline(history: Int) -> EventTimeline {
        switch self {
        case .chain: .constantDay(history: history)
        case .denseChain: .denseDay(history: history)
        default: .months(history: history)
        }
    }

    /// Everything decisions depend on while it is measured.
    ///
    /// - Parameter audiences: How many audiences there are: beside the rule's those of events that nobody sends.
    /// - Returns: The definition.
    /// - Throws: When a rule of ours is no expression.
    func catalog(audiences: Int) throws(PQLError) -> CatalogDefinition {
        let made = EventTimeline.start
        var definition = EventSet.emptyCatalog
        for (index, id) in EventSet.audiences(audiences).enumerated() {
            let rule = index == 0 ? rule : #"xEvent[eventType = "other-\#(index)"].sum(amount) > 100"#
            definition.audiences.append(
                AudienceDefinition(
                    id: id,
                    name: "Audience \(index)",
                    mergePolicy: EventSet.policy.id,
                    expression: try PQLExpression(parsing: rule),
                    createdAt: made,
                    updatedAt: made
                )
            )
        }
        return definition
    }

    /// A catalog without audiences.
    static let emptyCatalog = CatalogDefinition(
        mergePolicies: [policy],
        namespaces: EventCustomers.namespaces,
        audiences: [],
        dataflows: []
    )

    /// The audiences of a catalog, the rule's first.
    static func audiences(_ count: Int) -> [Audience.ID] {
        (0..<count).map { Audience.ID(uuid: UUIDBytes(high: 3, low: UInt64($0) + 1)) }
    }

    private static let policy = MergePolicy(
        id: MergePolicy.ID(uuid: UUIDBytes(high: 1, low: 1)),
        name: "Default",
        attributeMerge: .timestampOrdered,
        identityGraph: .pdg
    )
}
