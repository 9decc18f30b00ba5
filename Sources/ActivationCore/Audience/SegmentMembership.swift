/// A profile's stored standing in one audience.
public struct SegmentMembership: Hashable, Sendable {
    /// The audience.
    public var audience: Audience.ID
    /// Member or former member.
    public var status: MembershipStatus
    /// Time of the last change of status (BEHAVIOUR 3.6).
    public var lastQualificationTime: Timestamp

    /// Creates a membership.
    public init(audience: Audience.ID, status: MembershipStatus, lastQualificationTime: Timestamp) {
        self.audience = audience
        self.status = status
        self.lastQualificationTime = lastQualificationTime
    }
}
