extension EvaluationInput {
    /// What an expression may read of a stored profile.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - policy: The merge policy of the view.
    ///   - paths: The dictionary that the expression was compiled with; it holds the profile's paths.
    ///   - datasets: The datasets' dictionary.
    ///   - events: The profile's events, oldest first, if the expression reads them.
    ///   - now: The instant of the evaluation.
    /// - Throws: When the stored value cannot be read.
    public init(
        _ stored: StoredProfile,
        policy: MergePolicy,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        events: [ProfileEvent] = [],
        now: Timestamp
    ) throws(ProfileValueError) {
        let state = try ProfileValue.decode(stored, paths: paths, datasets: datasets)
        self.init(
            attributes: state.view(DatasetRanking(policy, datasets: datasets), paths: paths),
            identities: state.identities.map(\.identity),
            memberships: state.memberships,
            events: events,
            now: now
        )
    }
}
