import ActivationCore
import ActivationEngine

/// What disabled dataflows leave undone (``ActivationCore/ResumeMark``).
extension WriterDatabase {
    /// Gives the marks of absorbed profiles to their survivors, enters new ones and takes those away that are done with.
    func writeMarks(_ plan: CommitPlan, _ tallies: inout Tallies) throws(StorageError) {
        for key in plan.marksSettledBeforeMerges { try settleMark(key, tallies) }
        if tallies.hasMarks {
            for merge in plan.merges {
                statements.rekeyMarks.bind(1, merge.absorbed.id.uuid)
                statements.rekeyMarks.bind(2, plan.scope.rawValue)
                statements.rekeyMarks.bind(3, merge.survivor.uuid)
                try statements.rekeyMarks.run()
                try dropMarks(of: merge.absorbed.id, in: plan.scope)
            }
        }
        for (key, reasons) in plan.marks {
            try tallies.register(key.dataflow, plan.scope)
            try enterMark(key, reasons, &tallies)
        }
        for key in plan.settledMarks { try settleMark(key, tallies) }
    }

    /// Enters a mark; reasons of one that is there already are added to.
    func enterMark(
        _ key: ResumeMark.Key,
        _ reasons: TriggerReasons,
        _ tallies: inout Tallies
    ) throws(StorageError) {
        guard let number = tallies.dataflows[key.dataflow]?.number else { return }
        tallies.dataflows[key.dataflow]?.hasMarks = true
        let enterMark = statements.enterMark
        enterMark.bind(1, number)
        enterMark.bind(2, key.profile.uuid)
        enterMark.bind(3, key.mergePolicy.uuid)
        enterMark.bind(4, Int64(reasons.rawValue))
        try enterMark.run()
    }

    /// Takes all marks of a profile away.
    func dropMarks(of profile: Profile.ID, in scope: Scope) throws(StorageError) {
        statements.dropMarksOfProfile.bind(1, profile.uuid)
        statements.dropMarksOfProfile.bind(2, scope.rawValue)
        try statements.dropMarksOfProfile.run()
    }

    /// Takes a mark away, if there is one.
    func settleMark(_ key: ResumeMark.Key, _ tallies: Tallies) throws(StorageError) {
        guard let tally = tallies.dataflows[key.dataflow], tally.hasMarks else { return }
        let settleMark = statements.settleMark
        settleMark.bind(1, tally.number)
        settleMark.bind(2, key.profile.uuid)
        settleMark.bind(3, key.mergePolicy.uuid)
        try settleMark.run()
    }

    /// See ``Storage/marks(dataflow:after:limit:)``.
    func marks(
        dataflow: Dataflow.ID,
        after last: ResumeMark.Key?,
        limit: Int
    ) throws(StorageError) -> [ResumeMark] {
        guard let tally = tallies.dataflows[dataflow], tally.hasMarks else { return [] }
        let zero = UUIDBytes(high: 0, low: 0)
        let scanMarks = statements.scanMarks
        scanMarks.bind(1, tally.number)
        scanMarks.bind(2, last?.profile.uuid ?? zero)
        scanMarks.bind(3, last?.mergePolicy.uuid ?? zero)
        scanMarks.bind(4, Int64(max(limit, 0)))
        defer { scanMarks.reset() }
        var marks: [ResumeMark] = []
        while try scanMarks.next() {
            let key = ResumeMark.Key(
                dataflow: dataflow,
                profile: Profile.ID(uuid: try scanMarks.uuid(0)),
                mergePolicy: MergePolicy.ID(uuid: try scanMarks.uuid(1))
            )
            marks.append(ResumeMark(key: key, reasons: TriggerReasons(rawValue: try scanMarks.number(2))))
        }
        if marks.isEmpty, last == nil, limit > 0 { tallies.dataflows[dataflow]?.hasMarks = false }
        return marks
    }

    /// See ``Storage/dropSomeMarks(of:)``.
    func dropSomeMarks(of dataflow: Dataflow.ID) throws(StorageError) -> Int {
        guard let tally = tallies.dataflows[dataflow], tally.hasMarks else { return 0 }
        return try write(in: tally.scope) { tallies throws(StorageError) in
            let dropMarks = statements.dropMarks
            dropMarks.bind(1, tally.number)
            dropMarks.bind(2, Int64(Self.scannedRowsMax))
            try dropMarks.run()
            let dropped = connection.changes
            if dropped == 0 { tallies.dataflows[dataflow]?.hasMarks = false }
            return dropped
        }
    }
}

extension Tallies {
    /// Whether any dataflow may have marks.
    var hasMarks: Bool { dataflows.values.contains(where: \.hasMarks) }

    /// Finds out which dataflows have marks.
    mutating func readMarks(_ connection: Connection) throws(StorageError) {
        let rows = try connection.prepare("SELECT DISTINCT dataflow FROM resume_mark")
        var numbers = Set<Int64>()
        while try rows.next() { numbers.insert(rows.integer(0)) }
        for (id, tally) in dataflows where numbers.contains(tally.number) { dataflows[id]?.hasMarks = true }
    }
}
