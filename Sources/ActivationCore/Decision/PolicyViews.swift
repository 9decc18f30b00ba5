/// One profile's merged views during one decision: each policy's is made when first asked for.
///
/// Right as long as the profile's attributes do not change.
struct PolicyViews {
    private var views: [(policy: Int, view: AttributeView)] = []

    mutating func view(
        _ policy: Int,
        of state: borrowing ProfileState,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary
    ) -> AttributeView {
        if let known = views.first(where: { $0.policy == policy }) { return known.view }
        let view = state.view(catalog.rankings[policy], paths: paths)
        views.append((policy, view))
        return view
    }
}
