extension Catalog {
    /// A record of a dataflow as a backfill would make it of a stored profile.
    ///
    /// - Parameters:
    ///   - dataflow: The dataflow.
    ///   - stored: The profile.
    ///   - policy: Only as this merge policy sees it; nil = as any.
    ///   - place: Under a policy that links nobody, only of the identity in this place; nil = of the first that there is one of.
    ///   - paths: The dictionary that the catalog was compiled with; it holds the profile's paths.
    ///   - datasets: The datasets' dictionary.
    ///   - now: When it would be admitted.
    /// - Returns: Of several views the first; nil when the profile is no member of a mapped audience, or has not consented to
    ///   what the dataflow is for.
    /// - Throws: When the stored value cannot be read.
    public func sample(
        of dataflow: Dataflow.ID,
        from stored: StoredProfile,
        in policy: MergePolicy.ID? = nil,
        alone place: Int? = nil,
        paths: PathDictionary,
        datasets: DatasetDictionary,
        at now: Timestamp
    ) throws(ProfileValueError) -> OutboxRow? {
        guard let flow = dataflows.first(where: { $0.dataflow.id == dataflow }) else { return nil }
        let state = try ProfileValue.decode(stored, paths: paths, datasets: datasets)
        guard !flow.asksConsent || !state.memberships.areWithheld(from: dataflow) else { return nil }
        for group in flow.groups where policy.map({ $0 == policies[group.policy].id }) ?? true {
            let mapped = Set(group.mapped.map { audiences[$0.audience].definition.id })
            let alone = state.identities.indices.filter { place == nil || $0 == place }
            let places: [Int?] = isUnlinked(policy: group.policy) ? alone.map { $0 } : [nil]
            for place in places {
                var shown = place.map { state.view(ofIdentityAt: $0) } ?? state
                let isMember = shown.memberships.contains { $0.status == .realized && mapped.contains($0.audience) }
                guard isMember else { continue }
                shown.revision = revision(after: shown.revision)
                shown = shown.consented(to: flow, together: state.memberships)
                let record = ActivationRecord(
                    flow: flow,
                    group: group,
                    place: place,
                    lane: .backfill,
                    reasons: .backfill,
                    writtenAttributes: [],
                    admittedAt: now
                )
                let ranking = DatasetRanking(policies[group.policy], datasets: datasets)
                return record.row(of: shown, view: shown.view(ranking, paths: paths), catalog: self, paths: paths)
            }
        }
        return nil
    }
}

extension StoredProfile {
    /// How the profile stands in audiences, with all its identities or with one of them.
    ///
    /// - Parameters:
    ///   - paths: The dictionary of the profile's paths.
    ///   - datasets: The datasets' dictionary.
    /// - Returns: Its standings, those of single identities behind the others.
    /// - Throws: When the stored value cannot be read.
    public func standings(
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> [SegmentMembership] {
        let state = try ProfileValue.decode(self, paths: paths, datasets: datasets)
        return state.memberships.visible + state.identities.flatMap(\.memberships)
    }
}
