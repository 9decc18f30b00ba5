import ActivationCore
import ActivationEngine
import StorageCommon

/// What is committed in a database that several nodes share.
struct SharedContent {
    /// One dataflow's rows in one lane.
    struct Outbox: Hashable {
        var lane: Int16
        var dataflow: Dataflow.ID
    }

    struct Row {
        var row: Int64
        var kind: LaneRowKind
        var profile: Profile.ID
        var record: OutboxRow?
        /// The gate that a marker opens.
        var gate: Int64?
        /// Whom a gate waits for.
        var absorbed: Profile.ID?
    }

    struct Owner {
        var node: Int?
        var epoch: Int64 = 0
    }

    /// What a batch has just committed.
    struct Committed {
        var attempt: WriterSimulation.Attempt
        /// The records that it made, in their order, each with the profile under which it stands.
        var records: [(outbox: Outbox, row: Int64, profile: Profile.ID, record: OutboxRow)] = []
        /// Records that went with deleted profiles.
        var voided: [Int64] = []
        var newRows: [Profile.ID: Int64] = [:]
        /// What it found that it did not expect.
        var broken: String?
    }

    var version = 1
    var profiles: [Int64: StoredProfile] = [:]
    var rows: [Profile.ID: Int64] = [:]
    var identities: [Identity: Int64] = [:]
    var paths = PathDictionary()
    /// The last number of each lane, of rows and of profiles.
    var last: [Int16: Int64] = [:]
    var lastProfile: [Int16: Int64] = [:]
    var outbox: [Outbox: [Row]] = [:]
    /// Profiles whose records became another's, in the order of the commits.
    var rekeyed: [(absorbed: Profile.ID, survivor: Profile.ID)] = []
    /// Records that went with deleted profiles and may be in somebody's hands.
    var taken: Set<Int64> = []
    var books: [Dataflow.ID: DataflowCounters] = [:]
    var marks: [ResumeMark.Key: TriggerReasons] = [:]
    var writers: [Int16: (epoch: Int64, batch: Int64)] = [:]
    var admission: [Int16: AdmissionMark] = [:]
    var owners: [Int16: Owner] = [:]
    /// Batches of which nobody has taken notice yet.
    var journal: [Committed] = []

    /// The lane in which a stored profile lies.
    static func lane(ofProfileRow row: Int64) -> Int16 { Int16(row >> 48) }

    /// The place of a row in its outbox, or where it would be.
    private static func place(of row: Int64, in rows: [Row]) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].row < row { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func row(_ row: Int64, in outbox: Outbox) -> Row? {
        guard let rows = self.outbox[outbox] else { return nil }
        let place = Self.place(of: row, in: rows)
        return place < rows.count && rows[place].row == row ? rows[place] : nil
    }

    mutating func insert(_ row: Row, in outbox: Outbox) {
        let place = Self.place(of: row.row, in: self.outbox[outbox] ?? [])
        self.outbox[outbox, default: []].insert(row, at: place)
    }

    @discardableResult
    mutating func remove(_ row: Int64, from outbox: Outbox) -> Row? {
        guard let found = self.row(row, in: outbox) else { return nil }
        let place = Self.place(of: row, in: self.outbox[outbox] ?? [])
        self.outbox[outbox]?.remove(at: place)
        return found
    }

    /// Takes away what was delivered, or void; counted by whoever takes it, once.
    mutating func settle(_ row: Int64, isDelivered: Bool, in outbox: Outbox) {
        let found = remove(row, from: outbox)
        let isTaken = taken.remove(row) != nil
        guard found != nil || isTaken, isDelivered else { return }
        var entered = DataflowCounters(delivered: 1)
        if isTaken || found?.kind == .void { entered.suppressedDeleted = -1 }
        books[outbox.dataflow, default: DataflowCounters()] += entered
    }

    /// Drops some rows of a dataflow that is deleted: first the records, wherever they are, and what holds others back only then.
    ///
    /// - Returns: The records among them; nil when there was nothing left.
    mutating func discard(_ dataflow: Dataflow.ID, limit: Int, inAnyOrder: Bool) -> [Int64]? {
        let places = outbox.keys.filter { $0.dataflow == dataflow }.sorted { $0.lane < $1.lane }
        for kinds in inAnyOrder
            ? [[.record, .marker, .gate, .void]] : [[.record], [.marker, .gate, .void]] as [[LaneRowKind]]
        {
            for place in places {
                let dropped = (outbox[place] ?? []).filter { kinds.contains($0.kind) }.prefix(limit)
                guard !dropped.isEmpty else { continue }
                for row in dropped { remove(row.row, from: place) }
                let records = dropped.filter { $0.kind == .record }.map(\.row)
                books[dataflow, default: DataflowCounters()].suppressedDeleted += Int64(records.count)
                return records
            }
        }
        return nil
    }

    /// Whether anything of a profile stands in an outbox.
    func waits(_ profile: Profile.ID, in outbox: Outbox) -> Bool {
        self.outbox[outbox]?.contains { $0.profile == profile } ?? false
    }

    /// Performs what a plan says of profiles, identities and marks.
    mutating func perform(_ plan: CommitPlan, newRows: [Profile.ID: Int64]) {
        for path in plan.paths { _ = paths.intern(path.name, under: path.parent) }
        for write in plan.profiles {
            var profile = write.profile
            if profile.row == 0 { profile.row = newRows[profile.id] ?? 0 }
            profiles[profile.row] = profile
            rows[profile.id] = profile.row
        }
        let gone = plan.merges.map(\.absorbed) + plan.deletions.map(\.profile).filter { $0.row != 0 }
        for profile in gone {
            profiles[profile.row] = nil
            rows[profile.id] = nil
        }
        for write in plan.identities { identities[write.identity] = write.profile.flatMap { rows[$0] } }
        for key in plan.marksSettledBeforeMerges { marks[key] = nil }
        for merge in plan.merges { rekeyMarks(of: merge.absorbed.id, to: merge.survivor) }
        for deletion in plan.deletions { marks = marks.filter { $0.key.profile != deletion.profile.id } }
        for (key, reasons) in plan.marks { marks[key, default: []].formUnion(reasons) }
        for key in plan.settledMarks { marks[key] = nil }
    }

    private mutating func rekeyMarks(of profile: Profile.ID, to survivor: Profile.ID) {
        for (key, reasons) in marks where key.profile == profile {
            marks[key] = nil
            let followed = ResumeMark.Key(dataflow: key.dataflow, profile: survivor, mergePolicy: key.mergePolicy)
            marks[followed, default: []].formUnion(reasons)
        }
    }

    /// Gives what waits of an absorbed profile to the survivor.
    mutating func rekey(_ absorbed: Profile.ID, to survivor: Profile.ID) {
        for outbox in outbox.keys {
            for index in (self.outbox[outbox] ?? []).indices where self.outbox[outbox]?[index].profile == absorbed {
                self.outbox[outbox]?[index].profile = survivor
                self.outbox[outbox]?[index].record?.profile = survivor
            }
        }
    }

    /// Takes the records of somebody who is deleted away.
    ///
    /// - Returns: Their rows.
    mutating func take(_ profile: Profile.ID) -> [Int64] {
        var rows: [Int64] = []
        for outbox in outbox.keys {
            for row in (self.outbox[outbox] ?? []).filter({ $0.profile == profile }) {
                remove(row.row, from: outbox)
                rows.append(row.row)
                books[outbox.dataflow, default: DataflowCounters()].suppressedDeleted += 1
            }
        }
        taken.formUnion(rows)
        return rows
    }

    /// Voids the records of somebody who is deleted, and of everybody whom he waits for.
    ///
    /// - Returns: Their rows.
    mutating func void(_ profile: Profile.ID, alone: Bool = false) -> [Int64] {
        var voided: [Int64] = []
        for dataflow in Set(outbox.keys.map(\.dataflow)) {
            let places = outbox.keys.filter { $0.dataflow == dataflow }
            var wanted: Set<Profile.ID> = [profile]
            var count = 0
            while wanted.count > count, !alone {
                count = wanted.count
                for place in places {
                    for row in outbox[place] ?? [] where wanted.contains(row.profile) {
                        if let absorbed = row.absorbed { wanted.insert(absorbed) }
                    }
                }
            }
            for place in places {
                for index in (outbox[place] ?? []).indices {
                    guard let row = outbox[place]?[index], row.kind == .record, wanted.contains(row.profile) else {
                        continue
                    }
                    outbox[place]?[index].kind = .void
                    outbox[place]?[index].record = nil
                    voided.append(row.row)
                    books[dataflow, default: DataflowCounters()].suppressedDeleted += 1
                }
            }
        }
        return voided
    }
}
