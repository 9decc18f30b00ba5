/// Everything an audience expression may read; evaluation is a function of this value alone (I6).
public struct EvaluationInput: Sendable {
    /// The profile's attributes, merged.
    public var attributes: AttributeView
    /// The profile's identities in the order they were added; `identityMap` in expressions.
    public var identities: [Identity]
    /// Stored memberships; `segmentMembership` and `inSegment` in expressions.
    public var memberships: [SegmentMembership]
    /// The profile's events, oldest first; empty when no evaluated audience reads them.
    public var events: [ProfileEvent]
    /// What leaves say of the events; a leaf that is not among them is worked out from ``events``.
    public var leaves: EventReadings
    /// What external audiences stand under in `segmentMembership`.
    public var namespaces: [Audience.ID: String] = [:]
    /// What others stated of the evaluated audience, if it is external.
    var externals: [ExternalMembership] = []
    /// The instant of the evaluation.
    public var now: Timestamp

    /// Creates an input.
    public init(
        attributes: AttributeView,
        identities: [Identity] = [],
        memberships: [SegmentMembership] = [],
        events: [ProfileEvent] = [],
        leaves: EventReadings = EventReadings(),
        now: Timestamp
    ) {
        self.attributes = attributes
        self.identities = identities
        self.memberships = memberships
        self.events = events
        self.leaves = leaves
        self.now = now
    }
}
