import ActivationCore
import ActivationEngine
import CommitLog

/// Changes that are in the log and not yet in the database, those of one time after the other: what they leave, and what of
/// them has to be performed one by one.
///
/// Of a profile only its last value is kept, and a record that was delivered meanwhile never gets into the database.
struct Generation: Sendable {
    /// What a change does to the books and to what is only ever added to.
    enum Step: Sendable {
        /// A plan without its profiles, identities and records.
        case plan(LoggedPlan, rows: [Profile.ID: Int64])
        /// Records that were delivered.
        case settlement(LoggedSettlement)
    }

    /// The number of the first change; nil = there is none.
    private(set) var first: UInt64?
    /// The number of the last change; 0 = there is none.
    private(set) var last: UInt64 = 0
    /// Bytes of the changes, about.
    private(set) var bytes = 0
    private(set) var steps: [Step] = []
    /// Profiles by row, as they are now.
    private(set) var profiles: [Int64: Written] = [:]
    /// Rows of new profiles.
    private(set) var newRows: [ScopedID: Int64] = [:]
    /// The row of whoever has an identity now; 0 = nobody.
    private(set) var identities: [Scope: [Identity: Int64]] = [:]
    /// Records that wait.
    private(set) var outbox: [Dataflow.ID: PendingOutbox] = [:]
    /// Rows of the database whose records were delivered.
    private(set) var left: [Dataflow.ID: Set<Int64>] = [:]
    /// Events of profiles by row.
    private(set) var events: [Int64: Set<ByteKey>] = [:]

    /// A profile and where it belongs.
    struct Written: Sendable {
        var profile: StoredProfile
        var scope: Scope
    }

    /// A profile's id within a scope.
    struct ScopedID: Hashable, Sendable {
        var scope: Scope
        var id: Profile.ID
    }

    /// Whether there is nothing to be performed.
    var isEmpty: Bool { steps.isEmpty }

    /// Adds a change.
    ///
    /// - Parameters:
    ///   - change: The change.
    ///   - number: The number of its entry in the log.
    ///   - bytes: Bytes of that entry.
    /// - Throws: `corrupt` when it does not follow what was added before, as an entry of another store's log does.
    mutating func add(_ change: LoggedChange, number: UInt64, bytes: Int) throws(StorageError) {
        first = first ?? number
        last = number
        // Alone in its group an entry takes a page of the log.
        self.bytes += bytes + CommitLog.pageBytes
        switch change {
        case .plan(let plan): try add(plan, number)
        case .settlement(let settlement):
            for delivery in settlement.deliveries where outbox[settlement.dataflow]?.remove(delivery.row) == nil {
                left[settlement.dataflow, default: []].insert(delivery.row)
            }
            steps.append(.settlement(settlement))
        }
    }

    private mutating func add(_ logged: LoggedPlan, _ number: UInt64) throws(StorageError) {
        var logged = logged
        let scope = logged.plan.scope
        let needsRows = !(logged.plan.identities.isEmpty && logged.plan.events.isEmpty)
        var rows: [Profile.ID: Int64] = [:]
        for write in logged.plan.profiles {
            let profile = write.profile
            profiles[profile.row] = Written(profile: profile, scope: scope)
            if write.expectedRevision == 0 { newRows[ScopedID(scope: scope, id: profile.id)] = profile.row }
            if needsRows { rows[profile.id] = profile.row }
        }
        for write in logged.plan.identities {
            identities[scope, default: [:]][write.identity] = write.profile.flatMap { rows[$0] } ?? 0
        }
        for event in logged.plan.events {
            if let row = rows[event.profile] { events[row, default: []].insert(ByteKey(event.id)) }
        }
        for record in logged.plan.outbox {
            let empty = PendingOutbox(first: record.row)
            guard outbox[record.dataflow, default: empty].append(record, entry: number) else {
                throw EntryReader.damaged
            }
        }
        logged.count()
        (logged.plan.profiles, logged.plan.identities, logged.plan.outbox) = ([], [], [])
        steps.append(.plan(logged, rows: logged.plan.events.isEmpty ? [:] : rows))
    }
}
