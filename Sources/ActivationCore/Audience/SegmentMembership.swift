/// A profile's stored standing in one audience.
public struct SegmentMembership: Hashable, Sendable {
    /// The audience.
    public var audience: Audience.ID
    /// Member or former member.
    public var status: MembershipStatus
    /// Time of the last change of status (BEHAVIOUR 3.6).
    public var lastQualificationTime: Timestamp

    /// For so long an exit is remembered (BEHAVIOUR 3.13).
    static let exitKept = Duration.seconds(30 * 86_400)

    /// Whether it ended so long ago that nobody keeps it any more.
    func isForgotten(at now: Timestamp) -> Bool {
        status == .exited && lastQualificationTime.duration(to: now) > SegmentMembership.exitKept
    }

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
