import ActivationCore
import ActivationEngine

/// Dead letters that are let go, and what was delivered that is wanted again (BEHAVIOUR 3.18).
extension WriterDatabase {
    /// A dead letter as far as letting it go has to know it.
    private struct Letter {
        var row: Int64
        var key: ResumeMark.Key
        var reasons: TriggerReasons
        var audiences: [Audience.ID]
    }

    /// See ``Storage/release(_:)``.
    func release(_ release: DeadLetterRelease) throws(StorageError) -> DeadLetterRelease.Outcome {
        guard let tally = tallies.dataflows[release.dataflow], release.limit > 0 else {
            return DeadLetterRelease.Outcome()
        }
        let letters = try reads.read { () throws(StorageError) -> [Letter] in
            try self.letters(of: release, in: RowSpace.outbox(ofDataflow: tally.number))
        }
        var outcome = DeadLetterRelease.Outcome()
        if letters.count > release.limit { outcome.next = letters[release.limit - 1].row }
        guard !letters.isEmpty else { return outcome }
        return try write(in: tally.scope, at: release.at) { tallies throws(StorageError) in
            for letter in letters.prefix(release.limit) {
                let isReleased = try self.release(letter, as: release.way, tally.scope, &tallies)
                if isReleased { outcome.released += 1 } else { outcome.kept += 1 }
            }
            return outcome
        }
    }

    /// Those that a release is about, one more than it may let go.
    private func letters(
        of release: DeadLetterRelease,
        in range: ClosedRange<Int64>
    ) throws(StorageError) -> [Letter] {
        guard let rows = release.rows else {
            return try letters(of: release, max(release.after + 1, range.lowerBound), range.upperBound)
        }
        var letters: [Letter] = []
        for row in Set(rows).sorted() where range.contains(row) && row > release.after {
            if letters.count > release.limit { break }
            letters += try self.letters(of: release, row, row)
        }
        return letters
    }

    private func letters(
        of release: DeadLetterRelease,
        _ first: Int64,
        _ last: Int64
    ) throws(StorageError) -> [Letter] {
        let scan = statements.scanDeadLetters
        scan.bind(1, first)
        scan.bind(2, last)
        if let code = release.code { scan.bind(3, bytesOf: code) } else { scan.bind(3, nil) }
        scan.bind(4, release.parkedBefore?.milliseconds ?? .max)
        scan.bind(5, Int64(release.limit) + 1)
        defer { scan.reset() }
        var letters: [Letter] = []
        while try scan.next() {
            letters.append(
                Letter(
                    row: scan.integer(0),
                    key: ResumeMark.Key(
                        dataflow: release.dataflow,
                        profile: Profile.ID(uuid: try scan.uuid(1)),
                        mergePolicy: MergePolicy.ID(uuid: try scan.uuid(2))
                    ),
                    reasons: TriggerReasons(rawValue: try scan.number(3)),
                    audiences: try scan.audiences(4)
                )
            )
        }
        return letters
    }

    /// Lets one dead letter go.
    ///
    /// - Returns: False when what is true now cannot take its place.
    private func release(
        _ letter: Letter,
        as way: DeadLetterRelease.Way,
        _ scope: Scope,
        _ tallies: inout Tallies
    ) throws(StorageError) -> Bool {
        let dataflow = letter.key.dataflow
        let entered: DataflowCounters
        switch way {
        case .present:
            guard DeadLetter.hasPresentForm(letter.reasons), try reads.row(of: letter.key.profile, in: scope) != nil
            else {
                return false
            }
            try enterMark(letter.key, .replay, &tallies)
            entered = DataflowCounters(replayed: 1)
        case .original:
            guard let row = tallies.dataflows[dataflow]?.takeRow() else {
                throw StorageError(.full, "dataflow \(dataflow.uuid) has given out all its rows; make a new dataflow")
            }
            let returnDeadLetter = statements.returnDeadLetter
            returnDeadLetter.bind(1, letter.row)
            returnDeadLetter.bind(2, row)
            returnDeadLetter.bind(3, Int64(OutboxLane.replay.rawValue))
            try returnDeadLetter.run()
            entered = DataflowCounters(triggered: 1, replayed: 1)
        case .discarded: entered = DataflowCounters(discarded: 1)
        }
        statements.deleteDeadLetter.bind(1, letter.row)
        try statements.deleteDeadLetter.run()
        tallies.dataflows[dataflow]?.counters += entered
        tallies.dataflows[dataflow]?.entered.enter(entered, of: letter.audiences)
        tallies.dataflows[dataflow]?.isChanged = true
        return true
    }
}

extension Tallies {
    /// Whether any dataflow has dead letters.
    var hasDeadLetters: Bool { dataflows.values.contains { $0.counters.deadLetters > 0 } }
}

extension Tallies {
    /// How many dead letters dataflows have; without those that have none.
    func deadLetterCounts(scope: Scope) -> [Dataflow.ID: Int64] {
        dataflows.filter { $0.value.scope == scope && $0.value.counters.deadLetters > 0 }
            .mapValues(\.counters.deadLetters)
    }
}
