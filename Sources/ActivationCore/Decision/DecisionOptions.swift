/// Switches of the rules that are left to the operator.
public struct DecisionOptions: Sendable {
    /// What happens at the identity cap (BEHAVIOUR 4.3).
    public enum CapRule: Sendable {
        /// The oldest goes, in the same revision.
        case evict
        /// A profile over the cap is neither evaluated nor exported.
        case exclude
    }

    /// What happens when an identity of a deleted profile comes again (BEHAVIOUR 3.11).
    public enum ReturnRule: String, Sendable, CaseIterable {
        /// It makes a new profile.
        case accept
        /// It is suppressed: messages that name it are refused.
        case refuse
    }

    /// What happens when a profile has too many identities.
    public var identityCap: CapRule
    /// What happens when a profile has too many events.
    public var eventCap: CapRule
    /// What happens when an identity of a deleted profile comes again, unless the deletion says otherwise.
    public var erasedReturn: ReturnRule
    /// Makes the digests by which suppressed identities are known, the same in every process that works on a store; nil =
    /// nothing can be suppressed.
    public var identityHash: IdentityHash?
    /// The number of whoever decides, among all who decide over one store: stands in every admission number, so that no two give out
    /// the same (BEHAVIOUR 4.6).
    package var node: Int64 = 0
    /// How many events a profile keeps; another number than the product's only in a test.
    package var eventsMax = Limits.profileEventsMax
    /// Faults to commit on purpose; none, except in a test that shows that they are found.
    package var plantedFaults: PlantedFaults = []

    /// Creates options.
    public init(
        identityCap: CapRule = .evict,
        eventCap: CapRule = .evict,
        erasedReturn: ReturnRule = .accept,
        identityHash: IdentityHash? = nil
    ) {
        self.identityCap = identityCap
        self.eventCap = eventCap
        self.erasedReturn = erasedReturn
        self.identityHash = identityHash
    }
}
