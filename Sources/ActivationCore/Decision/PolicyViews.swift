/// One profile's merged views during one decision: each policy's is made when first asked for.
///
/// Right as long as the profile's attributes do not change.
struct PolicyViews {
    /// Mostly there is one policy, and then no array.
    private var first: (policy: Int, view: AttributeView)?
    private var others: [(policy: Int, view: AttributeView)] = []

    mutating func view(
        _ policy: Int,
        of state: borrowing ProfileState,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary
    ) -> AttributeView {
        if let first, first.policy == policy { return first.view }
        if let known = others.first(where: { $0.policy == policy }) { return known.view }
        let view = state.view(catalog.rankings[policy], paths: paths)
        if first == nil { first = (policy, view) } else { others.append((policy, view)) }
        return view
    }
}
