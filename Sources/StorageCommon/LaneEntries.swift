package import ActivationCore

/// What a plan appends to the lanes of a store that several nodes share, in the order in which it is numbered.
///
/// The rows of a profile stand in its own lane, under its own id, and stay as they are; another node may have them in hand. So a merge
/// leaves two rows for each dataflow: a marker behind everything that the absorbed profile has, and a gate before everything that the plan
/// appends for the survivor. The gate is gone when the marker's turn has come (``LaneRowKind``). Since every gate waits for a marker that
/// was numbered by the same plan, and a marker only for what its profile had before that, no circle of gates can form.
///
/// Markers and gates are nobody's records: they are in no books.
package struct LaneEntries: Sendable {
    /// Where a row is to stand: so many after the last number that its lane has given out, 1 for the first one.
    package struct Place: Hashable, Sendable {
        package var lane: Int16
        package var offset: Int64

        /// Names a place.
        package init(lane: Int16, offset: Int64) {
            (self.lane, self.offset) = (lane, offset)
        }
    }

    /// What stands in a row.
    package enum Content: Hashable, Sendable {
        /// A record, by its place in the plan's outbox.
        case record(Int)
        /// The end of an absorbed profile, with the gate that it opens.
        case marker(gate: Place)
        /// The beginning of what waits for an absorbed profile, with where that one's rows are.
        case gate(absorbed: Profile.ID, lane: Int16)

        /// The kind of the row.
        package var kind: LaneRowKind {
            switch self {
            case .record: .record
            case .marker: .marker
            case .gate: .gate
            }
        }
    }

    /// A row to be appended.
    package struct Entry: Hashable, Sendable {
        package var place: Place
        package var dataflow: Dataflow.ID
        package var profile: Profile.ID
        package var content: Content
    }

    /// The rows, those of one lane in the order of their numbers.
    package private(set) var entries: [Entry] = []
    /// How many numbers each lane gives out; lanes without any are not in it.
    package private(set) var counts: [Int16: Int64] = [:]

    /// Arranges what a plan appends.
    ///
    /// - Parameters:
    ///   - plan: The plan.
    ///   - lane: The lane of a profile: one that is stored, is new, or is absorbed or deleted by the plan.
    ///   - dataflows: The dataflows in which records of an absorbed profile may wait or be on their way; in their order.
    package init(
        of plan: CommitPlan,
        lane: (Profile.ID) -> Int16,
        dataflows: (_ absorbed: Profile.ID) -> [Dataflow.ID]
    ) {
        for merge in plan.merges { add(merge.absorbed.id, merge.survivor, lane, dataflows(merge.absorbed.id)) }
        // The last records of somebody who was deleted stand under the id of whoever had absorbed him.
        for deletion in plan.deletions where deletion.profile.row != 0 && deletion.survivor != deletion.profile.id {
            add(deletion.profile.id, deletion.survivor, lane, dataflows(deletion.profile.id))
        }
        for (index, record) in plan.outbox.enumerated() {
            let place = take(lane(record.profile))
            entries.append(
                Entry(place: place, dataflow: record.dataflow, profile: record.profile, content: .record(index))
            )
        }
    }

    private mutating func add(
        _ absorbed: Profile.ID,
        _ survivor: Profile.ID,
        _ lane: (Profile.ID) -> Int16,
        _ dataflows: [Dataflow.ID]
    ) {
        let (from, to) = (lane(absorbed), lane(survivor))
        for dataflow in dataflows {
            let (marker, gate) = (take(from), take(to))
            entries.append(
                Entry(place: marker, dataflow: dataflow, profile: absorbed, content: .marker(gate: gate))
            )
            entries.append(
                Entry(
                    place: gate,
                    dataflow: dataflow,
                    profile: survivor,
                    content: .gate(absorbed: absorbed, lane: from)
                )
            )
        }
    }

    private mutating func take(_ lane: Int16) -> Place {
        counts[lane, default: 0] += 1
        return Place(lane: lane, offset: counts[lane] ?? 0)
    }
}
