import ActivationCore
import ActivationEngine

/// A change as the commit log keeps it: everything is numbered, nothing is left to be found out when it is performed.
enum LoggedChange: Sendable {
    case plan(LoggedPlan)
    case settlement(LoggedSettlement)
}

/// A plan whose profiles and records have their rows.
struct LoggedPlan: Sendable {
    /// The plan; rows of new profiles and of records are those that they get.
    var plan: CommitPlan
    /// Dataflows that it is the first to name, with their numbers.
    var registered: [Registration] = []
    /// How many profiles are new, and the row of the last one.
    var newProfiles: Int64 = 0
    var newProfileLast: Int64 = 0
    /// How many records there are of each dataflow, and the row of the last one.
    var records: [Dataflow.ID: (count: Int64, last: Int64)] = [:]

    /// A dataflow's number.
    struct Registration: Sendable {
        var dataflow: Dataflow.ID
        var number: Int64
    }
}

extension LoggedPlan {
    /// Counts what is new.
    mutating func count() {
        for write in plan.profiles where write.expectedRevision == 0 {
            newProfiles += 1
            newProfileLast = max(newProfileLast, write.profile.row)
        }
        for record in plan.outbox {
            let known = records[record.dataflow]
            records[record.dataflow] = ((known?.count ?? 0) + 1, max(known?.last ?? 0, record.row))
        }
    }
}

extension CommitPlan {
    /// Whether it changes nothing but what the log takes: no profile goes, nothing is taken back, nothing is left undone, and
    /// identities and events are of profiles that it writes.
    ///
    /// What is rare is performed in the database itself, with all that it concerns there.
    var isLoggable: Bool { isOfWrites && namesOnlyWrittenProfiles }

    private var namesOnlyWrittenProfiles: Bool {
        if identities.isEmpty && events.isEmpty { return true }
        let written = Set(profiles.map(\.profile.id))
        return identities.allSatisfy { $0.profile.map(written.contains) ?? true }
            && events.allSatisfy { written.contains($0.profile) }
    }

    private var isOfWrites: Bool {
        merges.isEmpty && deletions.isEmpty && withdrawals.isEmpty && evictions.isEmpty && readmissions.isEmpty
            && suppressions.isEmpty && marks.isEmpty && settledMarks.isEmpty && marksSettledBeforeMerges.isEmpty
    }
}

/// Records that were delivered.
struct LoggedSettlement: Sendable {
    /// A record, and what the ledger keeps of it.
    struct Delivery: Sendable {
        var row: Int64
        var profile: Profile.ID
        var revision: Int64
        var receipt: OutboxSettlement.Receipt?
        var audiences: [Audience.ID]
    }

    var dataflow: Dataflow.ID
    /// When it happened, for the hours of the books; nil = in the last of them.
    var at: Timestamp?
    var deliveries: [Delivery]

    /// What is entered in the books.
    var settled: Settled {
        var settled = Settled()
        for delivery in deliveries { settled.enter(DataflowCounters(delivered: 1), of: delivery.audiences) }
        return settled
    }
}
