import ActivationCore

/// A merge policy of the model (BEHAVIOUR 4.4).
struct ReferencePolicy {
    var number: UInt64
    /// The datasets that are merged, the first on top; nil = the latest write of all datasets wins.
    var order: [String]?
    /// Whether it links nobody, so that each identity is a view of its own.
    var linksNobody = false
    /// When its rule last changed.
    var changedAt: Int64?

    var id: MergePolicy.ID { MergePolicy.ID(uuid: UUIDBytes(high: 0xA, low: number)) }

    /// Whether it merges what a dataset states.
    func uses(_ dataset: String?) -> Bool { order.map { order in dataset.map(order.contains) ?? false } ?? true }

    /// As the engine is told.
    var definition: MergePolicy {
        MergePolicy(
            id: id,
            name: "policy \(number)",
            attributeMerge: order.map { .dataSetPrecedence(order: $0) } ?? .timestampOrdered,
            identityGraph: linksNobody ? .none : .pdg,
            ruleChangedAt: changedAt.map { Timestamp(milliseconds: $0) }
        )
    }
}
