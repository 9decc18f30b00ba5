import ActivationCore
import ActivationEngine

/// One dataflow's waiting rows, claims, dead letters and books.
struct InMemoryOutbox: Sendable {
    var scope: Scope
    var dataflow: Dataflow.ID
    /// Waiting rows in row order.
    var pending: [OutboxRow] = []
    /// Claimed rows and the ordering key under which each was handed out.
    var claims: [Int64: Profile.ID] = [:]
    /// Rows of deleted profiles that were claimed: under whose id the last record waits for them, and whether it was
    /// another's then.
    private var onTheirWay: [Int64: (profile: Profile.ID, isInherited: Bool)] = [:]
    var deadLetters: [DeadLetter] = []
    /// What was delivered, by profile.
    var deliveries: [Profile.ID: [Delivery]] = [:]
    var counters = DataflowCounters()
    /// The hours in which anything was entered in the books, and the books before that.
    var openings: [(number: Int64, books: DataflowCounters)] = []
    /// What was left undone while the dataflow was disabled.
    var marks: [ResumeMark.Key: TriggerReasons] = [:]

    init(_ dataflow: Dataflow.ID, scope: Scope) {
        self.dataflow = dataflow
        self.scope = scope
    }

    mutating func claim(_ request: ClaimRequest) -> [OutboxRow] {
        var claimed: [Profile.ID: Int] = [:]
        var waitingForOthers: Set<Profile.ID> = []
        for (row, (profile, isInherited)) in onTheirWay where claims[row] != nil {
            claimed[profile, default: 0] += 1
            if isInherited { waitingForOthers.insert(profile) }
        }
        for row in pending {
            if let through = request.holdingThrough, row.row <= through { waitingForOthers.insert(row.profile) }
            guard let key = claims[row.row] else { continue }
            claimed[row.profile, default: 0] += 1
            if key != row.profile { waitingForOthers.insert(row.profile) }
        }
        var taken: [OutboxRow] = []
        var bytes = 0
        for row in pending where taken.count < request.limit {
            guard row.row <= request.through ?? .max, claims[row.row] == nil, !waitingForOthers.contains(row.profile),
                claimed[row.profile, default: 0] < request.limitPerProfile
            else { continue }
            bytes += row.payload.count
            if !taken.isEmpty && bytes > request.bytesMax { break }
            claimed[row.profile, default: 0] += 1
            claims[row.row] = row.profile
            taken.append(row)
        }
        return taken
    }

    mutating func settle(_ settlements: [OutboxSettlement]) {
        let before = counters
        defer { openHour(at: settlements.compactMap(\.at).max(), before: before) }
        for settlement in settlements {
            let wasClaimed = claims.removeValue(forKey: settlement.row) != nil
            guard let index = pending.firstIndex(where: { $0.row == settlement.row }) else {
                // Its profile was deleted while it was on its way.
                if wasClaimed, case .delivered = settlement.outcome {
                    note(settlement, of: onTheirWay[settlement.row]?.profile, revision: 0)
                    counters.delivered += 1
                    counters.suppressedDeleted -= 1
                }
                continue
            }
            let record = pending.remove(at: index)
            switch settlement.outcome {
            case .delivered:
                counters.delivered += 1
                note(settlement, of: record.profile, revision: record.revision)
            case .parked(let code, let message, let at):
                counters.parked += 1
                deadLetters.append(DeadLetter(record: record, code: code, message: message, parkedAt: at))
            }
        }
    }

    /// Begins an hour of the books when they have changed and it has come.
    mutating func openHour(at instant: Timestamp?, before: DataflowCounters) {
        guard let number = instant.map(BookedHour.number), counters != before,
            openings.last.map({ $0.number < number }) ?? true
        else { return }
        openings.append((number, before))
        openings.removeAll { $0.number < number - BookedHour.keptHours }
    }

    private mutating func note(_ settlement: OutboxSettlement, of profile: Profile.ID?, revision: Int64) {
        guard let profile, let receipt = settlement.receipt else { return }
        deliveries[profile, default: []].append(
            Delivery(
                dataflow: dataflow,
                row: settlement.row,
                revision: revision,
                receipt: receipt.text,
                deliveredAt: receipt.at
            )
        )
    }

    /// Gives the deliveries of a profile to another.
    private mutating func handOn(_ profile: Profile.ID, to survivor: Profile.ID) {
        guard profile != survivor, let moved = deliveries.removeValue(forKey: profile) else { return }
        deliveries[survivor, default: []] += moved
    }

    /// Lets dead letters go.
    ///
    /// - Parameters:
    ///   - release: What becomes of which.
    ///   - isStored: Whether a profile is there.
    ///   - takeRow: Gives the row of a new record.
    /// - Returns: What was done.
    mutating func release(
        _ release: DeadLetterRelease,
        isStored: (Profile.ID) -> Bool,
        takeRow: () -> Int64
    ) -> DeadLetterRelease.Outcome {
        let before = counters
        defer { openHour(at: release.at, before: before) }
        var outcome = DeadLetterRelease.Outcome()
        let wanted = deadLetters.filter { letter in
            letter.record.row > release.after && release.rows?.contains(letter.record.row) ?? true
                && release.code.map { $0 == letter.code } ?? true
                && release.parkedBefore.map { letter.parkedAt < $0 } ?? true
        }.sorted { $0.record.row < $1.record.row }
        for letter in wanted.prefix(release.limit) {
            var record = letter.record
            switch release.way {
            case .present:
                guard letter.hasPresentForm, isStored(record.profile) else {
                    outcome.kept += 1
                    continue
                }
                let key = ResumeMark.Key(
                    dataflow: dataflow,
                    profile: record.profile,
                    mergePolicy: record.mergePolicy
                )
                marks[key, default: []].insert(.replay)
                counters.replayed += 1
            case .original:
                record.row = takeRow()
                record.lane = .replay
                pending.append(record)
                counters.replayed += 1
                counters.triggered += 1
            case .discarded: counters.discarded += 1
            }
            outcome.released += 1
            deadLetters.removeAll { $0.record.row == letter.record.row }
        }
        if wanted.count > release.limit { outcome.next = wanted[release.limit - 1].record.row }
        return outcome
    }

    /// Leaves marks of everybody of whom something was delivered since an instant.
    mutating func replay(_ request: ReplayRequest, isStored: (Profile.ID) -> Bool) {
        for (profile, deliveries) in deliveries where isStored(profile) {
            guard deliveries.contains(where: { $0.deliveredAt >= request.since }) else { continue }
            for policy in request.mergePolicies {
                marks[ResumeMark.Key(dataflow: dataflow, profile: profile, mergePolicy: policy), default: []]
                    .insert(.replay)
            }
        }
    }

    mutating func discard() {
        counters.suppressedDeleted += Int64(pending.count)
        pending = []
        claims = [:]
    }

    /// Drops the rows and dead letters of a deleted profile; rows in somebody's hands stay claimed.
    mutating func erase(_ profile: Profile.ID, survivor: Profile.ID) {
        for row in pending where row.profile == profile {
            if let key = claims[row.row] { onTheirWay[row.row] = (survivor, key != survivor) }
        }
        handOn(profile, to: survivor)
        counters.suppressedDeleted += Int64(pending.count { $0.profile == profile })
        pending.removeAll { $0.profile == profile }
        counters.erased += Int64(deadLetters.count { $0.record.profile == profile })
        deadLetters.removeAll { $0.record.profile == profile }
        marks = marks.filter { $0.key.profile != profile }
    }

    /// Gives the rows of an absorbed profile to its survivor; they keep their places, which are older than any new row.
    mutating func rekey(_ absorbed: Profile.ID, to survivor: Profile.ID) {
        handOn(absorbed, to: survivor)
        for index in pending.indices where pending[index].profile == absorbed {
            pending[index].profile = survivor
        }
        for index in deadLetters.indices where deadLetters[index].record.profile == absorbed {
            deadLetters[index].record.profile = survivor
        }
        for (key, reasons) in marks where key.profile == absorbed {
            marks[key] = nil
            var key = key
            key.profile = survivor
            marks[key, default: []].formUnion(reasons)
        }
    }
}
