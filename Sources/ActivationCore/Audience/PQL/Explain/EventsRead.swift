/// The events of a profile that a condition is about.
public struct EventsRead: Sendable, Equatable {
    /// Whether the condition asks of events one by one, and these are the ones that passed; else it looks at them in its own
    /// way, as a chain does, and these are the ones that it looked at.
    public var havePassed: Bool
    /// How many.
    public var count = 0
    /// The time of the oldest; nil when there is none.
    public var oldest: Timestamp?
    /// The time of the newest; nil when there is none.
    public var newest: Timestamp?
    /// Names of the datasets that they came in, as far as they are known, in order.
    public var datasets: [String] = []
}

extension EventsRead {
    /// Looks for the events that a program is about.
    ///
    /// - Parameters:
    ///   - program: The program.
    ///   - asksOfAll: Whether it asks the same of all events: what it looks for are those that do not do it.
    ///   - input: The profile.
    ///   - datasets: Their names.
    init(of program: PQLProgram, asksOfAll: Bool, _ input: EvaluationInput, _ datasets: DatasetDictionary) {
        havePassed = program.eventReach == nil && !asksOfAll
        let now = input.now.milliseconds
        let first = program.eventReach?.firstTimestamp(at: input.now)
        var readers = program.eventLeaves.map { (leaf: $0, reader: EventReader($0)) }
        var numbers: Set<UInt16> = []
        for event in input.events {
            if havePassed {
                let hasPassed = readers.indices.contains { index in
                    readers[index].leaf.windows.stay(of: event.timestamp.milliseconds).contains(now)
                        && readers[index].reader.contribution(of: event) != nil
                }
                guard hasPassed else { continue }
            } else if let first, event.timestamp < first {
                continue
            }
            count += 1
            numbers.insert(event.dataset)
            oldest = oldest.map { min($0, event.timestamp) } ?? event.timestamp
            newest = newest.map { max($0, event.timestamp) } ?? event.timestamp
        }
        self.datasets = numbers.compactMap { datasets.name(of: $0) }.sorted()
    }
}
