/// Since when a profile may have events of one dataset; tells when the first of them has to go (BEHAVIOUR 4.8).
struct EventAge: Sendable, Hashable {
    /// The dataset's number; 0 = events from before datasets were kept with them.
    var dataset: UInt16
    /// No event of the dataset is earlier; the first may be later.
    var oldest: Timestamp
}

extension ProfileState {
    /// Notes an event that came in.
    mutating func noteEvent(of dataset: UInt16, at timestamp: Timestamp) {
        setEventAge(of: dataset, min(eventAge(of: dataset) ?? timestamp, timestamp))
    }

    /// Enters since when the profile may have events of a dataset; nil = it has none.
    mutating func setEventAge(of dataset: UInt16, _ oldest: Timestamp?) {
        let index = eventAges.sortedIndex { $0.dataset < dataset }
        let isKnown = index < eventAges.count && eventAges[index].dataset == dataset
        switch (isKnown, oldest) {
        case (true, let oldest?): eventAges[index].oldest = oldest
        case (true, nil): eventAges.remove(at: index)
        case (false, let oldest?): eventAges.insert(EventAge(dataset: dataset, oldest: oldest), at: index)
        case (false, nil): break
        }
    }

    private func eventAge(of dataset: UInt16) -> Timestamp? {
        eventAges.first { $0.dataset == dataset }?.oldest
    }
}
