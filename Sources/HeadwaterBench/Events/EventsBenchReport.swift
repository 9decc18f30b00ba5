/// What events cost by rule and history.
public struct EventsBenchReport: Sendable {
    /// What one rule costs with one history.
    public struct Figure: Sendable {
        /// The rule.
        public var set: EventSet
        /// Events that every profile had before.
        public var history: Int
        /// How many of them are within the rule's window; nil when it has none.
        public var inside: Int?
        /// Profiles.
        public var profiles: Int
        /// Events that were measured.
        public var events: Int
        /// CPU per event, of all threads.
        public var cpuMicroseconds: Double
        /// Events per second.
        public var rate: Double
        /// Bytes that a profile keeps of its events for the rule, on average.
        public var stateBytes: Double
        /// Bytes of a stored profile, what it keeps of its events included, on average.
        public var profileBytes: Double
    }

    /// By rule, then by history.
    public var figures: [Figure]
    /// Audiences there were.
    public var audiences: Int
    /// The most memory the process had in use, in megabytes of 10^6 bytes.
    public var residentMegabytes: Double
    /// The seed of the events.
    public var seed: UInt64

    /// The history that others are compared with: 10 if it was measured, else the shortest.
    public var referenceHistory: Int? {
        let histories = Set(figures.map(\.history))
        return histories.contains(10) ? 10 : histories.min()
    }

    /// CPU per event beside that of the same rule with the reference history.
    public func ratio(_ figure: Figure) -> Double? {
        figures.first { $0.set == figure.set && $0.history == referenceHistory }.map {
            figure.cpuMicroseconds / max($0.cpuMicroseconds, .leastNormalMagnitude)
        }
    }
}
