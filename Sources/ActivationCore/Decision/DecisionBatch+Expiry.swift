extension DecisionBatch {
    /// When the clock next changes a profile: a membership, or that an event's time is over; nil = never.
    func due(of index: Int) -> Timestamp? {
        // Nobody evaluates one that is left out.
        let timer = profiles[index].isExcluded(by: options) ? nil : profiles[index].state.due
        let expiry = expiry(of: profiles[index].state)
        guard let timer, let expiry else { return timer ?? expiry }
        return min(timer, expiry)
    }

    /// When a profile's next event goes, perhaps needlessly early; nil = never.
    private func expiry(of state: ProfileState) -> Timestamp? {
        guard !catalog.eventExpirations.isEmpty else { return nil }
        return state.eventAges.lazy.compactMap { age in
            datasets.name(of: age.dataset).flatMap { catalog.eventExpirations.end(of: age.oldest, in: $0) }
        }.min()
    }

    /// The stretches of a profile's events that go until an instant, each with the event after it.
    func expiringRanges(of state: ProfileState, until now: Timestamp) -> [EventRange] {
        expiringAges(of: state, at: now).map(\.range)
    }

    private func expiringAges(of state: ProfileState, at now: Timestamp) -> [(age: EventAge, range: EventRange)] {
        guard !catalog.eventExpirations.isEmpty else { return [] }
        return state.eventAges.compactMap { age in
            guard let name = datasets.name(of: age.dataset),
                let last = catalog.eventExpirations.lastGone(of: name, at: now), age.oldest <= last
            else { return nil }
            return (age, EventRange(from: age.oldest, through: last, includesNext: true))
        }
    }

    /// Lets the events go of which the time is over; which audiences that may matter to stands in the decision's change.
    ///
    /// - Returns: False when events are needed that were not loaded.
    mutating func expireEvents(of decision: inout ProfileDecision) -> Bool {
        for (age, range) in expiringAges(of: decision.profile.state, at: decision.now) {
            guard let events = decision.profile.events.events(in: [range]) else {
                decision.noteMissingEvents()
                return false
            }
            let leaving = events.filter {
                $0.dataset == age.dataset && range.from <= $0.timestamp && $0.timestamp <= range.through
            }
            drop(Set(leaving.map { ByteKey($0.id) }), at: decision.index, of: decision.profile)
            decision.removeEvents(leaving, catalog: catalog)
            decision.profile.state.setEventAge(
                of: age.dataset,
                events.first { $0.timestamp > range.through }?.timestamp
            )
        }
        return true
    }
}
