/// What an evaluation of an audience over all profiles was made for: it stands as long as this does.
public struct AudienceVersion: Hashable, Sendable {
    /// When the rule, or the definition with it, last changed.
    public var updatedAt: Timestamp
    /// The ``TimeZoneRules/calendarID`` of the days it counts; nil when no time zone but UTC has a part in its outcome.
    public var calendar: String?
    /// When the rule of its merge policy last changed; nil = never.
    public var policyChangedAt: Timestamp?

    /// Creates a version.
    public init(updatedAt: Timestamp, calendar: String? = nil, policyChangedAt: Timestamp? = nil) {
        self.updatedAt = updatedAt
        self.calendar = calendar
        self.policyChangedAt = policyChangedAt
    }
}

extension Catalog {
    /// The audiences that are evaluated, each with its version.
    public var audienceVersions: [Audience.ID: AudienceVersion] {
        let versions = audiences.map { audience in
            (
                audience.definition.id,
                AudienceVersion(
                    updatedAt: audience.definition.ruleChangedAt ?? audience.definition.updatedAt,
                    calendar: audience.program.readsCalendar ? audience.program.code.calendar.zone.calendarID : nil,
                    policyChangedAt: policies[audience.policy].ruleChangedAt
                )
            )
        }
        return Dictionary(versions) { first, _ in first }
    }
}
