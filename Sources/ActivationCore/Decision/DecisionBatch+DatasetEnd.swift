/// Datasets that end, with all that they have stated (BEHAVIOUR 6.2).
extension DecisionBatch {
    /// The first dataset that has ended until an instant and of which a profile still has something; nil = there is none.
    func nextEnd(for state: borrowing ProfileState, until now: Timestamp) -> NumberedDatasetEnd? {
        for end in catalog.numberedEnds {
            guard end.instant <= now else { return nil }
            if state.states(end.dataset) { return end }
        }
        return nil
    }

    /// Whether a dataset ends for a profile while inputs are decided: one of which it has something, or may get something before.
    func endsDataset(of state: borrowing ProfileState, from first: Timestamp, until last: Timestamp) -> Bool {
        guard !catalog.datasetEnds.isEmpty else { return false }
        if let next = catalog.datasetEnds.next(after: first), next <= last { return true }
        return nextEnd(for: state, until: last) != nil
    }

    /// Lets everything go that a dataset has stated of a profile, and does what that calls for.
    ///
    /// - Returns: False when events are needed that were not loaded.
    mutating func endDataset(_ end: NumberedDatasetEnd, for index: Int) -> Bool {
        // The date may have been set after the profile last changed, and before it is asked.
        let instant = max(end.instant, profiles[index].state.updatedAt)
        var before = before(index)
        before.state = profiles[index].state
        var decision = ProfileDecision(takeOut(index), at: index, now: instant)
        decision.before = before
        guard let events = decision.allEvents() else {
            putBack(&decision)
            return false
        }
        let leaving = events.filter { $0.dataset == end.dataset }
        if !leaving.isEmpty {
            drop(Set(leaving.lazy.map { ByteKey($0.id) }), at: index, of: decision.profile)
            // What is kept of events is made anew, which is cheaper than telling it of each one.
            decision.profile.leaves.reset(&decision.profile.state)
            decision.removeEvents(leaving.reversed(), catalog: catalog)
        }
        decision.profile.state.setEventAge(of: end.dataset, nil)
        let facts = decision.removeFacts(of: end.dataset)
        removed.append(
            RemovedStatements(
                dataset: datasets.name(of: end.dataset) ?? "",
                facts: facts,
                events: leaving.count
            )
        )
        decision.change.endsDataset = true
        decision.change.concernsAllAudiences = true
        revise(&decision)
        finish(&decision)
        putBack(&decision)
        return true
    }
}

extension ProfileDecision {
    /// All events; nil when they were not loaded.
    fileprivate mutating func allEvents() -> [ProfileEvent]? {
        guard profile.state.eventCount > 0 else { return [] }
        guard let events = profile.events.events(in: [.everything]) else {
            noteMissingEvents()
            return nil
        }
        return events
    }

    /// Takes out the facts of a dataset.
    ///
    /// - Returns: How many they were.
    fileprivate mutating func removeFacts(of dataset: UInt16) -> Int {
        var paths: [PathID] = []
        var count = 0
        for entry in profile.state.entries where entry.dataset == dataset {
            count += 1
            if paths.last != entry.path { paths.append(entry.path) }
            change.endedPaths[Int(entry.source), default: []].append(entry.path)
        }
        change.writtenDataset = dataset
        guard count > 0 else { return 0 }
        change.writtenPaths = paths
        profile.state.entries.removeAll { $0.dataset == dataset }
        profile.state.dropUnusedBytes()
        return count
    }
}

extension ProfileState {
    /// Whether the profile has a fact or an event of a dataset.
    func states(_ dataset: UInt16) -> Bool {
        eventAges.contains { $0.dataset == dataset } || entries.contains { $0.dataset == dataset }
    }
}
