/// What a profile was before an input: what dataflows compare it with that do not take every write for a change.
struct ProfileBefore: Sendable {
    /// The identities; nil when no dataflow asks.
    var identities: [ProfileState.Member]?
    /// The profile with its attributes; nil when it is new or no dataflow asks.
    var state: ProfileState?
    /// The same of the identity by itself that states what the input writes; at most one, and in an array as it is seldom
    /// there and a profile is large.
    private var source: [ProfileState] = []
    private var views = PolicyViews()

    /// What the view of a single identity was: of one that is new, or of the one that states what the input writes.
    var ofSingleIdentity: ProfileBefore {
        var before = ProfileBefore()
        before.identities = identities.map { _ in [] }
        before.state = source.first
        return before
    }

    /// Notes what the identity by itself was that states what the input writes.
    mutating func noteSource(_ state: ProfileState) { source = [state] }

    /// The attributes as a merge policy saw them; none for a new profile.
    mutating func view(
        _ policy: Int,
        catalog: borrowing Catalog,
        paths: borrowing PathDictionary
    ) -> AttributeView {
        guard let state else { return AttributeView() }
        return views.view(policy, of: state, catalog: catalog, paths: paths)
    }
}

extension DecisionBatch {
    /// What a profile is before an input changes it, or others are merged into it.
    ///
    /// - Parameters:
    ///   - profile: Where it stands in the batch; nil for one that is yet to be made.
    ///   - source: The identity that states what the input writes, if it writes anything.
    ///   - written: What the input writes.
    /// - Returns: As much as a dataflow asks for, usually nothing.
    mutating func before(
        _ profile: Int?,
        source: Identity? = nil,
        writing written: ProfileFragment? = nil
    ) -> ProfileBefore {
        var before = ProfileBefore()
        if catalog.dataflowIndex.comparesIdentities {
            before.identities = profile.map { profiles[$0].state.identities } ?? []
        }
        if !catalog.dataflowIndex.comparingValues.isEmpty {
            let concerned = catalog.impact(of: written?.leaves.map(\.path) ?? [], paths: paths).dataflows
            if concerned.intersects(catalog.dataflowIndex.comparingValues) {
                before.state = profile.map { profiles[$0].state }
                if !catalog.unlinked.isEmpty, let source, let owner = owner(of: source),
                    let place = profiles[owner].state.index(of: source)
                {
                    before.noteSource(profiles[owner].state.view(ofIdentityAt: place))
                }
            }
        }
        return before
    }
}
