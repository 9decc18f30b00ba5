extension EvaluationInput {
    /// What an expression may read of a stored profile.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - policy: The merge policy of the view.
    ///   - paths: The dictionary that the expression was compiled with; it holds the profile's paths.
    ///   - datasets: The datasets' dictionary.
    ///   - events: The profile's events, oldest first, if the expression reads them.
    ///   - namespaces: The namespaces that events may use.
    ///   - now: The instant of the evaluation.
    ///   - externalNamespaces: What external audiences stand under in `segmentMembership`.
    /// - Returns: All identities together; of a policy that links nobody each by itself, in the order in which they joined.
    /// - Throws: When the stored value cannot be read.
    public static func inputs(
        _ stored: StoredProfile,
        policy: MergePolicy,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        events: [ProfileEvent] = [],
        namespaces: NamespaceDirectory,
        now: Timestamp,
        standing externalNamespaces: [Audience.ID: String] = [:]
    ) throws(ProfileValueError) -> [EvaluationInput] {
        let state = try ProfileValue.decode(stored, paths: paths, datasets: datasets)
        let events = datasets.ended.isEmpty ? events : events.filter { !datasets.isHidden($0.dataset) }
        let ranking = DatasetRanking(policy, datasets: datasets)
        func input(_ state: ProfileState, _ events: [ProfileEvent]) -> EvaluationInput {
            var input = EvaluationInput(
                attributes: state.view(ranking, paths: paths),
                identities: state.identities.map(\.identity),
                memberships: state.memberships.visible,
                events: events,
                now: now
            )
            input.namespaces = externalNamespaces
            input.externals = state.externals
            return input
        }
        guard policy.identityGraph == .none else { return [input(state, events)] }
        let known = Set(state.identities.map(\.identity))
        let owned = Dictionary(grouping: events) { $0.owner(among: known, namespaces) }
        return state.identities.indices.map { place in
            input(state.view(ofIdentityAt: place), owned[state.identities[place].identity] ?? [])
        }
    }
}
