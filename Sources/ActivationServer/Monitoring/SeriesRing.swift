import ActivationCore
import ActivationEngine

/// The last stretches of time that were looked at, each as long as the others, in a bounded room.
struct SeriesRing: Sendable {
    /// One stretch.
    struct Slot: Sendable, Equatable {
        /// Its number, counted from 1970.
        var number: Int64
        /// Messages that were taken, and that were refused.
        var accepted: Int64 = 0
        var refused: Int64 = 0
        /// All dataflows together.
        var total = SeriesFigures()
        /// Dataflows of which there is anything to tell; empty when room was needed for newer ones.
        var flows: [Dataflow.ID: SeriesFigures] = [:]
    }

    /// Milliseconds of a stretch.
    let length: Int64
    /// Stretches that are kept.
    let kept: Int
    /// Figures of single dataflows that are kept, over all stretches.
    let figuresMax: Int
    /// Oldest first; those in which nobody looked are not there.
    private(set) var slots: [Slot] = []

    init(length: Int64, kept: Int, figuresMax: Int) {
        self.length = length
        self.kept = kept
        self.figuresMax = figuresMax
    }

    /// Adds what was seen of a stretch to what is known of it.
    ///
    /// - Parameters:
    ///   - seen: What was counted; its number is taken from the instant.
    ///   - instant: Lies in the stretch; one shortly before the last stretch counts as of that. What lies far behind it was
    ///     made by a clock that was set back since, and goes.
    mutating func add(_ seen: Slot, at instant: Timestamp) {
        var number = instant.number(ofStep: length)
        slots.removeAll { $0.number > number + 1 }
        number = max(number, slots.last?.number ?? number)
        if slots.last?.number != number { slots.append(Slot(number: number)) }
        slots.removeAll { [number] in $0.number <= number - Int64(kept) }
        let last = slots.count - 1
        slots[last].accepted += seen.accepted
        slots[last].refused += seen.refused
        slots[last].total.add(seen.total)
        for (flow, figures) in seen.flows { slots[last].flows[flow, default: SeriesFigures()].add(figures) }
        makeRoom()
    }

    private mutating func makeRoom() {
        var figures = slots.reduce(0) { $0 + $1.flows.count }
        for index in slots.indices.dropLast() where figures > figuresMax {
            figures -= slots[index].flows.count
            slots[index].flows = [:]
        }
    }
}
