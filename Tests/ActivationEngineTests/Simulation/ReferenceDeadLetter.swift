import ActivationCore
import ActivationEngine

extension ReferenceModel {
    /// The first rows of a dataflow have left, each delivered or parked.
    mutating func settle(_ areParked: [Bool], of flow: Dataflow.ID, at clock: Int64) {
        let leaving = (rows[flow] ?? []).prefix(areParked.count)
        rows[flow]?.removeFirst(leaving.count)
        for (row, isParked) in zip(leaving, areParked) {
            if isParked {
                var letter = row
                letter.parkedAt = clock
                letters[flow, default: []].append(letter)
                enter(DataflowCounters(parked: 1), flow, row.told)
            } else {
                enter(DataflowCounters(delivered: 1), flow, row.told)
            }
        }
    }

    /// Something becomes of all dead letters of a dataflow, those without a present form stay (BEHAVIOUR 3.18).
    ///
    /// - Returns: How many are none any more.
    mutating func release(_ way: DeadLetterRelease.Way, of flow: Dataflow.ID) -> Int {
        let all = letters[flow] ?? []
        letters[flow] = []
        var released = 0
        for letter in all {
            switch way {
            case .present:
                guard persons[letter.person] != nil, !letter.reasons.contains(.unmapped) else {
                    letters[flow]?.append(letter)
                    continue
                }
                let mark = ReferenceMark(person: letter.person, policy: letter.policy)
                marks[flow, default: [:]][mark, default: []].insert(.replay)
                enter(DataflowCounters(replayed: 1), flow, letter.told)
            case .original:
                var row = letter
                row.lane = .replay
                row.place = moves[flow] ?? 0
                rows[flow, default: []].append(row)
                enter(DataflowCounters(triggered: 1, replayed: 1), flow, letter.told)
            case .discarded: enter(DataflowCounters(discarded: 1), flow, letter.told)
            }
            released += 1
        }
        return released
    }

    /// Dead letters that were parked before an instant are given up.
    ///
    /// - Returns: How many.
    mutating func forgetLetters(of flow: Dataflow.ID, parkedBefore first: Int64) -> Int {
        let all = letters[flow] ?? []
        let left = all.filter { $0.parkedAt >= first }
        letters[flow] = left
        for letter in all where letter.parkedAt < first { enter(DataflowCounters(discarded: 1), flow, letter.told) }
        return all.count - left.count
    }

    /// Dead letters of a person are those of the one who absorbed them.
    mutating func moveLetters(from person: Int, to survivor: Int) {
        letters = letters.mapValues { letters in
            letters.map { letter in
                var letter = letter
                if letter.person == person { letter.person = survivor }
                return letter
            }
        }
    }

    /// Dead letters go with their person.
    mutating func eraseLetters(of person: Int) {
        for (flow, all) in letters {
            let left = all.filter { $0.person != person }
            letters[flow] = left
            for letter in all where letter.person == person { enter(DataflowCounters(erased: 1), flow, letter.told) }
        }
    }
}
