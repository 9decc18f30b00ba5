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
    /// What the audiences stand under that Headwater evaluates.
    static let namespace = "ups"

    /// Whether audiences under a namespace are the system's own, whatever others say of them.
    static func isOwn(_ namespace: String) -> Bool {
        ["ups", "aepsegments"].contains(namespace.asciiLowercased)
    }

    /// The first instant at which a former member's entry is gone; nil while the profile is a member (BEHAVIOUR 3.13).
    public var endOfEntry: Timestamp? {
        guard status == .exited else { return nil }
        let (end, overflows) = lastQualificationTime.milliseconds.addingReportingOverflow(
            Limits.exitedEntryMilliseconds
        )
        return Timestamp(milliseconds: overflows ? .max : end)
    }

    /// Whether this is what stands of two standings of one person in the same audience: realized before exited, of two
    /// realized the earlier, of two exited the newer (BEHAVIOUR 3.12).
    func prevails(over other: SegmentMembership) -> Bool {
        switch (other.status, status) {
        case (.realized, .realized): lastQualificationTime < other.lastQualificationTime
        case (.exited, .exited): lastQualificationTime > other.lastQualificationTime
        case (.exited, .realized): true
        case (.realized, .exited): false
        }
    }

    /// Whether there is an entry at an instant: members always have one, former members for 30 days.
    public func hasEntry(at now: Timestamp) -> Bool {
        guard let end = endOfEntry else { return true }
        return now < end
    }
}
