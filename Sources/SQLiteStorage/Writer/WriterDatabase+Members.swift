import ActivationCore
import ActivationEngine

/// The counters of audiences and their hours (docs/decisions/0027).
extension WriterDatabase {
    /// Rows of old hours that one step lets go.
    private static let forgottenMax: Int64 = 5_000

    /// Adds what a plan counted; an hour begins, when it has come, with what the counters said before.
    func addMembers(_ plan: CommitPlan, _ tallies: inout Tallies) throws(StorageError) {
        guard !plan.memberCounters.isEmpty else { return }
        let known = tallies.scopes[plan.scope]?.admission?.instant
        let instant = plan.admission.map { max($0.instant, known ?? $0.instant) } ?? known
        let hour = instant.map(BookedHour.number)
        for (audience, counters) in plan.memberCounters where counters != MemberCounters() {
            if let hour { try openHour(hour, of: audience, plan.scope, &tallies) }
            statements.addMembers.bind(1, plan.scope.rawValue)
            statements.addMembers.bind(2, audience.uuid)
            statements.addMembers.bind(3, counters.entered)
            statements.addMembers.bind(4, counters.exited)
            try statements.addMembers.run()
        }
    }

    private func openHour(
        _ hour: Int64,
        of audience: Audience.ID,
        _ scope: Scope,
        _ tallies: inout Tallies
    ) throws(StorageError) {
        if tallies.scopes[scope]?.memberHour != hour {
            var tally = tallies.scopes[scope] ?? Tallies.ScopeTally(scope)
            (tally.memberHour, tally.audiencesInHour) = (hour, [])
            tallies.scopes[scope] = tally
        }
        if tallies.scopes[scope]?.audiencesInHour.contains(audience) == true { return }
        // In its place, so that the set is copied once in a commit.
        tallies.scopes[scope]?.audiencesInHour.insert(audience)
        // What began before the last restart stays as it is.
        statements.openMemberHour.bind(1, scope.rawValue)
        statements.openMemberHour.bind(2, hour)
        statements.openMemberHour.bind(3, audience.uuid)
        try statements.openMemberHour.run()
    }

    /// Lets some of the hours go that are no longer kept.
    func forgetOldMemberHours() throws(StorageError) {
        for scope in tallies.scopes.keys {
            guard let (oldest, last) = try memberHours(in: scope), oldest < last - BookedHour.keptHours else {
                continue
            }
            try transaction { () throws(StorageError) in
                statements.forgetMemberHours.bind(1, scope.rawValue)
                statements.forgetMemberHours.bind(2, oldest)
                statements.forgetMemberHours.bind(3, Self.forgottenMax)
                try statements.forgetMemberHours.run()
            }
        }
    }

    /// The first and the last hour of any audience; nil when there is none.
    private func memberHours(in scope: Scope) throws(StorageError) -> (Int64, Int64)? {
        statements.memberHours.bind(1, scope.rawValue)
        defer { statements.memberHours.reset() }
        guard try statements.memberHours.next(), let oldest = statements.memberHours.optionalInteger(0),
            let last = statements.memberHours.optionalInteger(1)
        else { return nil }
        // Far from all hours there can be, whatever the file says.
        return (oldest, max(last, Int64.min + BookedHour.keptHours))
    }
}
