extension ProfileState {
    /// What was stated of an audience, by identity.
    func external(_ audience: Audience.ID) -> ArraySlice<ExternalMembership> {
        let first = externals.sortedIndex { $0.audience.uuid < audience.uuid }
        let rest = externals[first...]
        return rest.prefix { $0.audience == audience }
    }

    /// Enters a statement; one of an earlier upload does not take the place of one of a later.
    mutating func state(_ membership: ExternalMembership) {
        let index = externals.sortedIndex { $0.isBefore(membership) }
        guard index < externals.count, !membership.isBefore(externals[index]) else {
            externals.insert(membership, at: index)
            return
        }
        var membership = membership
        membership.edition = max(membership.edition, externals[index].edition)
        externals[index] = membership
    }

    /// Forgets what was stated of an audience on behalf of an identity.
    mutating func withdraw(_ audience: Audience.ID, source: UInt16) {
        externals.removeAll { $0.audience == audience && $0.source == source }
    }
}
