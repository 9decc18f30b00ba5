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

extension SegmentMembership {
    /// The first instant at which a former member's entry is gone; nil while the profile is a member (BEHAVIOUR 3.13).
    public var endOfEntry: Timestamp? {
        guard status == .exited else { return nil }
        let (end, overflows) = lastQualificationTime.milliseconds.addingReportingOverflow(
            Limits.exitedEntryMilliseconds
        )
        return Timestamp(milliseconds: overflows ? .max : end)
    }

    /// Whether there is an entry at an instant: members always have one, former members for 30 days.
    public func hasEntry(at now: Timestamp) -> Bool {
        guard let end = endOfEntry else { return true }
        return now < end
    }
}
