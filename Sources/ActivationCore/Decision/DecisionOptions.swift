/// Switches of the rules that are left to the operator.
public struct DecisionOptions: Sendable {
    /// What happens at the identity cap (BEHAVIOUR 4.3).
    public enum CapRule: Sendable {
        /// The oldest goes, in the same revision.
        case evict
        /// A profile over the cap is neither evaluated nor exported.
        case exclude
    }

    /// What happens when a profile has too many identities.
    public var identityCap: CapRule
    /// What happens when a profile has too many events.
    public var eventCap: CapRule
    /// How many events a profile keeps; another number than the product's only in a test.
    package var eventsMax = Limits.profileEventsMax
    /// Faults to commit on purpose; none, except in a test that shows that they are found.
    package var plantedFaults: PlantedFaults = []

    /// Creates options.
    public init(identityCap: CapRule = .evict, eventCap: CapRule = .evict) {
        self.identityCap = identityCap
        self.eventCap = eventCap
    }
}
