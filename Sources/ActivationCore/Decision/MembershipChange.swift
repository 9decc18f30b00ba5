/// A profile's status in one audience has changed.
public struct MembershipChange: Sendable, Hashable {
    /// The audience.
    public var audience: Audience.ID
    /// The status it has now.
    public var status: MembershipStatus

    /// Creates a change.
    public init(audience: Audience.ID, status: MembershipStatus) {
        self.audience = audience
        self.status = status
    }
}
