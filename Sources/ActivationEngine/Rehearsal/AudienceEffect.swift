public import ActivationCore

/// What would happen to some stored profiles if an audience got another rule or merge policy (BEHAVIOUR 5.8).
public struct AudienceEffect: Sendable, Hashable {
    /// Those who would become members, counted as the audience's counters would count them.
    public var entering: Int64
    /// Members who would cease to be.
    public var exiting: Int64
    /// Records that enabled dataflows would get, by dataflow; those that would get none are left out.
    public var records: [Dataflow.ID: Int]

    /// Creates an effect.
    public init(entering: Int64 = 0, exiting: Int64 = 0, records: [Dataflow.ID: Int] = [:]) {
        self.entering = entering
        self.exiting = exiting
        self.records = records
    }

    /// Adds what would happen to other profiles.
    public static func += (left: inout AudienceEffect, right: AudienceEffect) {
        left.entering += right.entering
        left.exiting += right.exiting
        left.records.merge(right.records, uniquingKeysWith: +)
    }
}

extension AudienceEffect {
    /// What a plan that is never performed would do.
    init(of plan: CommitPlan, on audience: Audience.ID) {
        let counters = plan.memberCounters[audience] ?? MemberCounters()
        self.init(entering: counters.entered, exiting: counters.exited)
        for row in plan.outbox { records[row.dataflow, default: 0] += 1 }
    }
}
