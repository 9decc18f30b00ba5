/// The next instant at which the clock alone may change whether a profile belongs to an audience (BEHAVIOUR 5.5).
public struct AudienceTimer: Sendable, Hashable {
    /// The audience.
    public var audience: Audience.ID
    /// When it has to be evaluated again; never late, perhaps needless.
    public var due: Timestamp

    /// Creates a timer.
    public init(audience: Audience.ID, due: Timestamp) {
        self.audience = audience
        self.due = due
    }
}
