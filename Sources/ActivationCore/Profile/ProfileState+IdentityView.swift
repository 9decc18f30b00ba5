extension ProfileState {
    /// Whether an identity stands in an audience by itself, or waits for the clock to change that.
    @inline(__always)
    var hasStandings: Bool {
        identities.contains { !$0.memberships.isEmpty || !$0.timers.isEmpty }
    }

    /// One identity with what it has stated and where it stands: what the profile is for merge policies that link nobody
    /// (BEHAVIOUR 4.4).
    ///
    /// Nothing is kept of its events.
    func view(ofIdentityAt place: Int) -> ProfileState {
        var view = ProfileState(id: id, createdAt: createdAt, sequence: createdSequence)
        view.revision = revision
        view.updatedAt = updatedAt
        view.eventCount = eventCount
        view.eventAges = eventAges
        view.identities = [identities[place]]
        view.memberships = identities[place].memberships
        view.timers = identities[place].timers
        view.entries = entries.filter { Int($0.source) == place }
        for index in view.entries.indices { view.entries[index].source = 0 }
        view.bytes = bytes
        view.externals = externals.filter { Int($0.source) == place }
        for index in view.externals.indices { view.externals[index].source = 0 }
        return view
    }

    /// Takes over where an identity stands now, and what is left of what others stated of it.
    mutating func take(standingsOf view: ProfileState, at place: Int) {
        identities[place].memberships = view.memberships
        identities[place].timers = view.timers
        guard view.externals.count != externals.count(where: { Int($0.source) == place }) else { return }
        externals.removeAll { Int($0.source) == place }
        externals += view.externals.map {
            var external = $0
            external.source = UInt16(place)
            return external
        }
        externals.sort { $0.isBefore($1) }
    }

    /// Lets standings follow audiences whose merge policy links other identities than it did when they were stored
    /// (BEHAVIOUR 4.4).
    ///
    /// Where all identities stood together each of them stands, and where some of them stood they stand together as after
    /// a merge, until the audience is evaluated again.
    ///
    /// - Returns: By how much the audiences' members become more or fewer; nil when nothing had to move.
    mutating func moveStandings(_ catalog: borrowing Catalog) -> [Audience.ID: Int64]? {
        var deltas: [Audience.ID: Int64]?
        if catalog.hasStandingsAlone {
            let leaving = memberships.filter { catalog.isUnlinked($0.audience) }
            for membership in leaving {
                restore(nil, of: membership.audience)
                let entered = identities.indices.count { identities[$0].memberships.insert(membership) }
                let members = membership.status == .realized ? entered - 1 : 0
                deltas = (deltas ?? [:]).merging([membership.audience: Int64(members)], uniquingKeysWith: +)
            }
        }
        for place in identities.indices where !identities[place].memberships.isEmpty {
            let leaving = identities[place].memberships.filter { catalog.isLinked($0.audience) }
            guard !leaving.isEmpty else { continue }
            identities[place].memberships.removeAll { catalog.isLinked($0.audience) }
            for membership in leaving {
                let before = self.membership(in: membership.audience)
                if before.map({ membership.prevails(over: $0) }) ?? true { set(membership) }
                let after = self.membership(in: membership.audience)
                let members =
                    (after?.status == .realized ? 1 : 0) - (before?.status == .realized ? 1 : 0)
                    - (membership.status == .realized ? 1 : 0)
                deltas = (deltas ?? [:]).merging([membership.audience: Int64(members)], uniquingKeysWith: +)
            }
        }
        return dropStrayTimers(catalog) ? deltas ?? [:] : deltas
    }

    /// Forgets timers that were set for other views than their audience has now; it is evaluated again anyway.
    ///
    /// - Returns: Whether there were any.
    private mutating func dropStrayTimers(_ catalog: borrowing Catalog) -> Bool {
        var dropped = false
        if catalog.hasStandingsAlone, timers.contains(where: { catalog.isUnlinked($0.audience) }) {
            timers.removeAll { catalog.isUnlinked($0.audience) }
            dropped = true
        }
        for place in identities.indices
        where identities[place].timers.contains(where: { catalog.isLinked($0.audience) }) {
            identities[place].timers.removeAll { catalog.isLinked($0.audience) }
            dropped = true
        }
        return dropped
    }
}

extension [SegmentMembership] {
    /// Enters a standing where there is none in its audience; they are sorted by audience id.
    ///
    /// - Returns: Whether there was none.
    fileprivate mutating func insert(_ membership: SegmentMembership) -> Bool {
        let index = sortedIndex { $0.audience.uuid < membership.audience.uuid }
        if index < count, self[index].audience == membership.audience { return false }
        insert(membership, at: index)
        return true
    }
}

extension ProfileValue {
    /// Unpacks what a merge policy sees of a stored profile: all of it or, where the policy links nobody, one identity.
    ///
    /// - Parameters:
    ///   - stored: The profile.
    ///   - identity: By which of its identities it is looked up; nil = by none of them.
    ///   - policy: The policy.
    ///   - paths: The path dictionary.
    ///   - datasets: The datasets' dictionary.
    /// - Returns: The profile.
    /// - Throws: When the stored value cannot be read.
    static func decode(
        _ stored: StoredProfile,
        of identity: Identity?,
        seenBy policy: MergePolicy,
        paths: PathDictionary,
        datasets: DatasetDictionary
    ) throws(ProfileValueError) -> ProfileState {
        let state = try decode(stored, paths: paths, datasets: datasets)
        guard policy.identityGraph == .none, let place = identity.flatMap({ state.index(of: $0) }) else { return state }
        return state.view(ofIdentityAt: place)
    }
}
