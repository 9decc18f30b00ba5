extension ProfileDecision {
    /// Enters what the input did in the profile's trail; it is called once, when all is done.
    mutating func trace(isExcluded: Bool, _ catalog: borrowing Catalog) {
        // Records of whom it absorbed have revisions of their own.
        if change.isMerge { profile.state.trail.clear() }
        var traced = TracedChange(
            revision: profile.state.revision,
            at: now,
            kinds: kinds,
            dataset: change.eventDataset ?? change.writtenDataset,
            place: change.writtenPlace,
            paths: change.writtenPaths.count <= ChangeTrail.pathsMax
                ? change.writtenPaths : Array(change.writtenPaths.prefix(ChangeTrail.pathsMax)),
            pathCount: change.writtenPaths.count,
            statuses: [],
            statusCount: change.statusChanges.count + change.viewStatusChanges.count
        )
        if isExcluded { traced.kinds.insert(.excluded) }
        traced.statuses.reserveCapacity(min(traced.statusCount, ChangeTrail.statusesMax))
        for status in change.statusChanges.prefix(ChangeTrail.statusesMax) {
            traced.statuses.append(TracedChange.Status(status, place: nil, catalog))
        }
        for (place, status) in change.viewStatusChanges.prefix(ChangeTrail.statusesMax - traced.statuses.count) {
            traced.statuses.append(TracedChange.Status(status, place: place, catalog))
        }
        profile.state.trail.append(traced)
    }

    private var kinds: TracedChange.Kinds {
        var kinds: TracedChange.Kinds = []
        if change.isNew { kinds.insert(.created) }
        if change.isMerge { kinds.insert(.merged) }
        if change.identitiesChanged { kinds.insert(.identities) }
        if change.isReattributed || change.identitiesChanged && change.concernsAllAudiences { kinds.insert(.reordered) }
        if !change.writtenPaths.isEmpty { kinds.insert(.attributes) }
        if change.eventDataset != nil { kinds.insert(.event) }
        if !change.statedAudiences.isEmpty { kinds.insert(.statement) }
        if change.isTurn { kinds.insert(.turn) }
        if change.endsDataset { kinds.insert(.ended) }
        return kinds
    }
}

extension TracedChange.Status {
    fileprivate init(_ change: ProfileChange.StatusChange, place: Int?, _ catalog: borrowing Catalog) {
        self.init(
            place: place,
            audience: catalog.audiences[change.audience].definition.id,
            before: change.before?.status,
            after: change.status
        )
    }
}
