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
    private var onTheirWay: [Int64: (profile: Profile.ID, isInherited: Bool, audiences: [Audience.ID])] = [:]
    /// Rows that were dropped and are in somebody's hands.
    var rowsOnTheirWay: Set<Int64> { Set(onTheirWay.keys).intersection(claims.keys) }
    var deadLetters: [DeadLetter] = []
    /// What was delivered, by profile.
    var deliveries: [Profile.ID: [Delivery]] = [:]
    var books = Books()
    /// The hours in which anything was entered in the books, and the books before that.
    var openings: [(number: Int64, books: Books)] = []
    /// What was left undone while the dataflow was disabled.
    var marks: [ResumeMark.Key: TriggerReasons] = [:]

    /// What is entered, of all records and by audience.
    struct Books: Hashable, Sendable {
        var counters = DataflowCounters()
        var audiences = AudienceBooks()

        /// Enters a record that tells of some audiences.
        mutating func enter(_ counters: DataflowCounters, of audiences: [Audience.ID]) {
            self.counters += counters
            self.audiences.enter(counters, of: audiences)
        }
    }

    var counters: DataflowCounters { books.counters }

    /// The hours, each with what was entered of audiences.
    var hours: [BookedHour] {
        var hours = BookedHour.hours(from: openings.map { ($0.number, $0.books.counters) }, to: counters)
        for index in hours.indices {
            let end = index + 1 < openings.count ? openings[index + 1].books : books
            hours[index].audiences = end.audiences.since(openings[index].books.audiences)
        }
        return hours
    }

    init(_ dataflow: Dataflow.ID, scope: Scope) {
        self.dataflow = dataflow
        self.scope = scope
    }

    mutating func claim(_ request: ClaimRequest) -> [OutboxRow] {
        var claimed: [Profile.ID: Int] = [:]
        var waitingForOthers: Set<Profile.ID> = []
        for (row, (profile, isInherited, _)) in onTheirWay where claims[row] != nil {
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
        let before = books
        defer { openHour(at: settlements.compactMap(\.at).max(), before: before) }
        for settlement in settlements {
            let wasClaimed = claims.removeValue(forKey: settlement.row) != nil
            if case .recalled = settlement.outcome {
                if wasClaimed { note(settlement, of: onTheirWay[settlement.row]?.profile, revision: 0) }
                continue
            }
            guard let index = pending.firstIndex(where: { $0.row == settlement.row }) else {
                // Its profile was deleted while it was on its way.
                if wasClaimed, case .delivered = settlement.outcome {
                    note(settlement, of: onTheirWay[settlement.row]?.profile, revision: 0)
                    let told = onTheirWay[settlement.row]?.audiences ?? []
                    books.enter(DataflowCounters(delivered: 1, suppressedDeleted: -1), of: told)
                }
                continue
            }
            let record = pending.remove(at: index)
            switch settlement.outcome {
            case .delivered:
                books.enter(DataflowCounters(delivered: 1), of: record.audiences)
                note(settlement, of: record.profile, revision: record.revision)
            case .parked(let code, let message, let at):
                books.enter(DataflowCounters(parked: 1), of: record.audiences)
                deadLetters.append(DeadLetter(record: record, code: code, message: message, parkedAt: at))
            case .recalled: break
            }
        }
    }

    /// Begins an hour of the books when they have changed and it has come.
    mutating func openHour(at instant: Timestamp?, before: Books) {
        guard let number = instant.map(BookedHour.number), counters != before.counters,
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
        let before = books
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
                books.enter(DataflowCounters(replayed: 1), of: record.audiences)
            case .original:
                record.row = takeRow()
                record.lane = .replay
                pending.append(record)
                books.enter(DataflowCounters(triggered: 1, replayed: 1), of: record.audiences)
            case .discarded: books.enter(DataflowCounters(discarded: 1), of: record.audiences)
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
        for row in pending { books.enter(DataflowCounters(suppressedDeleted: 1), of: row.audiences) }
        pending = []
        claims = [:]
    }

    /// Drops the rows and dead letters of a deleted profile; rows in somebody's hands stay claimed.
    mutating func erase(_ profile: Profile.ID, survivor: Profile.ID) {
        if profile != survivor { handOnWhatIsOnItsWay(of: profile, to: survivor) }
        dropRecords(of: profile, survivor: survivor)
        handOn(profile, to: survivor)
        marks = marks.filter { $0.key.profile != profile }
    }

    /// Drops the rows and dead letters of a profile that the dataflow may not tell of any more.
    mutating func withdraw(_ profile: Profile.ID) { dropRecords(of: profile, survivor: profile) }

    private mutating func dropRecords(of profile: Profile.ID, survivor: Profile.ID) {
        for row in pending where row.profile == profile {
            if let key = claims[row.row] { onTheirWay[row.row] = (survivor, key != survivor, row.audiences) }
        }
        for row in pending where row.profile == profile {
            books.enter(DataflowCounters(suppressedDeleted: 1), of: row.audiences)
        }
        pending.removeAll { $0.profile == profile }
        for letter in deadLetters where letter.record.profile == profile {
            books.enter(DataflowCounters(erased: 1), of: letter.record.audiences)
        }
        deadLetters.removeAll { $0.record.profile == profile }
    }

    /// The survivor waits for rows in somebody's hands that are there no more.
    private mutating func handOnWhatIsOnItsWay(of profile: Profile.ID, to survivor: Profile.ID) {
        for (row, record) in onTheirWay where record.profile == profile {
            onTheirWay[row] = (survivor, true, record.audiences)
        }
    }

    /// Gives the rows of an absorbed profile to its survivor; they keep their places, which are older than any new row.
    mutating func rekey(_ absorbed: Profile.ID, to survivor: Profile.ID) {
        handOn(absorbed, to: survivor)
        handOnWhatIsOnItsWay(of: absorbed, to: survivor)
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
