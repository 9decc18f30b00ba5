extension ProfileDecision {
    /// A single identity's view while the input is decided for it, with nothing done to it yet (BEHAVIOUR 4.4).
    ///
    /// - Parameters:
    ///   - place: Where the identity stands.
    ///   - owners: Whose the profile's events are, as far as that was worked out for another of its views.
    /// - Returns: The view.
    func view(ofIdentityAt place: Int, sharing owners: EventOwners = EventOwners()) -> ProfileDecision {
        let state = profile.state.view(ofIdentityAt: place)
        var view = ProfileDecision(WorkingProfile(state: state, events: profile.events), at: index, now: now)
        view.place = place
        view.owners = owners
        view.siblings = profile.state.identities
        view.together = profile.state.memberships
        view.before = before.ofSingleIdentity
        return view
    }

    /// The views of single identities that the input concerns, each with what it did to it.
    ///
    /// To become one with others, or two, changes nobody's view, since all that counts is what an identity has stated; but
    /// a walk over all profiles will not come by whoever became one with another, so all is evaluated then.
    func concernedViews(_ catalog: borrowing Catalog) -> [ProfileDecision] {
        guard !catalog.unlinked.isEmpty else { return [] }
        let owners = EventOwners()
        return profile.state.identities.indices.compactMap { place in
            var own = ProfileChange()
            own.overdueTurns = change.overdueTurns.filter {
                $0.identities.contains(profile.state.identities[place].identity)
            }
            own.isNew = change.newIdentities.contains(profile.state.identities[place].identity)
            own.identitiesChanged = own.isNew
            own.concernsAllAudiences =
                change.isNew || change.isMerge || change.concernsAllAudiences || change.isReattributed
            if place == change.writtenPlace, !change.endsDataset {
                own.writtenPaths = change.writtenPaths
                own.writtenDataset = change.writtenDataset
            }
            if let paths = change.endedPaths[place] {
                own.writtenPaths = paths
                own.writtenDataset = change.writtenDataset
                own.endsDataset = true
            }
            if place == change.statedPlace { own.statedAudiences = change.statedAudiences }
            if place == change.eventPlace || change.placesWithoutEvents.contains(place) {
                own.eventAudiences = catalog.eventReaders
            }
            guard
                own.isNew || own.concernsAllAudiences || !own.writtenPaths.isEmpty || !own.eventAudiences.isEmpty
                    || !own.statedAudiences.isEmpty
            else { return nil }
            var view = view(ofIdentityAt: place, sharing: owners)
            view.change = own
            if own.endsDataset { view.before.state = before.state?.view(ofIdentityAt: place) }
            return view
        }
    }

    /// Notes which identity an event is about that comes in, if any policy asks.
    ///
    /// It need not be the message's first one: one that a rule of its namespace leaves out may be the profile's.
    mutating func noteOwner(of event: ProfileEvent, _ catalog: borrowing Catalog) {
        guard !catalog.unlinked.isEmpty else { return }
        let owner = event.owner(among: profile.state.identities, catalog.namespaces)
        change.eventPlace = owner.flatMap { profile.state.index(of: $0) }
    }

    /// Notes which identities events were about that name one before them which has joined only now, such as one that had
    /// left.
    mutating func noteEventsOfNewIdentities(_ catalog: borrowing Catalog) {
        guard !change.newIdentities.isEmpty, catalog.unlinked.intersects(catalog.eventReaders) else { return }
        let members = Set(profile.state.identities.map(\.identity))
        let new = Set(change.newIdentities)
        let known = members.subtracting(new)
        for event in profile.events.list {
            guard let owner = event.owner(among: members, catalog.namespaces), new.contains(owner),
                let last = event.owner(among: known, catalog.namespaces),
                let place = profile.state.index(of: last)
            else { continue }
            change.placesWithoutEvents.insert(place)
        }
    }

    /// Takes over where an identity stands after the input, and what was missing to decide that.
    mutating func take(_ view: ProfileDecision) {
        guard let place = view.place else { return }
        profile.state.take(standingsOf: view.profile.state, at: place)
        for status in view.change.statusChanges { change.viewStatusChanges.append((place, status)) }
        if view.change.timersChanged { change.timersChanged = true }
        gap = view.gap ?? gap
        isMissingEvents = isMissingEvents || view.isMissingEvents
    }

    /// The profile's events that are at hand, if every one of these stretches is among them; of a single identity's view
    /// those that name it first of the profile's identities.
    func events(in ranges: [EventRange], catalog: borrowing Catalog) -> [ProfileEvent]? {
        guard let owners, let identity = profile.state.identities.first?.identity else {
            return profile.events.events(in: ranges)
        }
        // The profile's next event may be about another identity.
        guard let events = profile.events.events(in: ranges.map(\.withAllThatFollow)) else { return nil }
        return owners.events(of: identity, among: events, siblings, catalog.namespaces)
    }
}
